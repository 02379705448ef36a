/** Puts lines of several containers in order of time. */
import { stderrFlag, timeLength, type RawLine } from "../../ui/log/page.ts";
import type { LogChunk } from "../../ui/log/buffer.ts";

export interface TimedLine extends RawLine {
  /** RFC 3339 with nine decimals in UTC, so that times compare as text. */
  readonly time: string;
}

/** The lines of chunks. A line without a time of its own (a piece of one that was too long) has that of the line before it. */
export function linesOf(chunks: readonly LogChunk[], owner: number, before = ""): TimedLine[] {
  const lines: TimedLine[] = [];
  let time = before;
  for (const { source, text } of chunks) {
    const flags = source === "stderr" ? stderrFlag : 0;
    for (const raw of text.split("\n")) {
      const length = timeLength(raw);
      if (length > 0) time = raw.slice(0, length).trimEnd();
      lines.push({ raw: length > 0 || time === "" ? raw : `${time} ${raw}`, time, flags, owner });
    }
  }
  return lines;
}

/** Merges lists that are each in order; equal times keep the order of the lists. */
export function mergeByTime(lists: readonly (readonly TimedLine[])[]): TimedLine[] {
  const filled = lists.filter((list) => list.length > 0);
  if (filled.length <= 1) return [...(filled[0] ?? [])];
  // Sorting is stable, and runs that are in order already cost little.
  return filled.flat().sort((a, b) => (a.time < b.time ? -1 : a.time > b.time ? 1 : 0));
}

interface Queue {
  lines: { readonly line: TimedLine; /** When it arrived, in milliseconds of the window's clock. */ readonly at: number }[];
  taken: number;
  /** Whether more may come. */
  live: boolean;
  room: (() => void) | undefined;
}

/** Lines of one source that wait for the others before its stream is read no further. */
const mostWaiting = 20_000;

/**
 * Merges what containers print now. A line goes on when every other container that runs has printed a later one, or when it
 * has waited for `waitMs`: a quiet or slow container holds nobody up for longer. What comes after that is for the buffer to place.
 */
export class LiveMerge {
  readonly #waitMs: number;
  readonly #emit: (line: TimedLine) => void;
  readonly #queues = new Map<number, Queue>();
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(emit: (line: TimedLine) => void, waitMs = 250) {
    this.#emit = emit;
    this.#waitMs = waitMs;
  }

  /** A container's lines will come. */
  begin(owner: number): void {
    this.#queueOf(owner).live = true;
  }

  /** No more lines of this container: nobody waits for it any longer. */
  end(owner: number): void {
    const queue = this.#queueOf(owner);
    queue.live = false;
    queue.room?.();
    this.flush();
  }

  push(owner: number, lines: readonly TimedLine[], now = performance.now()): void {
    const queue = this.#queueOf(owner);
    for (const line of lines) queue.lines.push({ line, at: now });
    this.flush(now);
  }

  /** Resolves when the container's stream may be read on. */
  async room(owner: number): Promise<void> {
    const queue = this.#queueOf(owner);
    while (queue.live && queue.lines.length - queue.taken >= mostWaiting) await new Promise<void>((resolve) => { queue.room = resolve; });
  }

  /** Hands on what need not wait any longer. @returns whether lines still wait */
  flush(now = performance.now()): boolean {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const live = [...this.#queues.values()].filter((queue) => queue.live || queue.lines.length > queue.taken);
    for (;;) {
      let first: Queue | undefined;
      let complete = true;
      for (const queue of live) {
        const head = queue.lines[queue.taken];
        if (!head) {
          complete &&= !queue.live;
          continue;
        }
        const best = first?.lines[first.taken];
        if (!best || head.line.time < best.line.time) first = queue;
      }
      const head = first?.lines[first.taken];
      if (!first || !head) return false;
      if (!complete && head.at + this.#waitMs > now) {
        this.#timer = setTimeout(() => this.flush(), head.at + this.#waitMs - now + 1);
        return true;
      }
      this.#emit(head.line);
      first.taken++;
      if (first.taken < 1000 && first.taken < first.lines.length) continue;
      first.lines = first.lines.slice(first.taken);
      first.taken = 0;
      first.room?.();
      first.room = undefined;
    }
  }

  dispose(): void {
    clearTimeout(this.#timer);
    for (const queue of this.#queues.values()) queue.room?.();
    this.#queues.clear();
  }

  #queueOf(owner: number): Queue {
    let queue = this.#queues.get(owner);
    if (!queue) this.#queues.set(owner, (queue = { lines: [], taken: 0, live: false, room: undefined }));
    return queue;
  }
}
