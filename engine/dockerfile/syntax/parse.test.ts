import { describe, expect, test } from "vitest";
import type { DockerfileTree, InstructionNode, Range } from "../dockerfile.ts";
import { parseDockerfile, printDockerfile } from "./parse.ts";
import { rangeOf } from "./positions.ts";

const instructions = (text: string): InstructionNode[] => parseDockerfile(text).nodes.filter((node) => node.type === "instruction");
const only = (text: string): InstructionNode => {
  const nodes = instructions(text);
  expect(nodes).toHaveLength(1);
  return nodes[0]!;
};
const types = (tree: DockerfileTree): string => tree.nodes.map((node) => (node.type === "instruction" ? node.keyword : node.type)).join(" ");
/** `line:column-line:column`. */
const show = ({ start, end }: Range): string => `${String(start.line)}:${String(start.column)}-${String(end.line)}:${String(end.column)}`;

describe("nodes", () => {
  test.each([
    ["", ""],
    ["\n", "blank"],
    ["\ufeff", "blank"],
    ["\ufeffFROM a", "FROM"],
    ["FROM a\n\n  \t\r\n# c\n  # d\nRUN b", "FROM blank blank comment comment RUN"],
    ["  FROM a\n\tRUN b\n", "FROM RUN"],
    ["from a\nRuN b", "from RuN"],
    ["FROM a\r\nRUN b \\\r\n c\r\nCMD d", "FROM RUN CMD"],
    ["FROM a\rRUN b\nCMD c", "FROM CMD"],
    ["RUN a \\", "RUN"],
    ["RUN a \\\n", "RUN"],
    ["RUN a \\\n# only\n\n", "RUN"],
    ["RUN a \\  \t\nb\nCMD c", "RUN CMD"],
    // Two escape characters are no continuation; after another character one is.
    ["RUN a \\\\\nCMD c", "RUN CMD"],
    ["RUN a\\\nCMD c", "RUN"],
    ["RU\\\nN a", "RUN"],
    ["\\\nRUN a", "RUN"],
    ["\\\n", ""],
    ["RUN a # no comment\nCMD b", "RUN CMD"],
    ["RUN <<E\nCMD x\nE\nCMD y", "RUN CMD"],
    ["RUN\u00a0a", "RUN\u00a0a"],
    ["RUN\fa", "RUN"],
  ])("%j is %s", (text, expected) => {
    const tree = parseDockerfile(text);
    expect(types(tree)).toBe(expected);
    expect(printDockerfile(tree)).toBe(text);
  });

  test("a node ends where the next one begins", () => {
    const tree = parseDockerfile("\ufeff# c\r\n\nRUN a \\\n b\nCMD c");
    expect(tree.nodes.map((node) => show(node.range))).toEqual(["1:1-2:1", "2:1-3:1", "3:1-5:1", "5:1-5:6"]);
    expect(tree.nodes.map((node) => node.range.start.offset)).toEqual([0, 6, 7, 18]);
  });
});

describe("the logical line", () => {
  test("joins continuations and leaves comments and blank lines out", () => {
    const node = only("RUN a && \\\n  # why\n\n\t\n   b \\\n# end\n&& c  \n");
    expect(node.line).toBe("RUN a &&    b && c");
    expect(node.argument).toBe("a &&    b && c");
    expect(node.emptyContinuations.map(show)).toEqual(["3:1-3:1", "4:1-4:2"]);
  });

  test("keeps the white space at the beginning of continued lines", () => {
    expect(only("RUN a\\\n  b\\\nc").argument).toBe("a  bc");
  });

  test("a lone carriage return is text, those before a line feed are not", () => {
    expect(only("RUN a\rb\r\r\n").argument).toBe("a\rb");
  });

  test.each([
    ["RUN  a  b ", "RUN", "a  b", "1:6-1:10"],
    ["RUN", "RUN", "", "1:4-1:4"],
    ["  run\t", "RUN", "", "1:6-1:6"],
    ["RUN\\\n a", "RUN", "a", "2:2-2:3"],
    ["RUN a \\\n b", "RUN", "a  b", "1:5-2:3"],
    ["RUN \\\n\\\n  a", "RUN", "a", "3:3-3:4"],
    ["R\\\nUN a", "RUN", "a", "2:4-2:5"],
    ["\u3000RUN a\u0085", "RUN", "a", "1:6-1:7"],
  ])("%j: keyword, argument and its place", (text, name, argument, range) => {
    const node = only(text);
    expect([node.name, node.argument, show(node.argumentRange)]).toEqual([name, argument, range]);
  });

  test("places in the argument are found over continuations", () => {
    const node = only("ENV A=1 \\\n  # c\n  B=2 \\\nC=3");
    expect(node.argument).toBe("A=1   B=2 C=3");
    for (const [word, range] of [["A=1", "1:5-1:8"], ["B=2", "3:3-3:6"], ["C=3", "4:1-4:4"]] as const) {
      const at = node.argument.indexOf(word);
      expect(show(rangeOf(node, at, at + 3))).toBe(range);
    }
    expect(show(rangeOf(node, 0, node.argument.length))).toBe("1:5-4:4");
    expect(show(rangeOf(node, 4, 4))).toBe("3:1-3:1");
  });
});

describe("flags", () => {
  const flags = (text: string) => only(text).flags.map(({ name, value }) => [name, value]);

  test.each<[string, [string, string | undefined][], string]>([
    ["COPY --from=a b c", [["from", "a"]], "b c"],
    ["COPY --link --from=a b c", [["link", undefined], ["from", "a"]], "b c"],
    ["COPY --from= b c", [["from", ""]], "b c"],
    ["COPY --a=b=c d e", [["a", "b=c"]], "d e"],
    [`COPY --a="b c" --d='e "f"' g`, [["a", "b c"], ["d", 'e "f"']], "g"],
    [`COPY --"a=b" c`, [["a", "b"]], "c"],
    [String.raw`COPY --a=b\ c\"d d`, [["a", 'b c"d']], "d"],
    [String.raw`COPY --a="b\"c" d`, [["a", 'b"c']], "d"],
    ["COPY -- --a b", [], "--a b"],
    ["COPY --a -- --b", [["a", undefined]], "--b"],
    ["COPY -a --b", [], "-a --b"],
    ["COPY a --b", [], "a --b"],
    ["COPY --", [], ""],
    ["COPY --a", [["a", undefined]], ""],
    ["COPY --a\\", [["a", undefined]], ""],
    [`COPY --a="b c`, [["a", "b c"]], ""],
    ["COPY ---a b", [["-a", undefined]], "b"],
  ])("%j", (text, expected, argument) => {
    // A continuation at the end of the file would take the backslash away.
    expect(flags(text)).toEqual(expected.map(([name, value]) => [name, value]));
    expect(only(text).argument).toBe(argument);
  });

  test("their places", () => {
    const [from, link, chown] = only(`COPY --from=a \\\n  --link --chown="1:2" b c`).flags;
    expect([from, link, chown].map((flag) => [show(flag!.range), show(flag!.valueRange)])).toEqual([["1:6-1:14", "1:13-1:14"], ["2:3-2:9", "2:3-2:9"], ["2:10-2:23", "2:18-2:23"]]);
  });

  test("a backslash is taken away whatever the escape character is", () => {
    expect(instructions("# escape=`\nCOPY --a=b\\c d")[0]!.flags[0]!.value).toBe("bc");
  });
});

describe("directives", () => {
  const read = (text: string) => {
    const tree = parseDockerfile(text);
    return { ...tree.directives, types: types(tree) };
  };
  const none = { escape: "\\", syntax: undefined, skipChecks: [], experimentalChecks: [], checksAreErrors: false };

  test.each<[string, object]>([
    ["# syntax=docker/dockerfile:1", { syntax: "docker/dockerfile:1", types: "directive" }],
    ["#syntax = a/b  rest ", { syntax: "a/b", types: "directive" }],
    ["\ufeff \t# SYNTAX=a", { syntax: "a", types: "directive" }],
    ["# escape=`\r\nRUN a `\r\n b", { escape: "`", types: "directive RUN" }],
    ["# escape=\\\n# check=error=true", { checksAreErrors: true, types: "directive directive" }],
    ["# check=skip=A, B;error=1;experimental=all", { skipChecks: ["A", "B"], checksAreErrors: true, experimentalChecks: ["all"], types: "directive" }],
    ["# check = ; ", { error: "options are" }],
    // What is no directive ends them.
    ["# a comment\n# escape=`", { types: "comment comment" }],
    ["\n# escape=`", { types: "blank comment" }],
    ["# other=x\n# escape=`", { types: "comment comment" }],
    ["FROM a\n# escape=`", { types: "FROM comment" }],
    ["# escape\n", { types: "comment" }],
    ["# escape=\n# escape=`", { types: "comment comment" }],
    ["# es cape=`", { types: "comment" }],
    ["#! /usr/bin/env x\n# escape=`\n# syntax=a\n# c\n# check=skip=X", { syntax: "a", types: "comment comment directive comment comment" }],
    ["RUN # syntax=a", { types: "RUN" }],
  ])("%j", (text, expected) => {
    if ("error" in expected) expect(() => read(text)).toThrow(String(expected.error));
    else expect(read(text)).toEqual({ ...none, ...expected });
  });

  test.each([
    ["# escape=x", "Dockerfile:1:10: invalid escape character \"x\""],
    ["# escape= ", "Dockerfile:1:10: invalid escape character \" \""],
    ["# escape=\\\\", "Dockerfile:1:10: invalid escape character"],
    ["# escape=`\n#  Escape=`", "Dockerfile:2:1: only one escape directive"],
    ["# syntax=a\n# check=skip=all\n# syntax=b", "Dockerfile:3:1: only one syntax directive"],
    ["# check=foo", "Dockerfile:1:9: invalid check option \"foo\""],
    ["# check=error=maybe", "Dockerfile:1:9: invalid check option \"error=maybe\""],
  ])("%j is refused", (text, message) => {
    expect(() => parseDockerfile(text)).toThrow(message);
  });

  test("the place of the value", () => {
    const [node] = parseDockerfile("  #  syntax =  a/b:1 \n").nodes;
    expect(node).toMatchObject({ type: "directive", name: "syntax", value: "a/b:1" });
    expect(node!.type === "directive" && show(node!.valueRange)).toBe("1:16-1:21");
  });

  test("with ` as escape a backslash continues nothing, and \\ ends no word", () => {
    const tree = parseDockerfile("# escape=`\nCOPY a C:\\\nRUN b `\n c");
    expect(types(tree)).toBe("directive COPY RUN");
  });
});

describe("bounds", () => {
  test("more than 16 MiB are refused", () => {
    expect(() => parseDockerfile("#".repeat(16 * 1024 * 1024 + 1))).toThrow(expect.objectContaining({ code: "resourceExhausted" }));
    expect(parseDockerfile("#".repeat(16 * 1024 * 1024)).nodes).toHaveLength(1);
  });

  test.each([
    ["lines", "\n".repeat(200_001)], ["continuations", `RUN ${"a\\\n".repeat(200_001)}`], ["flags", `RUN ${"--a ".repeat(200_001)}`], ["heredocs", `RUN ${"<<A ".repeat(200_001)}`],
  ])("more than 200,000 %s are refused", (_, text) => {
    expect(() => parseDockerfile(text)).toThrow(expect.objectContaining({ code: "resourceExhausted", message: expect.stringContaining("more than 200000") }));
    expect(parseDockerfile(`RUN <<A\n${"x\n".repeat(300_000)}A`).nodes).toHaveLength(1);
  });
});
