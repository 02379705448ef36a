import { lstatSync } from "node:fs";
import type { Stats } from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { ContextTree } from "./files.ts";
import { Lab, pathsOf, selection } from "./testing/fixture.ts";
import type { Nodes } from "./testing/fixture.ts";
import { Stack } from "./testing/layers.ts";

export interface TreeFixture {
  /** A tree of these nodes. */
  readonly open: (lab: Lab, nodes: Nodes, options?: { readonly keepOwners?: boolean }) => Promise<ContextTree>;
}

const APP: Nodes = {
  "src/main.ts": "main", "src/lib/a.ts": "a", "src/lib/b.ts": "b", "src/empty": null,
  "package.json": "{}", "README.md": "read", "packages/one/package.json": "1", "packages/one/index.js": "i", "packages/two/package.json": "2",
};

/** What every kind of tree does alike. */
export function fileTreeSuite(name: string, { open }: TreeFixture): void {
  describe(name, () => {
    let lab: Lab;
    beforeEach(() => void (lab = new Lab()));
    afterEach(() => lab[Symbol.asyncDispose]());

    const paths = async (tree: ContextTree, pattern: string, more = {}): Promise<string[]> => pathsOf(await tree.select(selection(pattern, more)));

    test("reads small files, through links, and nothing else", async () => {
      const tree = await open(lab, { Dockerfile: "FROM scratch", "docker/prod": { link: "../Dockerfile" }, up: { link: "/../../Dockerfile" }, loop: { link: "loop" }, dir: null, bad: { link: "/etc/hostname" } });
      const read = async (path: string): Promise<string | undefined> => {
        const bytes = await tree.read(path, 100);
        return bytes === undefined ? undefined : Buffer.from(bytes).toString();
      };
      expect(await read("Dockerfile")).toBe("FROM scratch");
      expect(await read("/docker/../docker/prod")).toBe("FROM scratch");
      expect(await read("up")).toBe("FROM scratch");
      for (const path of ["missing", "dir", "Dockerfile/x", "bad", "../../../../etc/hostname", "a\0b"]) expect(await read(path), path).toBeUndefined();
      await expect(tree.read("loop", 10)).rejects.toMatchObject({ code: "invalidArgument" });
      await expect(tree.read("Dockerfile", 11)).rejects.toMatchObject({ code: "resourceExhausted" });
    });

    test("selects everything, a directory, a file", async () => {
      const tree = await open(lab, APP);
      const all = await tree.select(selection("."));
      expect(all).toMatchObject({ matches: 1, isDirectory: true, files: 8, bytes: 15 });
      expect(pathsOf(all)).toEqual(["README.md", "package.json", "packages", "packages/one", "packages/one/index.js", "packages/one/package.json", "packages/two", "packages/two/package.json", "src", "src/empty", "src/lib", "src/lib/a.ts", "src/lib/b.ts", "src/main.ts"].sort());
      for (const pattern of ["/", "./", "", "src/..", "../.."]) expect((await tree.select(selection(pattern))).digest, pattern).toBe(all.digest);
      expect(await paths(tree, "src/lib/")).toEqual(["src/lib/a.ts", "src/lib/b.ts"]);
      expect(await tree.select(selection("/src/./main.ts"))).toMatchObject({ matches: 1, isDirectory: false, files: 1, bytes: 4 });
      expect(await paths(tree, "src/empty")).toEqual([]);
    });

    test("wildcards match component by component, and matches are dereferenced", async () => {
      const tree = await open(lab, { ...APP, "src/link.ts": { link: "lib/a.ts" }, "src/dir": { link: "lib" } });
      expect(await tree.select(selection("*.json"))).toMatchObject({ matches: 1, files: 1, isDirectory: false });
      expect(await paths(tree, "packages/*/package.json")).toEqual(["packages/one/package.json", "packages/two/package.json"]);
      expect(await paths(tree, "packages/???/*")).toEqual(["packages/one/index.js", "packages/one/package.json", "packages/two/package.json"]);
      expect(await paths(tree, "src/[a-lm]*.ts")).toEqual(["src/lib/a.ts", "src/main.ts"]);
      expect(await paths(tree, "src/dir/*.ts")).toEqual(["src/lib/a.ts", "src/lib/b.ts"]);
      expect(await tree.select(selection("src/d*"))).toMatchObject({ matches: 1, isDirectory: true, files: 2 });
      // Links behind a wildcard are not entered.
      expect(await paths(tree, "s*/dir/*.ts")).toEqual([]);
      expect(await tree.select(selection("*.none"))).toMatchObject({ matches: 0, files: 0, isDirectory: false, manifest: "" });
      await expect(tree.select(selection("src/[a"))).rejects.toMatchObject({ code: "invalidArgument" });
      await expect(tree.select(selection("nowhere/*"))).rejects.toMatchObject({ code: "notFound" });
    });

    test("what is missing has a sentence", async () => {
      const tree = await open(lab, { ...APP, broken: { link: "/nowhere" }, loop: { link: "loop" } });
      await expect(tree.select(selection("missing.txt"))).rejects.toMatchObject({ code: "notFound", message: '"missing.txt": not found', details: { pattern: "missing.txt", ignored: false } });
      await expect(tree.select(selection("package.json/x"))).rejects.toMatchObject({ code: "notFound" });
      await expect(tree.select(selection("brok*"))).rejects.toMatchObject({ code: "notFound", message: '"brok*": not found: "broken" is a symbolic link to "/nowhere", which is not there' });
      await expect(tree.select(selection("loop"))).rejects.toMatchObject({ code: "invalidArgument" });
      await expect(tree.select(selection("a\0"))).rejects.toMatchObject({ code: "invalidArgument" });
    });

    test("a file whose name looks like a pattern", async () => {
      const tree = await open(lab, { "arr[0].txt": "0", "a*b": "s", "back\\slash": "b" });
      expect(await paths(tree, "arr[[]0].txt")).toEqual(["arr[0].txt"]);
      expect(await paths(tree, "a\\*b")).toEqual(["a*b"]);
      expect(await paths(tree, "back\\slash")).toEqual(["back\\slash"]);
    });

    test("nothing outside the tree is ever reached", async () => {
      const tree = await open(lab, { "in/f": "f", abs: { link: "/etc" }, up: { link: "../../../../../../etc" }, "in/root": { link: "/" }, hop: { link: "in/root/in" }, etc: null, "etc/own": "own" });
      for (const pattern of ["abs", "up", "abs/", "in/root/etc", "../../etc", "hop/root/etc"]) expect(await paths(tree, pattern), pattern).toEqual(["etc/own"]);
      for (const pattern of ["abs/passwd", "up/passwd", "../../../etc/passwd"]) await expect(tree.select(selection(pattern)), pattern).rejects.toMatchObject({ code: "notFound" });
    });

    test("excludes apply below a match, and to a matched file's name", async () => {
      const tree = await open(lab, APP);
      expect(await paths(tree, ".", { excludes: ["**/*.ts", "packages"] })).toEqual(["README.md", "package.json", "src", "src/empty", "src/lib"]);
      expect(await paths(tree, "src", { excludes: ["lib/a.ts"] })).toEqual(["src/empty", "src/lib", "src/lib/b.ts", "src/main.ts"]);
      expect(await paths(tree, ".", { excludes: ["src", "packages", "!src/lib/b.ts"] })).toEqual(["README.md", "package.json", "src", "src/lib", "src/lib/b.ts"]);
      expect(await tree.select(selection("*", { excludes: ["*.md", "src", "packages"] }))).toMatchObject({ matches: 3 });
      expect(await paths(tree, "*.*", { excludes: ["*.md"] })).toEqual(["package.json"]);
    });

    test("--parents keeps directories above, from /./ on", async () => {
      const tree = await open(lab, APP);
      const parents = { parents: true };
      expect(await paths(tree, "packages/*/package.json", parents)).toEqual(["packages", "packages/one", "packages/one/package.json", "packages/two", "packages/two/package.json"]);
      expect(await paths(tree, "./src/lib", parents)).toEqual(["src", "src/lib", "src/lib/a.ts", "src/lib/b.ts"]);
      const below = await tree.select(selection("src/./lib/a.ts", parents));
      expect(pathsOf(below)).toEqual(["src/lib", "src/lib/a.ts"]);
      expect(below).toMatchObject({ isDirectory: true, matches: 1, files: 1 });
      expect(await paths(tree, "packages/*/./*.js", parents)).toEqual(["packages/one/index.js"]);
      expect(await paths(tree, "**/package.json", parents)).toEqual(["package.json", "packages", "packages/one", "packages/one/package.json", "packages/two", "packages/two/package.json"]);
      expect(await paths(tree, ".", parents)).toEqual(await paths(tree, "."));
      expect(await paths(tree, "src", { parents: true, excludes: ["src/lib"] })).toEqual(["src", "src/empty", "src/main.ts"]);
      expect(await paths(tree, "**/none", parents)).toEqual([]);
      await expect(tree.select(selection("src/none", parents))).rejects.toMatchObject({ code: "notFound" });
    });

    test("ignore rules hide, exceptions show, and errors say so", async () => {
      const tree = await open(lab, { ...APP, "node_modules/x/index.js": "x", "node_modules/keep/y": "y", ".dockerignore": "node_modules", Dockerfile: "F" });
      const hiding = tree.ignoring({ patterns: ["node_modules", "!node_modules/keep", "*.md", "Dockerfile"] });
      const seen = pathsOf(await hiding.select(selection(".")));
      expect(seen).toContain("node_modules/keep/y");
      expect(seen).not.toContain("node_modules/x");
      expect(seen).not.toContain("README.md");
      expect(pathsOf(await hiding.select(selection("node_modules")))).toEqual(["node_modules/keep", "node_modules/keep/y"]);
      expect(pathsOf(await hiding.select(selection("*.md")))).toEqual([]);
      await expect(hiding.select(selection("README.md"))).rejects.toMatchObject({ code: "notFound", message: '"README.md": not found: a pattern of .dockerignore excludes it', details: { ignored: true } });
      await expect(hiding.select(selection("node_modules/x/index.js"))).rejects.toMatchObject({ details: { ignored: true } });
      expect(Buffer.from((await hiding.read("Dockerfile", 10))!).toString()).toBe("F");
      const allHidden = tree.ignoring({ patterns: ["node_modules", "!node_modules/none"] });
      await expect(allHidden.select(selection("node_modules"))).rejects.toMatchObject({ details: { ignored: true } });
      const daemon = tree.ignoring({ patterns: ["*", ".dockerignore"], only: [".dockerignore", "Dockerfile"] });
      const left = pathsOf(await daemon.select(selection(".")));
      expect(left).toContain("README.md");
      expect(left.filter((path) => /docker/i.test(path))).toEqual([]);
    });

    test("the digest counts names, types, modes, links and content, not times", async () => {
      const base: Nodes = { a: { file: "x", mode: 0o644 }, d: { directory: true, mode: 0o755 }, "d/l": { link: "../a" } };
      const digestOf = async (nodes: Nodes, pattern = "."): Promise<string> => (await (await open(lab, nodes)).select(selection(pattern))).digest;
      const reference = await digestOf(base);
      expect(await digestOf({ ...base, a: { file: "x", mode: 0o644, mtime: 5 } })).toBe(reference);
      expect(await digestOf({ ...base, a: { file: "x", mode: 0o644, uid: 7, gid: 8 } })).toBe(reference);
      const others: Nodes[] = [
        { ...base, a: { file: "y", mode: 0o644 } }, { ...base, a: { file: "x", mode: 0o755 } }, { ...base, "d/l": { link: "../b" } }, { ...base, "d/l": "../a" },
        { ...base, d: { directory: true, mode: 0o700 } }, { a: base["a"]!, e: base["d"]!, "e/l": { link: "../a" } }, { ...base, b: "" }, { ...base, b: null }, { ...base, a: { file: "x", mode: 0o4644 } },
      ];
      const digests = await Promise.all(others.map((nodes) => digestOf(nodes)));
      expect(new Set([reference, ...digests]).size).toBe(others.length + 1);
      expect(await digestOf(base, "a")).not.toBe(await digestOf({ b: { file: "x", mode: 0o644 } }, "b"));
      // A directory's own mode is not copied with its contents.
      expect(await digestOf({ d: { directory: true, mode: 0o700 }, "d/x": "x" }, "d")).toBe(await digestOf({ e: { directory: true, mode: 0o755 }, "e/x": "x" }, "e"));
    });

    test("owners count where the tree keeps them", async () => {
      const digestOf = async (uid: number): Promise<string> => (await (await open(lab, { f: { file: "x", uid } }, { keepOwners: true })).select(selection("f"))).digest;
      expect(await digestOf(1)).not.toBe(await digestOf(2));
      expect(await digestOf(1)).toBe(await digestOf(1));
    });

    test("the manifest has a line a path, which changes with what counts of it", async () => {
      const before = await (await open(lab, { a: "1", "d/b": "2", "new\nline": "3" })).select(selection("."));
      const after = await (await open(lab, { a: "1", "d/b": "changed", "new\nline": "3" })).select(selection("."));
      expect(before.manifest).toMatch(/^[0-9a-f]{12} a\n[0-9a-f]{12} d\n[0-9a-f]{12} d\/b\n[0-9a-f]{12} new\\nline\n$/);
      const [old, now] = [before.manifest.split("\n"), after.manifest.split("\n")];
      expect(old.map((line, index) => line === now[index])).toEqual([true, true, false, true, true]);
    });

    test("names that are not UTF-8 and names beyond the first plane", async () => {
      const tree = await open(lab, { "d/\udcff\udcfe": "raw", "d/\u{1f600}": "smile", "d/\uffff": "high" });
      expect(await paths(tree, "d/*")).toEqual(["d/\u{1f600}", "d/\udcff\udcfe", "d/\uffff"].sort());
    });

    test("copies what was selected: files, modes, links, empty directories, times", async () => {
      const tree = await open(lab, {
        "bin/tool": { file: "#!", mode: 0o4755, uid: 3, mtime: 1_500_000_000 }, "bin/alias": { link: "tool" }, "bin/open": { file: "", mode: 0o666 }, data: { directory: true, mode: 0o2770, mtime: 1_400_000_000 }, "data/empty": "",
        "data/\udcff": "raw", "hard/one": "shared", "hard/two": { hardlink: "hard/one" }, big: "x".repeat(600_000),
      });
      const stack = new Stack(lab);
      const copied = await stack.copy(await tree.select(selection(".")), "/app");
      expect(copied).toEqual({ files: 7, bytes: 600_011 });
      expect(stack.ownNames()).toEqual({
        app: "dir 755", "app/big": `644 ${"x".repeat(100)}`, "app/bin": "dir 755", "app/bin/alias": "-> tool", "app/bin/open": "666 ", "app/bin/tool": "4755 #!", "app/data": "dir 2770", "app/data/empty": "644 ", "app/data/\udcff": "644 raw",
        "app/hard": "dir 755", "app/hard/one": "644 shared", "app/hard/two": "644 shared",
      });
      const stat = (name: string): Stats => lstatSync(join(stack.layer, name));
      expect(stat("app/big").size).toBe(600_000);
      expect(stat("app/hard/one").ino).toBe(stat("app/hard/two").ino);
      expect(stat("app/bin/tool").mtimeMs).toBe(1_500_000_000_000);
      expect(stat("app/data").mtimeMs).toBe(1_400_000_000_000);
      expect(stat("app/bin/alias").mtimeMs).toBe(1_600_000_000_000);
    });

    test("keeps owners where the tree has them, unless another is asked for", async () => {
      const tree = await open(lab, { d: { directory: true, uid: 5, gid: 6 }, "d/f": { file: "x", uid: 7, gid: 8, mode: 0o6755 } }, { keepOwners: true });
      const kept = new Stack(lab);
      await kept.copy(await tree.select(selection(".")), "/new/");
      expect(kept.ownNames()).toEqual({ new: "dir 755", "new/d": "dir 755 5:6", "new/d/f": "6755 7:8 x" });
      const given = new Stack(lab);
      await given.copy(await tree.select(selection(".")), "/new/", { owner: { uid: 1, gid: 2 } });
      expect(given.ownNames()).toEqual({ new: "dir 755 1:2", "new/d": "dir 755 1:2", "new/d/f": "6755 1:2 x" });
    });

    test("an aborted signal stops", async () => {
      const tree = await open(lab, APP);
      await expect(tree.select(selection("."), { signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    });
  });
}
