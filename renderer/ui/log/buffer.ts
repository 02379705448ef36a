/** The lines of a log that the window holds: bounded, compact, addressed by a number that stays with its line. */
import type { LogRows } from "./rows.ts";
import { lateFlag, measureLine, newPage, pageLines, pageRows, putLine, rawLine, rowsOf, sealPage, stderrFlag, timeLength, type Page, type RawLine } from "./page.ts";

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
  /** Place of its container in the session. */
  readonly owner: number;
  readonly late: boolean;
}

export interface Limits {
  readonly lines: number;
  /** Of text. */
  readonly bytes: number;
}

export const defaultLimits: Limits = { lines: 1_000_000, bytes: 128_000_000 };

export class LogBuffer implements LogRows {
  readonly #limits: Limits;
  readonly #timed: boolean;
  #pages: Page[] = [];
  #bytes = 0;
  #widest = 0;
  #unfinished = new Map<LogSource, number>();
  #lastTime = "";
  readonly #shifts = new Set<(from: number) => void>();
  /** Number of the first line that is kept; it falls when older lines are put in front. */
  first = 0;
  /** Number after the last line. */
  end = 0;
  /** Whether lines were left out at the beginning, or at the end, to stay within the limits. */
  lostOlder = false;
  lostNewer = false;

  /** @param timed whether each line begins with its time, which is then not part of its text */
  constructor(limits: Limits = defaultLimits, timed = true) {
    this.#limits = limits;
    this.#timed = timed;
  }

  get count(): number {
    return this.end - this.first;
  }

  /** Bytes of text, about. */
  get bytes(): number {
    return this.#bytes;
  }

  /** About how many more lines like those that are here would fit. */
  get room(): number {
    const each = this.count > 0 ? this.#bytes / this.count : 1;
    return Math.floor(Math.min(this.#limits.lines - this.count, (this.#limits.bytes - this.#bytes) / Math.max(1, each)));
  }

  /** Columns of the widest line so far. */
  get widest(): number {
    return this.#widest;
  }

  /** Time of the newest line. */
  get lastTime(): string {
    return this.#lastTime;
  }

  /** Tells of a line put between others: from its number on, lines have new numbers. Returns what ends it. */
  onShift(listener: (from: number) => void): () => void {
    this.#shifts.add(listener);
    return () => this.#shifts.delete(listener);
  }

  /** Appends what one program printed. */
  append(chunks: readonly LogChunk[]): void {
    for (const chunk of chunks) this.#appendChunk(chunk);
    this.#trim();
  }

  /** Appends a line. */
  add(line: RawLine): void {
    this.#push(line);
    this.#trim();
  }

  /**
   * Appends a line, or puts it where its time says if that place is among the last lines; further up it would move too much, so
   * the line is marked as late instead.
   * @returns whether it stands where its time says
   */
  addByTime(line: RawLine): boolean {
    const time = this.#timeOf(line.raw);
    if (time === "" || time >= this.#lastTime) {
      this.add(line);
      return true;
    }
    const page = this.#pages.at(-1);
    if (page?.lines && page.count < pageLines) {
      let at = page.count;
      while (at > 0 && this.#timeOf(page.lines[at - 1] ?? "") > time) at--;
      if (at > 0 || this.#pages.length === 1) {
        putLine(page, line, this.#timed, at);
        this.#count(page, at, line.raw);
        for (const tell of this.#shifts) tell(page.first + at);
        return true;
      }
    }
    this.add({ ...line, flags: line.flags | lateFlag });
    return false;
  }

  /** Puts older lines in front, in order. What goes beyond the limits is left out at the end. */
  prepend(lines: readonly RawLine[]): void {
    for (let end = lines.length; end > 0; end -= pageLines) {
      const part = lines.slice(Math.max(0, end - pageLines), end);
      const page = newPage(this.first - part.length);
      for (const line of part) putLine(page, line, this.#timed);
      for (let at = 0; at < page.count; at++) this.#widest = Math.max(this.#widest, page.columns[at] ?? 0);
      sealPage(page);
      this.#pages.unshift(page);
      this.#bytes += page.bytes;
      this.first = page.first;
      if (this.#lastTime === "") this.#lastTime = this.#timeOf(part.at(-1)?.raw ?? "");
    }
    while (this.#pages.length > 1 && this.#overLimit()) {
      const page = this.#pages.pop();
      if (!page) break;
      this.#bytes -= page.bytes;
      this.end = page.first;
      this.lostNewer = true;
      for (const tell of this.#shifts) tell(this.end);
    }
  }

  line(number: number): LogLine | undefined {
    const page = this.#pageOf(number);
    if (!page) return undefined;
    const at = number - page.first;
    const raw = rawLine(page, at);
    const length = this.#timed ? timeLength(raw) : 0;
    const flags = page.flags[at] ?? 0;
    return { time: raw.slice(0, length).trimEnd(), text: raw.slice(length), source: flags & stderrFlag ? "stderr" : "stdout", owner: page.owners[at] ?? 0, late: (flags & lateFlag) !== 0 };
  }

  /** A line as it went in. */
  raw(number: number): RawLine | undefined {
    const page = this.#pageOf(number);
    return page && { raw: rawLine(page, number - page.first), flags: page.flags[number - page.first] ?? 0, owner: page.owners[number - page.first] ?? 0 };
  }

  timeAt(number: number): string {
    const page = this.#pageOf(number);
    return page ? this.#timeOf(rawLine(page, number - page.first)) : "";
  }

  /** The page that holds a line, for whoever works through whole pages. */
  pageAt(number: number): Page | undefined {
    return this.#pageOf(number);
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
    return page ? rowsOf(page, number - page.first, columns) : 1;
  }

  next(number: number): number {
    return number + 1;
  }

  #timeOf(raw: string): string {
    return this.#timed ? raw.slice(0, timeLength(raw)).trimEnd() : "";
  }

  #appendChunk(chunk: LogChunk): void {
    const lines = chunk.text.split("\n");
    const continued = this.#unfinished.get(chunk.source);
    lines.forEach((raw, index) => {
      if (index === 0 && continued !== undefined && this.#extend(continued, raw)) return;
      this.#push({ raw, flags: chunk.source === "stderr" ? stderrFlag : 0, owner: 0 });
    });
    if (!chunk.partial) this.#unfinished.delete(chunk.source);
    else if (lines.length > 1 || continued === undefined) this.#unfinished.set(chunk.source, this.end - 1);
  }

  #push(line: RawLine): void {
    let page = this.#pages.at(-1);
    if (!page?.lines || page.count === pageLines) {
      if (page) this.#seal(page);
      page = newPage(this.end);
      this.#pages.push(page);
    }
    putLine(page, line, this.#timed);
    this.#count(page, page.count - 1, line.raw);
    const time = this.#timeOf(line.raw);
    if (time > this.#lastTime) this.#lastTime = time;
  }

  #count(page: Page, at: number, raw: string): void {
    this.#bytes += raw.length;
    this.end++;
    this.#widest = Math.max(this.#widest, page.columns[at] ?? 0);
  }

  #seal(page: Page): void {
    const before = page.bytes;
    sealPage(page);
    this.#bytes += page.bytes - before;
  }

  /** Adds to a line that had not ended; false when it is no longer open. */
  #extend(number: number, more: string): boolean {
    const page = this.#pageOf(number);
    if (!page?.lines) return false;
    const at = number - page.first;
    const raw = (page.lines[at] ?? "") + more;
    page.lines[at] = raw;
    page.bytes += more.length;
    this.#bytes += more.length;
    this.#widest = Math.max(this.#widest, measureLine(page, at, raw, this.#timed));
    return true;
  }

  #overLimit(): boolean {
    return this.count > this.#limits.lines || this.#bytes > this.#limits.bytes;
  }

  #trim(): void {
    while (this.#pages.length > 1 && this.#overLimit()) {
      const page = this.#pages.shift();
      if (!page) return;
      this.#bytes -= page.bytes;
      this.first = page.first + page.count;
      this.lostOlder = true;
    }
  }

  #pageOf(number: number): Page | undefined {
    if (number < this.first || number >= this.end) return undefined;
    let low = 0;
    let high = this.#pages.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.#pages[middle]?.first ?? 0) <= number) low = middle;
      else high = middle - 1;
    }
    return this.#pages[low];
  }
}
