import { describe, expect, test } from "vitest";
import type { Range } from "../dockerfile.ts";
import { dockerfileError, excerpt, frameOf } from "./error.ts";
import { parseDockerfile } from "./parse.ts";

const at = (text: string, from: number, to: number): Range => {
  const place = (offset: number) => ({ line: text.slice(0, offset).split("\n").length, column: offset - (text.lastIndexOf("\n", offset - 1) + 1) + 1, offset });
  return { start: place(from), end: place(to) };
};

describe("dockerfileError", () => {
  test("has message, code, details and frame", () => {
    const text = "FROM a\nRNU b\n";
    expect(dockerfileError(text, at(text, 7, 10), "unknown instruction: RNU")).toMatchObject({
      code: "invalidArgument",
      message: "Dockerfile:2:1: unknown instruction: RNU",
      details: { file: undefined, line: 2, column: 1, endLine: 2, endColumn: 4, frame: "  1 | FROM a\n> 2 | RNU b\n    | ^^^" },
    });
  });

  test("names the file of a tree, or another one", () => {
    const tree = parseDockerfile("FROM a", "x/Dockerfile");
    const range = tree.nodes[0]!.range;
    expect(dockerfileError(tree, range, "no").message).toBe("x/Dockerfile:1:1: no");
    expect(dockerfileError(tree, range, "no", { file: "y", code: "notFound", cause: new Error("why") })).toMatchObject({ code: "notFound", message: "y:1:1: no", details: { file: "y" }, cause: { message: "why" } });
  });
});

describe("frameOf", () => {
  const frame = (text: string, from: number, to: number): string[] => frameOf(text, at(text, from, to)).split("\n");

  test("two lines before and after, numbers aligned", () => {
    const text = Array.from({ length: 12 }, (_, index) => `line ${String(index + 1)}`).join("\r\n");
    const from = text.indexOf("line 9");
    expect(frame(text, from + 5, from + 6)).toEqual(["   7 | line 7", "   8 | line 8", ">  9 | line 9", "     |      ^", "  10 | line 10", "  11 | line 11"]);
  });

  test("several lines are marked, the mark stands under the first", () => {
    expect(frame("RUN a \\\n  b\nCMD c", 4, 11)).toEqual(["> 1 | RUN a \\", "    |     ^^^", "> 2 |   b", "  3 | CMD c"]);
    expect(frame("RUN a\nCMD c", 0, 6)).toEqual(["> 1 | RUN a", "    | ^^^^^", "  2 | CMD c"]);
  });

  test("an empty range, an empty text, the end of the text", () => {
    expect(frame("RUN", 3, 3)).toEqual(["> 1 | RUN", "    |    ^"]);
    expect(frame("", 0, 0)).toEqual(["> 1 |", "    | ^"]);
    expect(frame("\n\nx", 0, 0)).toEqual(["> 1 |", "    | ^", "  2 |", "  3 | x"]);
  });

  test("tabs stay tabs before the mark", () => {
    expect(frame("\tRUN\tx", 5, 6)).toEqual(["> 1 | \tRUN\tx", "    | \t   \t^"]);
  });

  test("a long line is shown around the mark", () => {
    const lines = frame(`RUN ${"x".repeat(1_000_000)}!${"y".repeat(1_000_000)}`, 1_000_004, 1_000_005);
    expect(lines.every((line) => line.length < 200)).toBe(true);
    expect(lines[0]!.indexOf("!")).toBe(lines[1]!.indexOf("^"));
  });

  test("many marked lines are cut", () => {
    expect(frame("a\n".repeat(1000), 0, 1999).length).toBeLessThan(14);
  });

  test("control characters and broken text do not reach a terminal", () => {
    expect(frame("RUN \x1b[2J\u009b\udcff", 0, 3)[0]).toBe("> 1 | RUN \ufffd[2J\ufffd\ufffd");
    expect(excerpt("a\x1b\n\u2028b\ud800")).toBe("a\ufffd\ufffd\ufffdb\ufffd");
    expect(excerpt("x".repeat(200))).toBe(`${"x".repeat(100)}...`);
  });
});
