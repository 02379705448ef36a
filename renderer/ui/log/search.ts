import type { LogBuffer } from "./buffer.ts";

/** Lines searched before the window gets its turn. */
const slice = 20_000;

/** Matches of one text in a growing log, found piece by piece. */
export class LogSearch {
  readonly needle: string;
  /** Numbers of matching lines, ascending. */
  readonly matches: number[] = [];
  #next: number;

  constructor(needle: string, buffer: LogBuffer) {
    this.needle = needle.toLowerCase();
    this.#next = buffer.first;
  }

  /** Searches one slice of what has not been searched yet. Returns whether more is left. */
  step(buffer: LogBuffer): boolean {
    if (this.#next < buffer.first) {
      this.#next = buffer.first;
      const kept = this.matches.findIndex((number) => number >= buffer.first);
      this.matches.splice(0, kept < 0 ? this.matches.length : kept);
    }
    const to = Math.min(buffer.end, this.#next + slice);
    buffer.find(this.needle, this.#next, to, this.matches);
    this.#next = to;
    return to < buffer.end;
  }

  /** Index of the first match at or after a line; wraps around. */
  after(number: number): number {
    let low = 0;
    let high = this.matches.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.matches[middle] ?? 0) < number) low = middle + 1;
      else high = middle;
    }
    return low === this.matches.length ? 0 : low;
  }
}
