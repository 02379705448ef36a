/** The lines of a log that the window holds: bounded, compact, addressed by a number that never changes. */
import { stripAnsi } from "../../lib/ansi.ts";

export type LogSource = "stdout" | "stderr";

/** Lines of one source, joined by "\n", without a last "\n". */
export interface LogChunk {
  readonly source: LogSource;
  readonly text: string;
  /** The last line has not ended yet: the next chunk of the same source continues it. */
  readonly partial?: boolean;
}

export interface LogLine {
  /** RFC 3339 with nanoseconds, or "" where there is none. */
  readonly time: string;
  readonly text: string;
  readonly source: LogSource;
}

interface Page {
  /** Number of the first line. */
  readonly first: number;
  /** Lines while the page is being filled; afterwards undefined, and the text is in `text`. */
  lines: string[] | undefined;
  text: string;
  starts: Uint32Array;
  /** Columns each line takes. */
  columns: Uint16Array;
  readonly errors: Uint8Array;
  count: number;
  chars: number;
  /** Rows the page takes when wrapped at `wrapAt` columns. */
  wrapAt: number;
  wrapRows: number;
}

export interface Limits {
  readonly lines: number;
  readonly chars: number;
}

const pageLines = 1024;
const stampPattern = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d) ?/;
export const defaultLimits: Limits = { lines: 1_000_000, chars: 160_000_000 };

export class LogBuffer {
  readonly #limits: Limits;
  readonly #timePattern: RegExp;
  #pages: Page[] = [];
  #chars = 0;
  #widest = 0;
  #unfinished = new Map<LogSource, number>();
  #lastTime = "";
  #skipUntil = "";
  /** Number of the first line that is kept. */
  first = 0;
  /** Number after the last line. */
  end = 0;

  /** @param timed whether each line begins with its time, which is then not part of its text */
  constructor(limits: Limits = defaultLimits, timed = true) {
    this.#limits = limits;
    this.#timePattern = timed ? stampPattern : /(?!)/;
  }

  get count(): number {
    return this.end - this.first;
  }

  /** Columns of the widest line so far. */
  get widest(): number {
    return this.#widest;
  }

  /** Time of the newest line. */
  get lastTime(): string {
    return this.#lastTime;
  }

  /** Leaves out lines that are not newer than what is here: the stream begins again at the last second. */
  continueAfterLast(): void {
    this.#skipUntil = this.#lastTime;
    this.#unfinished.clear();
  }

  append(chunks: readonly LogChunk[]): void {
    for (const chunk of chunks) this.#appendChunk(chunk);
    this.#trim();
  }

  line(number: number): LogLine | undefined {
    const page = this.#pageOf(number);
    if (!page) return undefined;
    const at = number - page.first;
    const raw = rawLine(page, at);
    const time = this.#timePattern.exec(raw)?.[0] ?? "";
    return { time: time.trimEnd(), text: raw.slice(time.length), source: page.errors[at] ? "stderr" : "stdout" };
  }

  /** Rows before a line when every line is wrapped at `columns`; 0 means not wrapped. */
  rowOf(number: number, columns: number): number {
    const clamped = Math.min(this.end, Math.max(this.first, number));
    if (columns === 0) return clamped - this.first;
    let rows = 0;
    for (const page of this.#pages) {
      if (page.first + page.count > clamped) {
        for (let at = 0; at < clamped - page.first; at++) rows += rowsOf(page, at, columns);
        return rows;
      }
      rows += pageRows(page, columns);
    }
    return rows;
  }

  /** The line that covers a row, and its own first row. */
  lineAtRow(row: number, columns: number): { number: number; row: number } {
    if (columns === 0) {
      const number = Math.min(this.end, this.first + Math.max(0, Math.floor(row)));
      return { number, row: number - this.first };
    }
    let rows = 0;
    for (const page of this.#pages) {
      const all = pageRows(page, columns);
      if (rows + all <= row) {
        rows += all;
        continue;
      }
      for (let at = 0; at < page.count; at++) {
        const height = rowsOf(page, at, columns);
        if (rows + height > row) return { number: page.first + at, row: rows };
        rows += height;
      }
    }
    return { number: this.end, row: rows };
  }

  /** Rows one line takes. */
  heightOf(number: number, columns: number): number {
    const page = this.#pageOf(number);
    return page && columns > 0 ? rowsOf(page, number - page.first, columns) : 1;
  }

  /**
   * Numbers of the lines in `[from, to)` whose text, times aside, contains `needle`.
   * @param needle lower case
   */
  find(needle: string, from: number, to: number, into: number[]): void {
    for (let number = Math.max(from, this.first); number < Math.min(to, this.end); ) {
      const page = this.#pageOf(number);
      if (!page) return;
      const last = Math.min(to, page.first + page.count);
      if (page.lines || mayContain(page, needle)) {
        for (; number < last; number++) {
          const raw = rawLine(page, number - page.first);
          const text = raw.replace(this.#timePattern, "");
          if ((text.includes("\x1b") ? stripAnsi(text) : text).toLowerCase().includes(needle)) into.push(number);
        }
      }
      number = last;
    }
  }

  #appendChunk(chunk: LogChunk): void {
    const lines = chunk.text.split("\n");
    const continued = this.#unfinished.get(chunk.source);
    lines.forEach((text, index) => {
      if (index === 0 && continued !== undefined && this.#extend(continued, text)) return;
      if (this.#isOld(text)) return;
      this.#push(text, chunk.source);
    });
    if (!chunk.partial) this.#unfinished.delete(chunk.source);
    else if (lines.length > 1 || continued === undefined) this.#unfinished.set(chunk.source, this.end - 1);
  }

  #isOld(text: string): boolean {
    if (this.#skipUntil === "") return false;
    const time = this.#timePattern.exec(text)?.[0].trimEnd() ?? "";
    if (time !== "" && time <= this.#skipUntil) return true;
    this.#skipUntil = "";
    return false;
  }

  #push(text: string, source: LogSource): void {
    let page = this.#pages.at(-1);
    if (!page || page.count === pageLines) {
      if (page) seal(page);
      page = { first: this.end, lines: [], text: "", starts: new Uint32Array(0), columns: new Uint16Array(pageLines), errors: new Uint8Array(pageLines), count: 0, chars: 0, wrapAt: -1, wrapRows: 0 };
      this.#pages.push(page);
    }
    page.lines?.push(text);
    page.errors[page.count] = source === "stderr" ? 1 : 0;
    this.#measure(page, page.count, text);
    page.count++;
    page.chars += text.length;
    this.#chars += text.length;
    this.end++;
    const time = this.#timePattern.exec(text)?.[0].trimEnd();
    if (time && time > this.#lastTime) this.#lastTime = time;
  }

  /** Adds to a line that had not ended; false when it is no longer open. */
  #extend(number: number, more: string): boolean {
    const page = this.#pageOf(number);
    if (!page?.lines) return false;
    const at = number - page.first;
    const text = (page.lines[at] ?? "") + more;
    page.lines[at] = text;
    page.chars += more.length;
    this.#chars += more.length;
    this.#measure(page, at, text);
    return true;
  }

  #measure(page: Page, at: number, raw: string): void {
    const text = raw.replace(this.#timePattern, "");
    const plain = text.includes("\x1b") || text.includes("\r") ? stripAnsi(text) : text;
    const columns = plain.includes("\t") ? columnsWithTabs(plain) : plain.length;
    page.columns[at] = Math.min(65_535, columns);
    page.wrapAt = -1;
    if (columns > this.#widest) this.#widest = columns;
  }

  #trim(): void {
    while (this.#pages.length > 1 && (this.count > this.#limits.lines || this.#chars > this.#limits.chars)) {
      const page = this.#pages.shift();
      if (!page) return;
      this.#chars -= page.chars;
      this.first = page.first + page.count;
    }
  }

  #pageOf(number: number): Page | undefined {
    if (number < this.first || number >= this.end) return undefined;
    return this.#pages[Math.floor((number - (this.#pages[0]?.first ?? 0)) / pageLines)];
  }
}

/** Columns of a text whose tabs go to every eighth column. */
function columnsWithTabs(text: string): number {
  const [first = "", ...rest] = text.split("\t");
  return rest.reduce((columns, part) => (Math.floor(columns / 8) + 1) * 8 + part.length, first.length);
}

/** Joins the lines of a full page: one string instead of a thousand. */
function seal(page: Page): void {
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
}

function rawLine(page: Page, at: number): string {
  return page.lines ? (page.lines[at] ?? "") : page.text.slice(page.starts[at], (page.starts[at + 1] ?? 1) - 1);
}

function mayContain(page: Page, needle: string): boolean {
  return page.text.includes("\x1b") || page.text.toLowerCase().includes(needle);
}

function rowsOf(page: Page, at: number, columns: number): number {
  return Math.max(1, Math.ceil((page.columns[at] ?? 0) / columns));
}

function pageRows(page: Page, columns: number): number {
  if (page.wrapAt === columns) return page.wrapRows;
  let rows = 0;
  for (let at = 0; at < page.count; at++) rows += rowsOf(page, at, columns);
  page.wrapAt = columns;
  page.wrapRows = rows;
  return rows;
}
