/** A thousand lines of a log, stored as one string once they are complete. */
import { stripAnsi } from "../../lib/ansi.ts";

export interface Page {
  /** Number of the first line. */
  first: number;
  /** Lines while the page is being filled; afterwards undefined, and the text is in `text`. */
  lines: string[] | undefined;
  text: string;
  starts: Uint32Array;
  /** Columns each line takes. */
  columns: Uint16Array;
  /** Whether each line came from stderr, and whether it came late. */
  readonly flags: Uint8Array;
  /** Which container each line is of, by its place in the session. */
  readonly owners: Uint16Array;
  count: number;
  /** Bytes the text takes in memory, about. */
  bytes: number;
  /** Rows the page takes when wrapped at `wrapAt` columns. */
  wrapAt: number;
  wrapRows: number;
}

/** One line as it goes in. */
export interface RawLine {
  /** With its time in front, where lines have one. */
  readonly raw: string;
  readonly flags: number;
  readonly owner: number;
}

export const pageLines = 1024;
export const stderrFlag = 1;
/** It was printed before lines that stand above it: it came when its place was taken. */
export const lateFlag = 2;

export function newPage(first: number): Page {
  return { first, lines: [], text: "", starts: new Uint32Array(0), columns: new Uint16Array(pageLines), flags: new Uint8Array(pageLines), owners: new Uint16Array(pageLines), count: 0, bytes: 0, wrapAt: -1, wrapRows: 0 };
}

/** Puts a line into an open page at a place, its end by default. */
export function putLine(page: Page, { raw, flags, owner }: RawLine, timed: boolean, at = page.count): void {
  if (at < page.count) {
    page.columns.copyWithin(at + 1, at, page.count);
    page.flags.copyWithin(at + 1, at, page.count);
    page.owners.copyWithin(at + 1, at, page.count);
    page.lines?.splice(at, 0, raw);
  } else page.lines?.push(raw);
  page.flags[at] = flags;
  page.owners[at] = owner;
  page.count++;
  page.bytes += raw.length;
  measureLine(page, at, raw, timed);
}

/** Notes how wide a line is, and answers it. */
export function measureLine(page: Page, at: number, raw: string, timed: boolean): number {
  const text = timed ? raw.slice(timeLength(raw)) : raw;
  const plain = text.includes("\x1b") || text.includes("\r") ? stripAnsi(text) : text;
  const columns = plain.includes("\t") ? columnsWithTabs(plain) : plain.length;
  page.columns[at] = Math.min(65_535, columns);
  page.wrapAt = -1;
  return columns;
}

/** Joins the lines of a page that is complete: one string instead of a thousand. */
export function sealPage(page: Page): void {
  const { lines } = page;
  if (!lines) return;
  const starts = new Uint32Array(lines.length + 1);
  let at = 0;
  lines.forEach((line, index) => {
    starts[index] = at;
    at += line.length + 1;
  });
  starts[lines.length] = at;
  page.text = lines.join("\n");
  page.starts = starts;
  page.lines = undefined;
  // One letter outside Latin-1 and the whole string takes two bytes a letter.
  if (/[^\u0000-\u00ff]/.test(page.text)) page.bytes = 2 * page.text.length;
}

export function rawLine(page: Page, at: number): string {
  return page.lines ? (page.lines[at] ?? "") : page.text.slice(page.starts[at], (page.starts[at + 1] ?? 1) - 1);
}

/** All lines of a page, joined. */
export function pageText(page: Page): string {
  return page.lines ? page.lines.join("\n") : page.text;
}

export function rowsOf(page: Page, at: number, columns: number): number {
  return columns === 0 ? 1 : Math.max(1, Math.ceil((page.columns[at] ?? 0) / columns));
}

export function pageRows(page: Page, columns: number): number {
  if (columns === 0) return page.count;
  if (page.wrapAt === columns) return page.wrapRows;
  let rows = 0;
  for (let at = 0; at < page.count; at++) rows += rowsOf(page, at, columns);
  page.wrapAt = columns;
  page.wrapRows = rows;
  return rows;
}

/** Characters of the time in front of a line, with the space after it; 0 where there is none. */
export function timeLength(raw: string): number {
  if (raw.charCodeAt(4) !== 45 || raw.charCodeAt(10) !== 84) return 0;
  const match = stamp.exec(raw.length > 40 ? raw.slice(0, 40) : raw);
  return match ? match[0].length : 0;
}

const stamp = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)(?: |$)/;

/** Columns of a text whose tabs go to every eighth column. */
function columnsWithTabs(text: string): number {
  const [first = "", ...rest] = text.split("\t");
  return rest.reduce((columns, part) => (Math.floor(columns / 8) + 1) * 8 + part.length, first.length);
}
