import { describe, expect, test } from "vitest";
import type { InstructionNode } from "../dockerfile.ts";
import { findHeredocs, parseHeredocWord } from "./heredocs.ts";
import { parseDockerfile } from "./parse.ts";

describe("words", () => {
  test.each<[string, object | undefined]>([
    ["<<EOF", { delimiter: "EOF", expand: true, stripTabs: false, fileDescriptor: 0 }],
    ["<<-EOF", { delimiter: "EOF", stripTabs: true }],
    ["3<<EOF", { delimiter: "EOF", fileDescriptor: 3 }],
    ["<<'EOF'", { delimiter: "EOF", expand: false }],
    ['<<"EOF"', { delimiter: "EOF", expand: false }],
    ["<<E'O'F", { delimiter: "EOF", expand: false }],
    ["<<'E O F'", { delimiter: "E O F", expand: false }],
    ["<<E\\OF", { delimiter: "EOF", expand: true }],
    ["<<E\\ F", { delimiter: "E F", expand: true }],
    ["<<E\\'F", { delimiter: "E'F", expand: true }],
    ['<<"E\\F"', { delimiter: "E\\F", expand: false }],
    ['<<"E\\"F"', { delimiter: 'E"F', expand: false }],
    ["<<$X", { delimiter: "$X", expand: true }],
    ["<<''", { delimiter: "", expand: false }],
    ["<<EOF;", { delimiter: "EOF;" }],
    ["<<EOF>x", { delimiter: "EOF>x" }],
    ["<<<EOF", undefined],
    ["<<EOF<x", undefined],
    ["<<", undefined],
    ["<<-", undefined],
    ["a<<EOF", undefined],
    ["<EOF", undefined],
    ["<<E F", undefined],
    ["<<'E", undefined],
  ])("%s", (word, expected) => {
    if (expected === undefined) expect(parseHeredocWord(word)).toBeUndefined();
    else expect(parseHeredocWord(word)).toMatchObject(expected);
  });
});

describe("of a line", () => {
  test.each([
    ["RUN <<A", "A"],
    ["RUN cat <<A 3<<B > x", "A B"],
    ["RUN cat<<A", ""],
    ["RUN '<<A'", ""],
    ['RUN "<<A"', ""],
    ["RUN \"x <<A y\" <<B", "B"],
    ["RUN \\<<A", ""],
    ["RUN <<A\\ B", "A B"],
    ["RUN it's <<A", ""],
    ['RUN "it\'s" <<A', "A"],
    ["RUN it\\'s <<A", "A"],
    ['RUN "a \\" b" <<A', "A"],
    ["RUN ${A:-x} <<A", "A"],
    ["RUN ${A:-x y} <<A", "A"],
    ["RUN ${A:-x <<B}", "B}"],
    ['RUN "${A:-x <<B}" <<A', "A"],
    ["RUN ${A:-'x} y'} <<A", "A"],
    ["RUN ${A:-${B:-\"}\"}} <<A", "A"],
    ["RUN ${A/x/y} ${A//x/y} ${A#x} ${A%%x} <<A", "A"],
    ["RUN ${A <<A", ""],
    ["RUN ${A:-x <<A", ""],
    ["RUN ${} <<A", ""],
    ["RUN ${a[@]} <<A", ""],
    ["RUN $a $$ $( <<A )", "A"],
    ["RUN <<A $", "A"],
    ["RUN $((1<<2))", ""],
    ["RUN \"$A ' $B\" <<A", "A"],
  ])("%s", (line, expected) => {
    expect(findHeredocs(line, () => undefined).map((heredoc) => heredoc.delimiter).join(" ")).toBe(expected);
  });
});

describe("bodies", () => {
  const first = (text: string): InstructionNode => {
    const node = parseDockerfile(text).nodes[0]!;
    if (node.type !== "instruction") throw new Error("no instruction");
    return node;
  };

  test("several, in the order of the line, with their places", () => {
    const text = "RUN cat <<A \\\n  <<-'B'\none\nA\n\ttwo\n\t\tB\nCMD x";
    const [a, b] = first(text).heredocs;
    expect(a).toMatchObject({ delimiter: "A", content: "one\n", range: { start: { line: 3, column: 1 }, end: { line: 4, column: 1 } }, wordRange: { start: { line: 1, column: 9 }, end: { line: 1, column: 12 } } });
    expect(b).toMatchObject({ delimiter: "B", expand: false, content: "two\n", range: { start: { line: 5, column: 1 }, end: { line: 6, column: 1 } }, wordRange: { start: { line: 2, column: 3 }, end: { line: 2, column: 9 } } });
    expect(text.slice(a!.range.start.offset, a!.range.end.offset)).toBe("one\n");
    expect(parseDockerfile(text).nodes).toHaveLength(2);
  });

  test.each([
    ["an empty one", "RUN <<A\nA\n", ""],
    ["at the end of the file", "RUN <<A\nx\nA", "x\n"],
    ["line ends are kept, and do not count in the delimiter", "RUN <<A\r\nx\r\nA\r\r\n", "x\r\n"],
    ["comments, directives and continuations in it are text", "RUN <<A\n# c\n\nx \\\nA\n", "# c\n\nx \\\n"],
    ["a longer line is not the delimiter", "RUN <<A\nA \n A\nAA\nA\n", "A \n A\nAA\n"],
    ["tabs at the beginning of every line", "RUN <<-A\n\t\tx\n\ty\tz\n\t \n\n\t\t\n\tA\n", "x\ny\tz\n \n\n\n"],
    ["without - the delimiter stands at the beginning", "RUN <<A\n\tA\nA\n", "\tA\n"],
    ["an empty delimiter ends at an empty line", "RUN <<''\nx\n\nCMD y\n", "x\n"],
  ])("%s", (_, text, content) => expect(first(text).heredocs[0]!.content).toBe(content));

  test.each([
    ["RUN <<A\nA", 1], ["COPY <<A /x\nA", 1], ["add <<A /x\nA", 1], ["ONBUILD RUN <<A\nA", 1], ["onbuild copy --link <<A /x\nA", 1],
    ["CMD <<A", 0], ["ENTRYPOINT <<A", 0], ["ENV A=<<A", 0], ["RUN [\"<<A\"]", 0], ["COPY [\"<<A\", \"/x\"]", 0], ["ONBUILD RUN [\"cat\", \"<<A\"]", 0], ["ONBUILD CMD <<A", 0], ["ONBUILD ONBUILD RUN <<A", 0], ["RUN [ <<A\nA", 1], ["NOPE <<A", 0],
  ])("%j has %i", (text, count) => expect(first(text).heredocs).toHaveLength(count));

  test("one without end names its delimiter and its place", () => {
    expect(() => parseDockerfile("FROM a\nRUN cat <<A <<'END'\nx\nA\n END\nEND2\n", "my/Dockerfile")).toThrow(expect.objectContaining({
      code: "invalidArgument",
      message: "my/Dockerfile:2:13: unterminated heredoc: no line after it is END, which would end <<'END'",
      details: expect.objectContaining({ file: "my/Dockerfile", line: 2, column: 13, endLine: 2, endColumn: 20 }),
    }));
  });
});
