import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { isEngineError } from "../../base/errors.ts";
import type { DockerfileTree, Range } from "../dockerfile.ts";
import { cpuMilliseconds, dockerfileLike } from "../testing/texts.ts";
import { parseDockerfile, printDockerfile } from "./parse.ts";
import { rangeOf } from "./positions.ts";
import { decodeDockerfile, encodeDockerfile } from "./text.ts";

/** Undefined for a text that is refused, which must be with an engine error that shows its place. */
function tryParse(text: string): DockerfileTree | undefined {
  try {
    return parseDockerfile(text);
  } catch (error) {
    if (isEngineError(error, "resourceExhausted")) return undefined;
    if (!isEngineError(error, "invalidArgument")) throw error;
    expect(error.details).toMatchObject({ line: expect.any(Number), frame: expect.stringContaining(">") });
    return undefined;
  }
}

const lineOf = (text: string, offset: number): number => text.slice(0, offset).split("\n").length;
const columnOf = (text: string, offset: number): number => offset - text.lastIndexOf("\n", offset - 1) + (offset === 0 ? 1 : 0);

function expectPlace(text: string, { start, end }: Range): void {
  for (const place of [start, end]) expect(place).toEqual({ line: lineOf(text, place.offset), column: offsetColumn(text, place.offset), offset: place.offset });
  expect(start.offset).toBeLessThanOrEqual(end.offset);
}
const offsetColumn = (text: string, offset: number): number => (offset === 0 ? 1 : columnOf(text, offset));

const anything = fc.oneof(
  { weight: 3, arbitrary: dockerfileLike },
  { weight: 1, arbitrary: fc.string({ unit: "binary", maxLength: 200 }) },
  { weight: 2, arbitrary: fc.array(fc.constantFrom("RUN", " ", "\n", "\r", "\\", "`", "#", "<<", "A", "'", '"', "$", "{", "}", "-", "=", "\t", "escape=", "[", "]", ",", "\ufeff"), { maxLength: 60 }).map((parts) => parts.join("")) },
);

describe("lossless", () => {
  test("any bytes that parse come back", () => {
    const bytes = fc.oneof(fc.uint8Array({ maxLength: 100 }), anything.map((text) => new TextEncoder().encode(text)), fc.tuple(anything, fc.uint8Array({ maxLength: 5 })).map(([text, rest]) => Buffer.concat([Buffer.from(text), rest])));
    fc.assert(fc.property(bytes, (input) => {
      const tree = tryParse(decodeDockerfile(input));
      if (tree !== undefined) expect(Buffer.from(encodeDockerfile(printDockerfile(tree))).equals(Buffer.from(input))).toBe(true);
    }), { numRuns: 3000 });
  });

  test("nodes tile the file, and every place is where it says", () => {
    fc.assert(fc.property(anything, (text) => {
      const tree = tryParse(text);
      if (tree === undefined) return;
      let offset = 0;
      for (const node of tree.nodes) {
        expect(node.range.start.offset).toBe(offset);
        offset = node.range.end.offset;
        expect(node.text).toBe(text.slice(node.range.start.offset, offset));
        expectPlace(text, node.range);
        if (node.type === "directive") expect(text.slice(node.valueRange.start.offset, node.valueRange.end.offset)).toBe(node.value);
        if (node.type !== "instruction") continue;
        for (const range of [node.keywordRange, node.argumentRange, ...node.flags.flatMap((flag) => [flag.range, flag.valueRange]), ...node.emptyContinuations]) expectPlace(text, range);
        for (const heredoc of node.heredocs) {
          expectPlace(text, heredoc.range);
          expectPlace(text, heredoc.wordRange);
          if (!heredoc.stripTabs) expect(text.slice(heredoc.range.start.offset, heredoc.range.end.offset)).toBe(heredoc.content);
        }
        // Every character of the argument stands where it is said to stand.
        for (let index = 0; index < node.argument.length; index++) {
          const { start, end } = rangeOf(node, index, index + 1);
          expect(text.slice(start.offset, end.offset)).toBe(node.argument[index]);
        }
      }
      expect(offset).toBe(text.length);
    }), { numRuns: 3000 });
  });

  test("a part that parses means the same wherever it stands", () => {
    fc.assert(fc.property(dockerfileLike, (text) => {
      const tree = tryParse(text);
      if (tree === undefined) return;
      for (const node of tree.nodes) {
        if (node.type !== "instruction" || tree.directives.escape === "`" || node.text.startsWith("\ufeff")) continue;
        const alone = parseDockerfile(node.text).nodes[0];
        expect(alone).toMatchObject({ type: "instruction", line: node.line, argument: node.argument, heredocs: node.heredocs.map(({ content, delimiter }) => ({ content, delimiter })) });
      }
    }), { numRuns: 500 });
  });
});

describe("time", () => {
  const MEBIBYTE = 1024 * 1024;
  const fill = (part: string): string => part.repeat(Math.ceil((4 * MEBIBYTE) / part.length));
  const often = (part: string): string => part.repeat(60_000);

  // Each of these has millions of characters: anything worse than linear would take minutes.
  test.each<[string, string]>([
    ["one line", `RUN ${fill("x")}`],
    ["one line of words", `RUN ${fill("a ")}`],
    ["one line of quotes", `COPY ${fill("'a' \"b\" ")}`],
    ["one open quote after another", `RUN <<A ${fill(`"'`)}`],
    ["a line of heredocs without end", `RUN ${fill("<<A ")}`],
    ["deep braces", `RUN <<A ${fill("${a:-")}`],
    ["deep braces in quotes", `RUN <<A ${fill('"${a:-')}`],
    ["replacements", `RUN <<A ${fill("${a/")}`],
    ["flags", `RUN ${fill("--mount=a ")}`],
    ["one flag with quotes", `RUN --mount=${fill(`"a"\\b`)}`],
    ["spaces", `RUN${fill(" ")}a`],
    ["a directive of spaces", `# syntax=${fill(" ")}x`],
    ["a directive with spaces after it", `# syntax=x${fill(" ")}`],
    ["carriage returns", `RUN a${fill("\r")}b\n`],
    ["too many blank lines", fill("\n")],
    ["too many flags", `RUN ${fill("--a ")}`],
    ["too many heredocs", `RUN ${fill("<<A ")}`],
    ["too many continuations", `RUN ${fill("a\\\n")}`],
    ["blank lines", often("\n")],
    ["comments", often(`#${"x".repeat(70)}\n`)],
    ["instructions", often(`RUN a --b $C ${"x".repeat(60)}\n`)],
    ["continuations", `RUN ${often(`${"x".repeat(70)} \\\n`)}`],
    ["comments in a continuation", `RUN \\\n${often(`#${"x".repeat(70)}\n`)}`],
    ["blank lines in a continuation", `RUN \\\n${often(" \n")}`],
    ["small heredocs", often("RUN <<A\nxxx\nA\n")],
    ["words before a heredoc", `RUN ${fill("a ")} <<A\nA`],
    ["heredocs on one line", `RUN ${"<<A ".repeat(100_000)}\n${"A\n".repeat(100_000)}`],
    ["one long heredoc", `RUN <<A\n${fill("\tx\n")}A`],
    ["one long heredoc whose tabs go", `RUN <<-A\n${fill("\t\t\n")}A`],
    ["nested JSON", `RUN ${fill("[")} <<A`],
    ["escapes", `RUN ${fill("\\")}`],
  ])("%s", (_, text) => {
    expect(cpuMilliseconds(() => void tryParse(text))).toBeLessThan(4000);
  });
});
