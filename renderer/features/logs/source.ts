/** One container's log on its way into a session. No React. */
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { openStream } from "../../bridge/streams.ts";
import { client } from "../../stores/host.ts";
import { linesOf, type TimedLine } from "./merge.ts";

export interface SourceInfo {
  readonly id: string;
  readonly name: string;
  readonly running: boolean;
}

/** What a session reads between. */
export interface TimeSpan {
  /** RFC 3339 in UTC. */
  readonly since?: string | undefined;
  readonly until?: string | undefined;
}

export class LogSourceReader {
  readonly id: string;
  /** Place in the session. */
  readonly owner: number;
  name: string;
  running: boolean;
  error: IpcErrorInfo | undefined;
  /** Whether there is nothing older than what was read. */
  complete = false;
  /** Whether its live stream is open. */
  following = false;
  /** Time of the oldest line that the session has of it, and how many lines have just that time. */
  oldest = "";
  #oldestSame = 0;
  #newest = "";
  #newestSame = 0;
  /** Lines that were read of it, from `oldest` on. */
  #known = 0;

  constructor({ id, name, running }: SourceInfo, owner: number) {
    this.id = id;
    this.owner = owner;
    this.name = name;
    this.running = running;
  }

  /** The last lines of the log, or of what lies before `until`. */
  async readTail(lines: number, { since, until }: TimeSpan, signal: AbortSignal): Promise<TimedLine[]> {
    const api = client();
    const read = until === undefined
      ? await this.#collect((streamId, streamSignal) => api.logs.follow({ streamId, containerId: this.id, follow: false, timestamps: true, tail: lines, ...(since !== undefined && { since }) }, { signal: streamSignal }), signal)
      : await this.#collect((streamId, streamSignal) => api.logs.page({ streamId, containerId: this.id, direction: "older", time: until, lines }, { signal: streamSignal }), signal);
    const found = since === undefined ? read : read.filter(({ time }) => time >= since);
    this.complete = read.length < lines || found.length < read.length;
    return found;
  }

  /** Lines before the oldest one that is known. @param before where it has none: the session's beginning */
  async readOlder(lines: number, before: string, { since }: TimeSpan, signal: AbortSignal): Promise<TimedLine[]> {
    const api = client();
    const until = this.oldest || before;
    const skip = this.oldest === "" ? 0 : this.#oldestSame;
    const asked = lines + skip;
    const read = await this.#collect((streamId, streamSignal) => api.logs.page({ streamId, containerId: this.id, direction: "older", time: until, lines: asked, known: this.#known }, { signal: streamSignal }), signal);
    // Lines of one write may have one time: those that are known are the last ones of it.
    const end = this.oldest === "" ? read.findLastIndex(({ time }) => time < before) + 1 : Math.max(0, read.length - skip);
    const found = read.slice(0, end).filter(({ time }) => since === undefined || time >= since);
    // An engine without pages counts from the end, where lines are that nobody read yet: only nothing is nothing.
    this.complete = found.length === 0 || found.length < end;
    return found.slice(-lines);
  }

  /** The first lines from a moment on, or after the newest one that is known. */
  async readNewer(lines: number, from: string, signal: AbortSignal): Promise<TimedLine[]> {
    const api = client();
    const time = this.#newest || from;
    const skip = this.#newest === "" ? 0 : this.#newestSame;
    const read = await this.#collect((streamId, streamSignal) => api.logs.page({ streamId, containerId: this.id, direction: "newer", time, lines: lines + skip }, { signal: streamSignal }), signal);
    return read.slice(skip);
  }

  /** Notes what the session took of it. @param lines in order, older or newer than all that is known */
  took(lines: readonly TimedLine[]): void {
    const first = lines[0];
    const last = lines.at(-1);
    if (!first || !last) return;
    this.#known += lines.length;
    if (this.oldest === "" || first.time < this.oldest || (first.time === this.oldest && last.time === this.oldest)) {
      const same = lines.findIndex(({ time }) => time !== first.time);
      const count = same < 0 ? lines.length : same;
      this.#oldestSame = first.time === this.oldest ? this.#oldestSame + count : count;
      this.oldest = first.time;
    }
    if (last.time >= this.#newest) {
      const same = lines.length - 1 - lines.findLastIndex(({ time }) => time !== last.time);
      this.#newestSame = last.time === this.#newest ? this.#newestSame + same : same;
      this.#newest = last.time;
    }
  }

  /** Its lines are no longer what was read: the session begins at a moment, with some lines of just that. */
  beginsAt(time: string, same: number): void {
    this.oldest = time;
    this.#oldestSame = same;
    this.complete = false;
  }

  endsAt(time: string, same: number): void {
    this.#newest = time;
    this.#newestSame = same;
  }

  /** As if nothing had been read. */
  forget(): void {
    this.oldest = this.#newest = "";
    this.#oldestSame = this.#newestSame = this.#known = 0;
  }

  /** Everything that is printed after what is known, until the container ends. */
  async *follow({ since }: TimeSpan, signal: AbortSignal): AsyncGenerator<TimedLine[], void, void> {
    const api = client();
    const from = this.#newest || since;
    let skip = this.#newest === "" ? 0 : this.#newestSame;
    const known = this.#newest;
    let last = known;
    this.following = true;
    this.error = undefined;
    try {
      const batches = openStream(api, (streamId, streamSignal) => api.logs.follow({ streamId, containerId: this.id, follow: true, timestamps: true, tail: "all", ...(from !== undefined && { since: from }) }, { signal: streamSignal }), signal);
      for await (const batch of batches) {
        let lines = linesOf(batch.chunks, this.owner, last);
        last = lines.at(-1)?.time ?? last;
        if (skip > 0) {
          let at = 0;
          while (skip > 0 && at < lines.length && (lines[at]?.time ?? "") <= known) {
            at++;
            skip--;
          }
          if (at < lines.length) skip = 0;
          lines = lines.slice(at);
        }
        if (lines.length === 0) continue;
        this.took(lines);
        yield lines;
      }
    } catch (error) {
      if (signal.aborted) return;
      const info = toIpcErrorInfo(error);
      // Removed meanwhile: it prints nothing more, and what was read of it stays.
      if (info.code === "notFound") this.running = false;
      else this.error = info;
    } finally {
      this.following = false;
    }
  }

  async #collect(open: (streamId: string, signal: AbortSignal) => Promise<AsyncIterable<{ chunks: Parameters<typeof linesOf>[0][number][]; bytes: number }>>, signal: AbortSignal): Promise<TimedLine[]> {
    const lines: TimedLine[] = [];
    for await (const batch of openStream(client(), open, signal)) for (const line of linesOf(batch.chunks, this.owner, lines.at(-1)?.time)) lines.push(line);
    signal.throwIfAborted();
    return lines;
  }
}
