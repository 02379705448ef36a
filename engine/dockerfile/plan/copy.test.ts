import { describe, expect, test } from "vitest";
import { AMD64, copy, history, lastStep } from "./testing/planning.ts";

const context = { type: "context" } as const;
const path = (pattern: string, unpack = false, from: object = context): object => ({ type: "path", from, pattern, unpack });

describe("COPY", () => {
  test("by default", () => {
    expect(lastStep("FROM x\nCOPY a /b")).toMatchObject({ createdBy: "COPY a /b", arguments: {}, unset: [] });
    expect(copy("FROM x\nCOPY a /b")).toEqual({ type: "copy", sources: [path("a")], destination: "/b", chown: undefined, chmod: undefined, link: false, parents: false, excludes: [] });
  });

  test.each<[string, readonly string[]]>([
    ["a b/c", ["a", "b/c"]], [".", ["."]], ["/", ["."]], ["./", ["."]], ["..", ["."]], ["../../etc/passwd", ["etc/passwd"]], ["/../a", ["a"]], ["a/../../b", ["b"]], ["a/", ["a"]], ["/a//b/", ["a/b"]], ["*.go a?[b-c]", ["*.go", "a?[b-c]"]],
    ["arr[[]0].txt", ["arr[[]0].txt"]], ["$A/x", ["ex/x"]], ['"$A"/y', ["ex/y"]],
  ])("of %s", (sources, patterns) => expect(copy(`FROM x\nENV A=ex\nCOPY ${sources} /d/`).sources).toEqual(patterns.map((pattern) => path(pattern))));
  test("of a JSON list, whose strings are words as well", () => expect(copy('FROM x\nENV A=ex\nCOPY ["a b", "\'$A\'$A", "c\\\\$A", "/d/"]').sources).toEqual([path("a b"), path("$Aex"), path("c$A")]));

  test.each([
    ["/d", "/d"], ["/d/", "/d/"], ["d", "/w/d"], ["d/", "/w/d/"], [".", "/w/"], ["./", "/w/"], ["..", "/"], ["../x", "/x"], ["../../../x/", "/x/"], ["/", "/"], ["/a/.", "/a/"], ["/a/..", "/"], ["/a/b/..", "/a/"], ["$D", "/dir/"], ["$UNSET", "/w/"], ["/a/./b", "/a/b"], ["d..", "/w/d.."],
  ])("to %s is %s", (written, expected) => expect(copy(`FROM x\nWORKDIR /w\nENV D=/dir/\nCOPY a ${written}`).destination).toBe(expected));
  test("without a working directory", () => expect([copy("FROM x\nCOPY a b").destination, copy("FROM x\nCOPY a .").destination]).toEqual(["/b", "/"]));

  test("flags", () => {
    const text = "FROM x\nARG U=me M=u+x\nCOPY --chown=$U:grp --chmod=$M --exclude=*.md --exclude=$U a /b";
    expect(copy(text)).toMatchObject({ chown: "me:grp", chmod: "u+x", excludes: ["*.md", "$U"] });
    expect(lastStep(text)).toMatchObject({ createdBy: "COPY --chown=me:grp --chmod=u+x a /b", arguments: { U: "me", M: "u+x" } });
    expect(copy("FROM x\nCOPY --chown=$NONE --chmod=$NONE --link a b")).toMatchObject({ chown: undefined, chmod: undefined, link: true });
    expect(copy("FROM x\nCOPY --link --chmod=755 a b")).toMatchObject({ link: false });
    expect(history("FROM x\nCOPY --link --exclude=x a b")).toEqual(["COPY a b"]);
  });

  test.each<[string, string]>([["./a/./b", "a/./b"], ["a/b", "a/b"], ["/a/./b/./c", "a/./b/c"], ["../x/./../y", "x/./y"], ["/./a", "a"], ["./a", "a"], ["a/./", "a/./."], ["**/*.go", "**/*.go"]])("--parents of %s is %s", (source, pattern) => {
    expect(copy(`FROM x\nCOPY --parents ${source} /d/`)).toMatchObject({ parents: true, sources: [path(pattern)] });
    expect(history(`FROM x\nCOPY --parents ${source} /d/`)).toEqual([`COPY --parents ${source} /d/`]);
  });

  test.each<[string, object]>([["build", { type: "stage", index: 0 }], ["BUILD", { type: "stage", index: 0 }], ["0", { type: "stage", index: 0 }], ["nginx:1.2", { type: "image", reference: "nginx:1.2", platform: AMD64 }]])("--from=%s", (from, origin) => {
    expect(copy(`FROM b AS build\nFROM x\nCOPY --from=${from} /a /b`).sources).toEqual([path("a", false, origin)]);
    expect(history(`FROM b AS build\nFROM x\nCOPY --from=${from} /a /b`)).toEqual(["COPY /a /b"]);
  });

  test("here-documents", () => {
    const text = "FROM x\nENV A=1\nCOPY a <<one <<'two' <<-three /d/\n$A \"q\" \\$A\none\n$A\ntwo\n\tx\nthree";
    expect(copy(text).sources).toEqual([path("a"), { type: "inline", name: "one", content: '1 "q" $A\n' }, { type: "inline", name: "two", content: "$A\n" }, { type: "inline", name: "three", content: "x\n" }]);
    expect(history(text).at(-1)).toBe("COPY a <<one <<two <<three /d/");
    expect(copy("FROM x\nCOPY <<../../etc/x /d/\n../../etc/x").sources).toEqual([{ type: "inline", name: "x", content: "" }]);
    expect(lastStep("FROM x\nARG B=2\nCOPY <<E /f\n$B $C\nE")).toMatchObject({ arguments: { B: "2" }, unset: ["C"] });
  });
});

describe("ADD", () => {
  const add = (words: string): unknown => copy(`FROM x\n${words}`).sources;
  test("unpacks archives of the context, unless told not to", () => {
    expect(add("ADD a.tar /b")).toEqual([path("a.tar", true)]);
    expect(add("ADD --unpack=false a.tar /b")).toEqual([path("a.tar", false)]);
    expect(history("FROM x\nADD --unpack=false --chown=1 a.tar /b")).toEqual(["ADD --chown=1 a.tar /b"]);
  });
  test("fetches addresses", () => {
    const checksum = `sha256:${"a".repeat(64)}`;
    expect(add("ADD https://h/f.tgz?x=1#y /b")).toEqual([{ type: "url", url: "https://h/f.tgz?x=1#y", checksum: undefined, unpack: undefined }]);
    expect(add(`ARG S=${checksum}\nADD --checksum=$S --unpack http://h/f /b`)).toEqual([{ type: "url", url: "http://h/f", checksum, unpack: true }]);
    expect(add("ARG V=2\nADD https://h/$V.tgz a /b/")).toEqual([expect.objectContaining({ url: "https://h/2.tgz" }), path("a", true)]);
  });
  test("clones repositories", () => {
    const remote = { remote: "https://h/r.git", ref: "v1", subdirectory: "d", submodules: true };
    expect(add("ADD https://h/r.git#v1:d /b")).toEqual([{ type: "git", remote, keepGitDirectory: false, checksum: undefined }]);
    expect(add("ADD --keep-git-dir --checksum=abc https://h/r.git#v1:d /b")).toEqual([{ type: "git", remote, keepGitDirectory: true, checksum: "abc" }]);
    expect(add("ADD https://h/r.git?checksum=abc&keep-git-dir=true&subdir=d#v1 /b")).toEqual([{ type: "git", remote, keepGitDirectory: true, checksum: "abc" }]);
    expect(add("ADD git@h:r.git /b")).toEqual([{ type: "git", remote: { remote: "git@h:r.git", ref: undefined, subdirectory: "", submodules: true }, keepGitDirectory: false, checksum: undefined }]);
  });
  test("github.com without a scheme is a path", () => expect(add("ADD github.com/me/repo /b")).toEqual([path("github.com/me/repo", true)]));
  test("a here-document", () => expect(add("ADD <<E /f\nx\nE")).toEqual([{ type: "inline", name: "E", content: "x\n" }]));
});
