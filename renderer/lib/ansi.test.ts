import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { parseAnsi, stripAnsi } from "./ansi.ts";

describe("escape sequences", () => {
  it("become looks", () => {
    expect(parseAnsi("a\x1b[1;31mb\x1b[22mc\x1b[0md")).toEqual([{ text: "a" }, { text: "b", bold: true, fg: 1 }, { text: "c", bold: undefined, dim: undefined, fg: 1 }, { text: "d" }]);
    expect(parseAnsi("\x1b[38;5;9mx\x1b[48;5;232my\x1b[38;2;1;2;300mz")).toEqual([{ text: "x", fg: 9 }, { text: "y", fg: 9, bg: "rgb(8 8 8)" }, { text: "z", fg: "rgb(1 2 255)", bg: "rgb(8 8 8)" }]);
    expect(parseAnsi("\x1b[97mx")).toEqual([{ text: "x", fg: 15 }]);
  });
  it("fall out where they mean nothing in a log", () => {
    expect(stripAnsi("\x1b]0;title\x07a\x1b[2Kb\x1b(Bc\x08")).toBe("abc");
    expect(stripAnsi("10%\r50%\r100%\r")).toBe("100%");
  });
  it("never leave a control character, whatever comes", () => {
    const hostile = fc.string({ unit: fc.constantFrom("\x1b", "[", "]", "m", ";", "3", "8", "5", "\x07", "\r", "a", "\\", "P") });
    fc.assert(fc.property(hostile, (text) => {
      const spans = parseAnsi(text);
      expect(spans.map((span) => span.text).join("")).toBe(stripAnsi(text));
    }));
  });
});
