import { describe, expect, test } from "vitest";
import type { EngineError } from "../../base/errors.ts";
import { parseDockerfile } from "../syntax/parse.ts";
import type { Instruction, Word } from "./instructions.ts";
import { parseInstructions } from "./parse.ts";

/** The one instruction after `FROM x`, which stands on line 2. */
function parse<T extends Instruction["type"]>(type: T, text: string): Extract<Instruction, { readonly type: T }> {
  const { stages } = parseInstructions(parseDockerfile(`FROM x\n${text}`));
  expect(stages[0]!.instructions).toHaveLength(1);
  const instruction = stages[0]!.instructions[0]!;
  expect(instruction.type).toBe(type);
  return instruction as Extract<Instruction, { readonly type: T }>;
}

/** `line:column-endLine:endColumn message` of the error. */
function refused(text: string): string {
  try {
    parseInstructions(parseDockerfile(text));
  } catch (error) {
    const { message, details, code } = error as EngineError;
    expect(code).toBe("invalidArgument");
    expect(message.startsWith(`Dockerfile:${String(details["line"])}:${String(details["column"])}: `)).toBe(true);
    return `${String(details["line"])}:${String(details["column"])}-${String(details["endLine"])}:${String(details["endColumn"])}${message.slice(message.indexOf(": ") + 1)}`;
  }
  throw new Error(`not refused: ${text}`);
}

const place = (word: Word | undefined): string | undefined => word && `${word.raw} ${String(word.range.start.line)}:${String(word.range.start.column)}-${String(word.range.end.line)}:${String(word.range.end.column)}`;
const places = (words: readonly Word[]): (string | undefined)[] => words.map(place);
/** Each row: a text on the second line of a Dockerfile, where the error stands, and what it says. */
const testRefused = (rows: readonly (readonly [text: string, where: string, message: string])[]): void => {
  test.each(rows)("%j is refused at %s: %s", (text, where, message) => {
    const answer = refused(`FROM x\n${text}`);
    expect(answer.startsWith(`${where} `)).toBe(true);
    expect(answer).toContain(message);
  });
};

describe("the file", () => {
  test("is split into what comes before the first FROM, and stages", () => {
    const { globalArgs, stages } = parseInstructions(parseDockerfile("ARG A=1\nARG B\nFROM a AS One\nRUN x\nUSER y\nFROM b\nFROM one as two\nCMD z"));
    expect(globalArgs.map((arg) => arg.assignments[0]!.name.raw)).toEqual(["A", "B"]);
    expect(stages.map((stage) => [stage.name, stage.from.image.raw, stage.instructions.map((instruction) => instruction.type)])).toEqual([
      ["one", "a", ["RUN", "USER"]], [undefined, "b", []], ["two", "one", ["CMD"]],
    ]);
  });

  test.each([
    ["", "1:1-1:1 the Dockerfile has no instructions"],
    ["\n# c\n", "1:1-1:1 the Dockerfile has no instructions"],
    ["ARG A\nARG B", "2:1-2:4 the Dockerfile has no stages to build"],
    ["ARG A\nRUN x\nFROM y", "2:1-2:4 no build stage in current context: FROM comes before RUN"],
    ["FROM x\nRNU apk add git", "2:1-2:4 unknown instruction: RNU (did you mean RUN?)"],
    ["FROM x\n  copi a b", "2:3-2:7 unknown instruction: copi (did you mean COPY?)"],
    ["FROM x\nENTRYPONIT a", "2:1-2:11 unknown instruction: ENTRYPONIT (did you mean ENTRYPOINT?)"],
    ["FROM x\nXYZ a", "2:1-2:4 unknown instruction: XYZ"],
    ["FROM x\n\\\n", "2:1-2:1 unknown instruction: "],
    ["FROM x\nRUN\u00a0a", "2:1-2:6 unknown instruction: RUN\u00a0a"],
    ["FROM x\n__proto__ a", "2:1-2:10 unknown instruction: __proto__"],
    [`FROM x\n${"y".repeat(500)}`, "2:1-2:501 unknown instruction: yyy"],
  ])("%j: %s", (text, expected) => expect(refused(text).startsWith(expected)).toBe(true));

  test("errors carry the file's name and a frame", () => {
    const read = (file?: string) => parseInstructions(parseDockerfile("FROM x\n\nRNU y \\\n z\nCMD a\n", "sub/Dockerfile"), file);
    expect(() => read()).toThrow(expect.objectContaining({
      message: "sub/Dockerfile:3:1: unknown instruction: RNU (did you mean RUN?)",
      details: { file: "sub/Dockerfile", line: 3, column: 1, endLine: 3, endColumn: 4, frame: "  1 | FROM x\n  2 |\n> 3 | RNU y \\\n    | ^^^\n  4 |  z\n  5 | CMD a" },
    }));
    expect(() => read("other")).toThrow("other:3:1: ");
  });

  test("nothing is executed twice: the first error of the file counts", () => {
    expect(refused("FROM x\nCOPY a\nNOPE")).toContain("2:6-2:7 COPY requires");
  });
});

describe("FROM", () => {
  const from = (text: string) => parseInstructions(parseDockerfile(text)).stages[0]!;
  test("image, platform, name", () => {
    const stage = from("from --platform=$BUILDPLATFORM \\\n  a/b:$V@sha256:x As My-Stage.1_2 ");
    expect(place(stage.from.image)).toBe("a/b:$V@sha256:x 2:3-2:18");
    expect(place(stage.from.platform)).toBe("$BUILDPLATFORM 1:17-1:31");
    expect(place(stage.from.stageName)).toBe("My-Stage.1_2 2:22-2:34");
    expect(stage.name).toBe("my-stage.1_2");
  });
  test("names that a check warns of are names", () => {
    expect(parseInstructions(parseDockerfile("FROM x AS scratch\nFROM y AS context\nFROM z AS scratch")).stages.map((stage) => stage.name)).toEqual(["scratch", "context", "scratch"]);
  });
  testRefused([
    ["FROM", "2:1-2:5", "FROM requires either one or three arguments"],
    ["FROM a b", "2:6-2:9", "FROM requires either one or three arguments"],
    ["FROM a AS", "2:6-2:10", "FROM requires either one or three arguments"],
    ["FROM a IS b", "2:6-2:12", "FROM requires either one or three arguments"],
    ["FROM a AS b c", "2:6-2:14", "FROM requires either one or three arguments"],
    ["FROM a AS 1b", "2:11-2:13", "invalid name for build stage: \"1b\", name can't start with a number or contain symbols"],
    ["FROM a AS b/c", "2:11-2:14", "invalid name for build stage: \"b/c\""],
    ["FROM a AS $x", "2:11-2:13", "invalid name for build stage"],
    ["FROM --platfrom=a b", "2:6-2:18", "unknown flag: --platfrom (did you mean --platform?)"],
    ["FROM --platform b", "2:6-2:16", "missing a value on flag: write --platform=VALUE"],
    ["FROM --platform=a --platform=b c", "2:19-2:31", "duplicate flag specified: --platform"],
  ]);
});

describe("ARG", () => {
  const assignments = (text: string) => parse("ARG", text).assignments.map(({ name, value }) => [place(name), place(value)]);
  test.each<[string, (string | undefined)[][]]>([
    ["ARG A", [["A 2:5-2:6", undefined]]],
    ["ARG A=", [["A 2:5-2:6", " 2:7-2:7"]]],
    ["ARG A=$B=c", [["A 2:5-2:6", "$B=c 2:7-2:11"]]],
    ["ARG A=1 B \\\n  C=\"x y\"", [["A 2:5-2:6", "1 2:7-2:8"], ["B 2:9-2:10", undefined], ["C 3:3-3:4", "\"x y\" 3:5-3:10"]]],
    ["ARG A=b\\ c", [["A 2:5-2:6", "b\\ c 2:7-2:11"]]],
    ["ARG 'A=b c", [["'A 2:5-2:7", "b c 2:8-2:11"]]],
  ])("%j", (text, expected) => expect(assignments(text)).toEqual(expected));
  testRefused([
    ["ARG", "2:1-2:4", "ARG requires at least one argument"],
    ["ARG =a", "2:5-2:7", "ARG names can not be blank"],
    ["ARG A =a", "2:7-2:9", "ARG names can not be blank"],
    ["ARG --a B", "2:5-2:8", "unknown flag: --a: ARG has no flags"],
  ]);
});

describe("ENV and LABEL", () => {
  const assignments = (text: string) => {
    const { legacy, assignments: list } = parse("ENV", text);
    return [legacy, ...list.map(({ name, value }) => `${place(name)!}=${place(value)!}`)];
  };
  test.each<[string, (string | boolean)[]]>([
    ["ENV A=1", [false, "A 2:5-2:6=1 2:7-2:8"]],
    ["ENV A= B=\"c d\" C='e f'g D=h\\ i", [false, "A 2:5-2:6= 2:7-2:7", "B 2:8-2:9=\"c d\" 2:10-2:15", "C 2:16-2:17='e f'g 2:18-2:24", "D 2:25-2:26=h\\ i 2:27-2:31"]],
    ["ENV A=1 \\\n# c\n\tB=2", [false, "A 2:5-2:6=1 2:7-2:8", "B 4:2-4:3=2 4:4-4:5"]],
    ["ENV A=\"b \\\n c\"", [false, "A 2:5-2:6=\"b  c\" 2:7-3:4"]],
    ["ENV A=\"b", [false, "A 2:5-2:6=\"b 2:7-2:9"]],
    ["ENV A=b=c", [false, "A 2:5-2:6=b=c 2:7-2:10"]],
    ["ENV $A=b", [false, "$A 2:5-2:7=b 2:8-2:9"]],
    ["ENV A b c=d  \"e\"", [true, "A 2:5-2:6=b c=d  \"e\" 2:7-2:17"]],
    ["ENV A \\\n  b", [true, "A 2:5-2:6=b 3:3-3:4"]],
    ["ENV \"A B\" c", [true, "\"A 2:5-2:7=B\" c 2:8-2:12"]],
    ["ENV A b\\\\", [true, "A 2:5-2:6=b\\\\ 2:7-2:10"]],
  ])("%j", (text, expected) => expect(assignments(text)).toEqual(expected));

  test("LABEL reads the same way", () => {
    expect(parse("LABEL", "LABEL \"a.b\"=\"c\"").assignments.map(({ name, value }) => [name.raw, value!.raw])).toEqual([["\"a.b\"", "\"c\""]]);
    expect(parse("LABEL", "LABEL a b").legacy).toBe(true);
  });

  test("with ` as escape it escapes", () => {
    const { stages } = parseInstructions(parseDockerfile("# escape=`\nFROM x\nENV A=b` c D=e\\ F=g"));
    expect(stages[0]!.instructions[0]).toMatchObject({ assignments: [{ value: { raw: "b` c" } }, { value: { raw: "e\\" } }, { value: { raw: "g" } }] });
  });

  testRefused([
    ["ENV", "2:1-2:4", "ENV requires at least one argument"],
    ["ENV A", "2:5-2:6", "ENV must have two arguments: write ENV A=VALUE"],
    ["LABEL A", "2:7-2:8", "LABEL must have two arguments"],
    ["ENV A=b C D=e", "2:9-2:10", "Syntax error - can't find = in \"C\". Must be of the form: name=value"],
    ["ENV A=b \"C D\"", "2:9-2:14", "can't find = in \"\"C D\"\""],
    ["ENV =b", "2:5-2:7", "ENV names can not be blank"],
    ["LABEL a=b =c", "2:11-2:13", "LABEL names can not be blank"],
    ["ENV --a B=c", "2:5-2:8", "unknown flag: --a: ENV has no flags"],
  ]);
});

describe("RUN", () => {
  test.each([
    ["RUN a  b", { form: "shell", text: "a  b" }],
    ["RUN", { form: "shell", text: "" }],
    ["RUN a && \\\n  # c\n  b", { form: "shell", text: "a &&   b" }],
    ["RUN [\"a\", \"b c\\n\\u00e4\"]", { form: "exec", args: ["a", "b c\n\u00e4"] }],
    ["RUN [ \\\n \"a\" \\\n ]", { form: "exec", args: ["a"] }],
    ["RUN [\"\"]", { form: "exec", args: [""] }],
    ["RUN ['a']", { form: "shell", text: "['a']" }],
    ["RUN [\"a\"] b", { form: "shell", text: "[\"a\"] b" }],
    ["RUN [\"a\",]", { form: "shell", text: "[\"a\",]" }],
    ["RUN [ -f x ]", { form: "shell", text: "[ -f x ]" }],
    ["RUN [\"a", { form: "shell", text: "[\"a" }],
    ["RUN {\"a\": 1}", { form: "shell", text: "{\"a\": 1}" }],
  ])("%j", (text, command) => expect(parse("RUN", text)).toMatchObject({ command, heredocs: [], script: undefined, mounts: [] }));

  test("flags", () => {
    const run = parse("RUN", "RUN --mount=type=cache,target=/c --network=none \\\n --mount=from=a,target=\"/x y\" --security=insecure a");
    expect(places(run.mounts)).toEqual(["type=cache,target=/c 2:13-2:33", "from=a,target=/x y 3:10-3:30"]);
    expect(place(run.network)).toBe("none 2:44-2:48");
    expect(place(run.security)).toBe("insecure 3:42-3:50");
    expect(parse("RUN", "RUN --network=$N --mount=type=$T,target=$X a").network?.raw).toBe("$N");
  });

  test("a heredoc that is all is a script", () => {
    const run = parse("RUN", "RUN --network=none 3<<-'EOF'\n\t#!/bin/sh\n\techo\n\tEOF\n");
    expect(run.script).toMatchObject({ delimiter: "EOF", content: "#!/bin/sh\necho\n", fileDescriptor: 3 });
    expect(run.heredocs).toEqual([run.script]);
  });

  test("others follow the line, as the shell takes them", () => {
    const run = parse("RUN", "RUN cat <<-A - <<\"B\" > x\n\tone\n\tA\ntwo $x\nB\n");
    expect(run.command).toEqual({ form: "shell", text: "cat <<-A - <<\"B\" > x\n\tone\nA\ntwo $x\nB" });
    expect(run.script).toBeUndefined();
    expect(parse("RUN", "RUN <<A <<B\nA\nB").script).toBeUndefined();
  });

  testRefused([
    ["RUN [\"a\", 1]", "2:5-2:13", "when using JSON array syntax, arrays must be comprised of strings only"],
    ["RUN [\"a\", [\"b\"]]", "2:5-2:17", "arrays must be comprised of strings only"],
    ["RUN []", "2:5-2:7", "RUN requires at least one argument"],
    ["RUN --mont=a b", "2:5-2:13", "unknown flag: --mont (did you mean --mount?): RUN knows --mount, --network, --security"],
    ["RUN --network=foo a", "2:15-2:18", "invalid network mode \"foo\": it is default or none or host"],
    ["RUN --network=none --network=none a", "2:20-2:34", "duplicate flag specified: --network"],
    ["RUN --security=none a", "2:16-2:20", "invalid security mode \"none\""],
    ["RUN --mount=tpye=cache a", "2:13-2:23", "unexpected key 'tpye' in 'tpye=cache' (did you mean type?)"],
    ["RUN --mount=type=bind,from=$X,target=/y a", "2:13-2:40", "'from' doesn't support variable expansion, define alias stage instead"],
    ["RUN --mount=\\\"type=bind a", "2:13-2:24", "a quote does not close"],
    ["RUN --mount=target a", "2:13-2:19", "invalid field 'target' must be a key=value pair"],
    ["RUN --mount= a", "2:13-2:13", "it is empty"],
    ["RUN --device=x a", "2:5-2:15", "unknown flag: --device"],
  ]);
});

describe("CMD, ENTRYPOINT, SHELL", () => {
  test.each([
    ["CMD a b", { form: "shell", text: "a b" }],
    ["CMD", { form: "shell", text: "" }],
    ["CMD []", { form: "exec", args: [] }],
    ["CMD [\"a\"]", { form: "exec", args: ["a"] }],
    ["CMD cat <<A", { form: "shell", text: "cat <<A" }],
  ])("%j", (text, command) => {
    expect(parse("CMD", text).command).toEqual(command);
    expect(parse("ENTRYPOINT", text.replace("CMD", "ENTRYPOINT")).command).toEqual(command);
  });
  test("SHELL", () => expect(parse("SHELL", "SHELL [\"/bin/bash\", \"-c\"]").args).toEqual(["/bin/bash", "-c"]));
  testRefused([
    ["CMD [1]", "2:5-2:8", "arrays must be comprised of strings only"],
    ["CMD --x a", "2:5-2:8", "unknown flag: --x: CMD has no flags"],
    ["ENTRYPOINT --x a", "2:12-2:15", "unknown flag: --x: ENTRYPOINT has no flags"],
    ["SHELL", "2:1-2:6", "SHELL requires at least one argument"],
    ["SHELL []", "2:7-2:9", "SHELL requires at least one argument"],
    ["SHELL /bin/sh -c", "2:7-2:17", "SHELL requires the arguments to be in JSON form"],
  ]);
});

describe("COPY and ADD", () => {
  test("sources, destination, flags", () => {
    const copy = parse("COPY", "COPY --from=s --chown=a:b --chmod=0644 --link --parents --exclude=*.x \\\n --exclude=$Y a \"b c d/");
    expect(places(copy.sources)).toEqual(["a 3:15-3:16", "\"b 3:17-3:19", "c 3:20-3:21"]);
    expect(place(copy.destination)).toBe("d/ 3:22-3:24");
    expect(places([copy.from!, copy.chown!, copy.chmod!])).toEqual(["s 2:13-2:14", "a:b 2:23-2:26", "0644 2:35-2:39"]);
    expect(copy).toMatchObject({ link: true, parents: true });
    expect(places(copy.excludes)).toEqual(["*.x 2:67-2:70", "$Y 3:12-3:14"]);
  });

  test("a JSON list holds words with spaces", () => {
    const copy = parse("COPY", "COPY [\"a b\", \\\n \"c\\\"d\", \"e/\"]");
    expect(places(copy.sources)).toEqual(["a b 2:8-2:11", "c\"d 3:3-3:7"]);
    expect(place(copy.destination)).toBe("e/ 3:11-3:13");
  });

  test("what is no JSON list is words", () => {
    expect(parse("COPY", "COPY [\"a\" \"b/\"]").sources.map((word) => word.raw)).toEqual(["[\"a\""]);
    expect(parse("COPY", "COPY [ab].txt /x").sources.map((word) => word.raw)).toEqual(["[ab].txt"]);
  });

  test("heredocs are sources", () => {
    const copy = parse("COPY", "COPY --chmod=1 <<a.txt file <<-'b.txt' /x/\n$A\na.txt\n\tB\n\tb.txt\n");
    expect(copy.sources.map((word) => word.raw)).toEqual(["file"]);
    expect(copy.heredocs.map(({ delimiter, content, expand }) => [delimiter, content, expand])).toEqual([["a.txt", "$A\n", true], ["b.txt", "B\n", false]]);
    expect(parse("ADD", "ADD <<x /y\nx").heredocs[0]!.content).toBe("");
  });

  test("ADD has flags of its own", () => {
    const add = parse("ADD", "ADD --keep-git-dir=true --checksum=sha256:x --unpack=FALSE --link=false --exclude=a https://x/y /z");
    expect(add).toMatchObject({ keepGitDirectory: true, checksum: { raw: "sha256:x" }, unpack: false, link: false, excludes: [{ raw: "a" }] });
    expect(parse("ADD", "ADD a b")).toMatchObject({ keepGitDirectory: false, checksum: undefined, unpack: undefined, chown: undefined, link: false, excludes: [] });
    expect(parse("COPY", "COPY --chown= --from= a b")).toMatchObject({ chown: undefined, from: undefined });
  });

  test.each(["COPY a b c/", "COPY a b .", "COPY a b ./", "COPY a b ..", "COPY a b x/.", "COPY a b /", "COPY a b $X", "COPY a b \"/c/\"", "COPY a* c", "COPY a c"])("%j has a destination that may be a directory", (text) => {
    expect(parse("COPY", text).destination.raw).toBe(text.split(" ").at(-1));
  });

  testRefused([
    ["COPY", "2:1-2:5", "COPY requires at least two arguments, but none was provided. Destination could not be determined"],
    ["COPY a", "2:6-2:7", "COPY requires at least two arguments, but only one was provided. Destination could not be determined"],
    ["ADD [\"a\"]", "2:5-2:10", "ADD requires at least two arguments, but only one was provided"],
    ["COPY [\"a\", 1]", "2:6-2:14", "arrays must be comprised of strings only"],
    ["COPY a <<E\nE", "2:8-2:11", "COPY cannot accept a heredoc as a destination"],
    ["COPY --form=a b c", "2:6-2:14", "unknown flag: --form (did you mean --from?)"],
    ["COPY --link=maybe a b", "2:13-2:18", "expecting boolean value for flag --link, not: maybe"],
    ["COPY --link= a b", "2:6-2:13", "missing a value on flag: --link"],
    ["COPY --link --link a b", "2:13-2:19", "duplicate flag specified: --link"],
    ["COPY --from a b", "2:6-2:12", "missing a value on flag: write --from=VALUE"],
    ["ADD --from=a b c", "2:5-2:13", "unknown flag: --from"],
    ["COPY --__proto__=a b c", "2:6-2:19", "unknown flag: --__proto__"],
  ]);
});

describe("EXPOSE and VOLUME", () => {
  test("words", () => {
    expect(places(parse("EXPOSE", "EXPOSE 80 443/TCP \\\n $P").ports)).toEqual(["80 2:8-2:10", "443/TCP 2:11-2:18", "$P 3:2-3:4"]);
    expect(places(parse("VOLUME", "VOLUME /a  /b").paths)).toEqual(["/a 2:8-2:10", "/b 2:12-2:14"]);
    expect(places(parse("VOLUME", "VOLUME [\"/a b\"]").paths)).toEqual(["/a b 2:10-2:14"]);
    expect(places(parse("VOLUME", "VOLUME [ \"/a\"").paths)).toEqual(["[ 2:8-2:9", "\"/a\" 2:10-2:14"]);
  });
  testRefused([
    ["EXPOSE", "2:1-2:7", "EXPOSE requires at least one argument"],
    ["EXPOSE --x 80", "2:8-2:11", "unknown flag: --x: EXPOSE has no flags"],
    ["VOLUME", "2:1-2:7", "VOLUME requires at least one argument"],
    ["VOLUME []", "2:8-2:10", "VOLUME requires at least one argument"],
    ["VOLUME [\"/a\", \" \"]", "2:16-2:17", "VOLUME specified can not be an empty string"],
    ["VOLUME [1]", "2:8-2:11", "arrays must be comprised of strings only"],
  ]);
});

describe("USER, WORKDIR, STOPSIGNAL, MAINTAINER", () => {
  test("take the rest of the line", () => {
    expect(place(parse("USER", "USER  a:$B c ").user)).toBe("a:$B c 2:7-2:13");
    expect(place(parse("WORKDIR", "WORKDIR /a b\\\nc").path)).toBe("/a bc 2:9-3:2");
    expect(place(parse("STOPSIGNAL", "STOPSIGNAL ${S:-TERM}").signal)).toBe("${S:-TERM} 2:12-2:22");
    expect(place(parse("MAINTAINER", "MAINTAINER Me <me@x>").name)).toBe("Me <me@x> 2:12-2:21");
  });
  testRefused(["USER", "WORKDIR", "STOPSIGNAL", "MAINTAINER"].flatMap((name): [string, string, string][] => [
    [name, `2:1-2:${String(name.length + 1)}`, `${name} requires exactly one argument`],
    [`${name} --x y`, `2:${String(name.length + 2)}-2:${String(name.length + 5)}`, `unknown flag: --x: ${name} has no flags`],
  ]));
});

describe("HEALTHCHECK", () => {
  test.each<[string, object]>([
    ["HEALTHCHECK NONE", { test: null, timing: {} }],
    ["HEALTHCHECK --interval=5s none", { test: null, timing: {} }],
    ["HEALTHCHECK CMD a b", { test: { form: "shell", text: "a b" }, timing: {} }],
    ["HEALTHCHECK cmd [\"a\", \"b\"]", { test: { form: "exec", args: ["a", "b"] } }],
    ["HEALTHCHECK --interval=1m30s --timeout=500ms --start-period=1.5h --start-interval=1ms --retries=3 CMD a", { timing: { Interval: 90e9, Timeout: 5e8, StartPeriod: 5400e9, StartInterval: 1e6, Retries: 3 } }],
    ["HEALTHCHECK --interval=0 --timeout= --retries=0 CMD a", { timing: { Interval: undefined, Timeout: undefined, Retries: undefined } }],
    ["HEALTHCHECK \\\n --retries=2 \\\n CMD a", { test: { form: "shell", text: "a" }, timing: { Retries: 2 } }],
  ])("%j", (text, expected) => expect(parse("HEALTHCHECK", text)).toMatchObject(expected));
  testRefused([
    ["HEALTHCHECK", "2:1-2:12", "HEALTHCHECK requires at least one argument"],
    ["HEALTHCHECK --interval=5s", "2:1-2:12", "HEALTHCHECK requires at least one argument"],
    ["HEALTHCHECK NONE x", "2:18-2:19", "HEALTHCHECK NONE takes no arguments"],
    ["HEALTHCHECK curl x", "2:13-2:17", "Unknown type \"curl\" in HEALTHCHECK (try CMD)"],
    ["HEALTHCHECK CMD", "2:13-2:16", "Missing command after HEALTHCHECK CMD"],
    ["HEALTHCHECK CMD []", "2:13-2:19", "Missing command after HEALTHCHECK CMD"],
    ["HEALTHCHECK CMD [1]", "2:17-2:20", "arrays must be comprised of strings only"],
    ["HEALTHCHECK --interval=5 CMD a", "2:24-2:25", "invalid duration \"5\""],
    ["HEALTHCHECK --interval=999us CMD a", "2:24-2:29", "Interval \"interval\" cannot be less than 1ms"],
    ["HEALTHCHECK --timeout=-1s CMD a", "2:23-2:26", "Interval \"timeout\" cannot be less than 1ms"],
    ["HEALTHCHECK --retries=-1 CMD a", "2:23-2:25", "--retries cannot be negative (-1)"],
    ["HEALTHCHECK --retries=x CMD a", "2:23-2:24", "--retries is no number"],
    ["HEALTHCHECK --retries=2147483648 CMD a", "2:23-2:33", "--retries is no number"],
    ["HEALTHCHECK --retry=1 CMD a", "2:13-2:22", "unknown flag: --retry"],
    ["HEALTHCHECK --intervall=1s CMD a", "2:13-2:27", "unknown flag: --intervall (did you mean --interval?)"],
  ]);
});

describe("ONBUILD", () => {
  test.each([
    ["ONBUILD RUN a  b", "RUN a  b"],
    ["onbuild  run \\\n a", "run  a"],
    ["ONBUILD COPY --from=x a b", "COPY --from=x a b"],
    ["ONBUILD RUN cat <<-A <<B\n\tx\n\tA\ny\nB\n", "RUN cat <<-A <<B\n\tx\nA\ny\nB"],
    ["ONBUILD NOPE a", "NOPE a"],
  ])("%j", (text, trigger) => expect(parse("ONBUILD", text).trigger).toBe(trigger));
  testRefused([
    ["ONBUILD", "2:1-2:8", "ONBUILD requires at least one argument"],
    ["ONBUILD ONBUILD RUN a", "2:9-2:16", "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed"],
    ["ONBUILD from a", "2:9-2:13", "FROM isn't allowed as an ONBUILD trigger"],
    ["ONBUILD MAINTAINER a", "2:9-2:19", "MAINTAINER isn't allowed as an ONBUILD trigger"],
    ["ONBUILD --x RUN a", "2:9-2:12", "unknown flag: --x: ONBUILD has no flags"],
  ]);
});
