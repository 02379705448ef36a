import type { Position, Range } from "../dockerfile.ts";

/** A physical line. Offsets count in the text. */
export interface Line {
  /** From 1. */
  readonly number: number;
  readonly start: number;
  /** Where its line end begins: a line feed and every carriage return before it. */
  readonly contentEnd: number;
  /** Where the next line begins. */
  readonly end: number;
}

/** Reads a text line by line; only a line feed ends a line. */
export interface LineReader {
  readonly text: string;
  /** The next line, or undefined at the end of the text. */
  next(): Line | undefined;
}

export function readLines(text: string): LineReader {
  let number = 0;
  let start = 0;
  return {
    text,
    next() {
      if (start >= text.length) return undefined;
      const feed = text.indexOf("\n", start);
      const line = { number: ++number, start, contentEnd: contentEnd(text, start, feed < 0 ? text.length : feed), end: feed < 0 ? text.length : feed + 1 };
      start = line.end;
      return line;
    },
  };
}

function contentEnd(text: string, start: number, end: number): number {
  while (end > start && text.charCodeAt(end - 1) === 0x0d) end--;
  return end;
}

/** The place of `offset` in `line`; its end may be the beginning of the next line. */
export function positionIn(text: string, line: Line, offset: number): Position {
  if (offset === line.end && offset > line.start && text.charCodeAt(offset - 1) === 0x0a) return { line: line.number + 1, column: 1, offset };
  return { line: line.number, column: offset - line.start + 1, offset };
}

/** From the beginning of `first` to the end of `last`, line ends included. */
export function rangeOfLines(text: string, first: Line, last: Line): Range {
  return { start: positionIn(text, first, first.start), end: positionIn(text, last, last.end) };
}
