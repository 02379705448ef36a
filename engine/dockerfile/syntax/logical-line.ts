import type { ArgumentPiece, Range } from "../dockerfile.ts";
import { positionIn, type Line, type LineReader } from "./lines.ts";
import { skipSpace } from "./space.ts";
import type { PartCounter } from "./text.ts";

/** An instruction's lines joined at their continuations, without comment lines and blank lines between them. */
export interface LogicalLine {
  readonly text: string;
  readonly pieces: readonly ArgumentPiece[];
  readonly emptyContinuations: readonly Range[];
  /** The last physical line read. */
  readonly last: Line;
}

/**
 * Reads the logical line that begins in `first` at `start`, its first character that is not white space. A line goes on in the next one when the
 * escape character is its last but for spaces and tabs, unless another escape character stands before it (`\\` at the end is two characters).
 */
export function readLogicalLine(reader: LineReader, first: Line, start: number, escape: string, count: PartCounter): LogicalLine {
  const { text } = reader;
  const parts: string[] = [];
  const pieces: ArgumentPiece[] = [];
  const emptyContinuations: Range[] = [];
  let length = 0;
  let last = first;
  /** @returns whether the next line continues this one */
  const take = (line: Line, from: number): boolean => {
    const escapeAt = continuationAt(text, from, line.contentEnd, escape);
    const part = text.slice(from, escapeAt ?? line.contentEnd);
    pieces.push({ at: length, start: positionIn(text, line, from) });
    parts.push(part);
    length += part.length;
    return escapeAt !== undefined;
  };
  for (let goesOn = take(first, start); goesOn; ) {
    const line = reader.next();
    if (line === undefined) break;
    last = line;
    count(1);
    const content = skipSpace(text, line.start, line.contentEnd);
    if (content === line.contentEnd) emptyContinuations.push({ start: positionIn(text, line, line.start), end: positionIn(text, line, line.contentEnd) });
    else if (text[content] !== "#") goesOn = take(line, line.start);
  }
  return { text: parts.length === 1 ? parts[0]! : parts.join(""), pieces, emptyContinuations, last };
}

/** Where the escape character stands that continues the line from `start` to `end`. */
function continuationAt(text: string, start: number, end: number, escape: string): number | undefined {
  while (end > start && (text[end - 1] === " " || text[end - 1] === "\t")) end--;
  const at = end - 1;
  return at >= start && text[at] === escape && (at === start || text[at - 1] !== escape) ? at : undefined;
}
