/** The lines of a growing log that match, found piece by piece in a scanner's thread. */
import { pageText } from "./page.ts";
import type { LogBuffer } from "./buffer.ts";
import { lowerBound } from "./rows.ts";
import type { ScanPart, ScanQuery } from "./scan.ts";
import type { Scanner } from "./scanner.ts";

/** While older lines are looked at, what was found there is shown this often. */
const gatherMs = 120;
/** Pages sent in one message: about a megabyte, so that the window's own share stays under a millisecond. */
const pagesAtOnce = 8;

export class LogMatches {
  readonly query: ScanQuery;
  /** Numbers of matching lines, ascending. */
  matches: readonly number[] = [];
  /** How many of `matches` at the beginning are what they were when it was last asked with {@link takeSame}. */
  #same = 0;
  error: Error | undefined;
  readonly #scanner: Scanner;
  readonly #buffer: LogBuffer;
  readonly #changed: () => void;
  readonly #cancel = new AbortController();
  readonly #unlisten: () => void;
  /** Lines from here to there have been looked at. */
  #from: number;
  #to: number;
  #running = false;
  /** Found further up and not in `matches` yet, the oldest last. */
  #older: number[][] = [];
  #gatheredAt = 0;
  /** Counts insertions that moved lines which a running request may speak of. */
  #moved = 0;

  constructor(query: ScanQuery, buffer: LogBuffer, scanner: Scanner, changed: () => void) {
    this.query = query;
    this.#buffer = buffer;
    this.#scanner = scanner;
    this.#changed = changed;
    this.#from = this.#to = buffer.end;
    this.#unlisten = buffer.onShift((from) => this.#forgetFrom(from));
  }

  /** Whether there are lines that have not been looked at. */
  get busy(): boolean {
    return this.error === undefined && (this.#from > this.#buffer.first || this.#to < this.#buffer.end);
  }

  /** Whether what was there at first has been looked at; what is printed later is looked at as it comes. */
  settled = false;

  /** Looks at what is new. Called whenever the log has grown. */
  pump(): void {
    this.#dropTrimmed();
    this.settled ||= !this.busy;
    if (this.#running || !this.busy || this.#cancel.signal.aborted) return;
    this.#running = true;
    void this.#run();
  }

  /** How many matches at the beginning are as before; from now on all of them are. */
  takeSame(): number {
    const same = this.#same;
    this.#same = this.matches.length;
    return same;
  }

  /** Index of the first match at or after a line; 0 beyond the last. */
  after(number: number): number {
    const at = lowerBound(this.matches, number);
    return at === this.matches.length ? 0 : at;
  }

  dispose(): void {
    this.#unlisten();
    this.#cancel.abort();
  }

  async #run(): Promise<void> {
    const { signal } = this.#cancel;
    try {
      while (this.busy && !signal.aborted) {
        const moved = this.#moved;
        // Newest first: that is what is in view.
        const upwards = this.#to < this.#buffer.end;
        const [from, to] = upwards ? [this.#to, Math.min(this.#buffer.end, this.#to + pagesAtOnce * 1024)] : [Math.max(this.#buffer.first, this.#from - pagesAtOnce * 1024), this.#from];
        const parts = partsOf(this.#buffer, from, to);
        const hits = await this.#scanner.scan(this.query, parts, signal);
        if (moved !== this.#moved) continue;
        const found: number[] = [];
        let number = from;
        parts.forEach((part, index) => {
          for (const hit of hits[index] ?? []) found.push(number + hit);
          number += part.count;
        });
        if (upwards) {
          for (const each of found) (this.matches as number[]).push(each);
          this.#to = to;
        } else {
          if (found.length > 0) this.#older.push(found);
          this.#from = from;
        }
        this.#dropTrimmed();
        this.settled ||= !this.busy;
        if (this.busy && performance.now() - this.#gatheredAt < gatherMs) continue;
        this.#gather();
        this.#changed();
      }
    } catch (error) {
      if (!signal.aborted) this.error = error instanceof Error ? error : new Error(String(error));
    } finally {
      this.#running = false;
      if (!signal.aborted) this.#changed();
    }
  }

  #gather(): void {
    this.#gatheredAt = performance.now();
    if (this.#older.length === 0) return;
    this.matches = [...this.#older.reverse(), this.matches].flat();
    this.#older = [];
    this.#same = 0;
  }

  #forgetFrom(number: number): void {
    this.#moved++;
    if (number >= this.#to) return;
    this.#gather();
    const at = lowerBound(this.matches, number);
    (this.matches as number[]).length = at;
    this.#same = Math.min(this.#same, at);
    this.#to = number;
    this.#from = Math.min(this.#from, this.#to);
  }

  #dropTrimmed(): void {
    const { first } = this.#buffer;
    if (this.#from >= first) return;
    this.#gather();
    this.#from = first;
    this.#to = Math.max(this.#to, first);
    const gone = lowerBound(this.matches, first);
    if (gone === 0) return;
    this.matches = this.matches.slice(gone);
    this.#same = 0;
  }
}

function partsOf(buffer: LogBuffer, from: number, to: number): ScanPart[] {
  const parts: ScanPart[] = [];
  for (let number = from; number < to; ) {
    const page = buffer.pageAt(number);
    if (!page) break;
    const end = Math.min(to, page.first + page.count);
    parts.push({ text: pageText(page), skip: number - page.first, count: end - number });
    number = end;
  }
  return parts;
}

/**
 * Lines to draw: those that match, and some around each.
 * @param around lines before and after
 * @param from first and last line that there is, the last excluded
 */
export function withContext(matches: readonly number[], around: number, from: number, to: number): readonly number[] {
  if (around === 0) return matches;
  const lines: number[] = [];
  let next = from;
  for (const match of matches) {
    for (let number = Math.max(next, match - around); number <= Math.min(to - 1, match + around); number++) lines.push(number);
    next = Math.max(next, match + around + 1);
  }
  return lines;
}
