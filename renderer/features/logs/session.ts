/** One or several logs on their way into a buffer, merged by time: opens at the tail, follows, goes back, begins again. No React. */
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { LogBuffer, type Limits } from "../../ui/log/buffer.ts";
import { cutAround, cutOlder, earliestEnd, edgeOf, putBefore, withLinesBetween } from "./history.ts";
import { LiveMerge, mergeByTime, type TimedLine } from "./merge.ts";
import { LogSourceReader, type SourceInfo, type TimeSpan } from "./source.ts";

export type LogPhase = "opening" | "live" | "paused" | "ended" | "failed";

/** Lines read at first: of one log, and of several together. */
const firstTail = 2000;
const leastTail = 100;
const pageSize = 5000;
/** Lines read at once when everything is asked for. */
const largePage = 50_000;
const leastRoom = 4096;
/** A log that has not answered by then is put in when it does. */
const patienceMs = 1500;
/** Up to here the buffer is made anew to put in lines that belong between others. */
const mostRebuilt = 200_000;

export class LogSession {
  buffer: LogBuffer;
  phase: LogPhase = "opening";
  error: IpcErrorInfo | undefined;
  /** In the order in which they joined; a line's `owner` is a place here. */
  readonly sources: LogSourceReader[] = [];
  /** Number of the first line that was printed after the log was opened; what came before is history, not news. */
  newsFrom: number | undefined;
  /** Whether the end of the log is not what the buffer ends with: somewhere in the past is shown. */
  detached = false;
  /** A line to show because it was jumped to. */
  target: number | undefined;
  loading: "older" | "newer" | undefined;
  /** Grows with every change, for React. */
  version = 0;
  readonly #limits: Limits | undefined;
  readonly #tail: number;
  readonly #listeners = new Set<() => void>();
  #span: TimeSpan = {};
  #cancel = new AbortController();
  #merge: LiveMerge;
  #resume: (() => void)[] = [];
  #frame = 0;
  #disposed = false;
  #rebuilding: TimedLine[] | undefined;
  /** Came while the tails were read. */
  #joining: LogSourceReader[] = [];

  /** @param tail lines read at first */
  constructor(limits?: Limits, tail = firstTail) {
    this.#limits = limits;
    this.#tail = tail;
    this.buffer = new LogBuffer(limits);
    this.#merge = this.#newMerge();
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  get span(): TimeSpan {
    return this.#span;
  }

  /** Whether older lines can be had. */
  get earlier(): boolean {
    return this.phase !== "opening" && this.buffer.count > 0 && (this.buffer.lostOlder || this.sources.some((source) => !source.complete && source.error === undefined));
  }

  /** Reads logs from their tails, or only up to some moment. */
  open(sources: readonly SourceInfo[], span: TimeSpan = this.#span): void {
    if (this.#disposed) return;
    this.#begin(span, sources);
    void this.#openTail(this.#cancel.signal);
  }

  /** Reads the same logs again. */
  reopen(span: TimeSpan = this.#span): void {
    this.open(this.sources.map(({ id, name, running }) => ({ id, name, running })), span);
  }

  /** Shows the lines around a moment. */
  goTo(time: string, owner?: number): void {
    this.#begin(this.#span, this.sources.map(({ id, name, running }) => ({ id, name, running })));
    this.detached = true;
    void this.#openAround(time, owner, this.#cancel.signal);
  }

  /** Takes note of what containers are there now: new ones join, those that ran again are followed, those that ended or are gone stay. */
  update(infos: readonly SourceInfo[]): void {
    if (this.#disposed) return;
    for (const source of this.sources) if (!infos.some(({ id }) => id === source.id)) source.running = false;
    for (const info of infos) {
      const known = this.sources.find(({ id }) => id === info.id);
      if (known) {
        known.name = info.name;
        const again = info.running && !known.running;
        known.running = info.running;
        if (!again && !(known.error && info.running)) continue;
        known.error = undefined;
        if (this.phase !== "opening") void this.#follow(known, this.#cancel.signal);
        continue;
      }
      const source = new LogSourceReader(info, this.sources.length);
      this.sources.push(source);
      if (this.phase === "opening") this.#joining.push(source);
      else if (!this.detached) void this.#join(source, this.#cancel.signal);
    }
    this.#settle();
  }

  /** Puts older lines in front. Resolves when they are there. */
  async loadOlder(lines = pageSize): Promise<void> {
    if (this.loading || !this.earlier) return;
    const { signal } = this.#cancel;
    this.#load("older");
    try {
      const before = this.buffer.timeAt(this.buffer.first);
      if (this.buffer.lostOlder) this.#beginsHere();
      const open = this.sources.filter((source) => !source.complete);
      const each = this.#share(lines, open.length);
      const lists = await Promise.all(open.map(async (source) => ({ source, list: await source.readOlder(each, before, this.#span, signal).catch((error: unknown) => this.#failed(source, error, signal)) })));
      if (signal.aborted) return;
      await putBefore(this.buffer, cutOlder(lists), () => this.#changed(), signal);
      if (signal.aborted) return;
      if (this.buffer.lostNewer) this.#detach();
    } finally {
      if (!signal.aborted) this.#load(undefined);
    }
  }

  /** Reads back to the very beginning, or until the buffer is nearly full: what is printed next needs room too. */
  async loadAll(): Promise<void> {
    const { signal } = this.#cancel;
    while (this.earlier && !signal.aborted && !this.buffer.lostOlder) {
      const { count, room } = this.buffer;
      if (room < leastRoom) return;
      await this.loadOlder(Math.min(largePage, room - leastRoom / 2));
      if (this.buffer.count === count) return;
      await new Promise((resolve) => setTimeout(resolve));
    }
  }

  /** Adds what comes after the last line, where the past is shown. */
  async loadNewer(lines = pageSize): Promise<void> {
    if (this.loading || !this.detached) return;
    const { signal } = this.#cancel;
    this.#load("newer");
    try {
      const from = this.buffer.lastTime;
      const each = this.#share(lines);
      const lists = await Promise.all(this.sources.map(async (source) => ({ source, list: await source.readNewer(each, from, signal).catch((error: unknown) => this.#failed(source, error, signal)), asked: each })));
      if (signal.aborted) return;
      // Where one log was cut off, the others wait.
      const end = earliestEnd(lists.filter(({ list, asked }) => list.length >= asked));
      for (const each of lists) {
        each.list = end === undefined ? each.list : each.list.filter(({ time }) => time <= end);
        each.source.took(each.list);
      }
      for (const line of mergeByTime(lists.map(({ list }) => list))) this.buffer.add(line);
      if (end === undefined) this.#attach(signal);
    } finally {
      if (!signal.aborted) this.#load(undefined);
    }
  }

  /** Forgets what is shown; new lines still come. */
  clear(): void {
    const next = new LogBuffer(this.#limits);
    next.first = next.end = this.buffer.end;
    this.buffer = next;
    for (const source of this.sources) source.complete = true;
    this.#changed();
  }

  /** While paused nothing is read: the engine waits, the containers do not notice. */
  pause(): void {
    if (this.phase !== "live" && this.phase !== "opening") return;
    this.phase = "paused";
    this.#changed();
  }

  resume(): void {
    if (this.phase !== "paused") return;
    this.phase = "live";
    for (const go of this.#resume.splice(0)) go();
    this.#settle();
  }

  dispose(): void {
    this.#disposed = true;
    this.#cancel.abort();
    this.#merge.dispose();
    for (const go of this.#resume.splice(0)) go();
    cancelAnimationFrame(this.#frame);
    this.#listeners.clear();
  }

  #begin(span: TimeSpan, sources: readonly SourceInfo[]): void {
    this.#cancel.abort();
    this.#cancel = new AbortController();
    this.#merge.dispose();
    this.#merge = this.#newMerge();
    for (const go of this.#resume.splice(0)) go();
    this.#span = span;
    this.buffer = new LogBuffer(this.#limits);
    this.sources.splice(0, this.sources.length, ...sources.map((info, owner) => new LogSourceReader(info, owner)));
    this.phase = "opening";
    this.error = undefined;
    this.newsFrom = undefined;
    this.target = undefined;
    this.detached = false;
    this.loading = undefined;
    this.#rebuilding = undefined;
    this.#joining = [];
    this.#changed();
  }

  #newMerge(): LiveMerge {
    return new LiveMerge((line) => this.#take(line));
  }

  #take(line: TimedLine): void {
    if (this.#rebuilding) {
      this.#rebuilding.push(line);
      return;
    }
    this.newsFrom ??= this.buffer.end;
    this.buffer.addByTime(line);
    this.#changed();
  }

  async #openTail(signal: AbortSignal): Promise<void> {
    const each = this.#share(this.#tail);
    const lists: { source: LogSourceReader; list: TimedLine[] }[] = [];
    const slow = new Map<LogSourceReader, Promise<TimedLine[]>>();
    for (const source of this.sources) slow.set(source, source.readTail(each, this.#span, signal).catch((error: unknown) => this.#failed(source, error, signal)));
    const arrived = [...slow].map(async ([source, reading]) => {
      const list = await reading;
      if (!signal.aborted && slow.delete(source)) lists.push({ source, list });
    });
    await Promise.race([Promise.all(arrived), new Promise((resolve) => setTimeout(resolve, patienceMs))]);
    if (signal.aborted) return;
    const late = [...slow];
    slow.clear();
    const merged = cutOlder(lists);
    for (const line of merged) this.buffer.add(line);
    this.phase = this.#paused() ? "paused" : "live";
    for (const { source } of lists) void this.#follow(source, signal);
    this.#settle();
    for (const source of this.#joining.splice(0)) void this.#join(source, signal);
    for (const [source, reading] of late) {
      const list = await reading;
      if (signal.aborted) return;
      await this.#putBetween(source, list, signal);
      void this.#follow(source, signal);
    }
  }

  async #openAround(time: string, owner: number | undefined, signal: AbortSignal): Promise<void> {
    const each = this.#share(this.#tail);
    const lists = await Promise.all(this.sources.map(async (source) => {
      const older = await source.readTail(each, { ...this.#span, until: time }, signal).catch((error: unknown) => this.#failed(source, error, signal));
      source.took(older);
      const newer = await source.readNewer(each, time, signal).catch((error: unknown) => this.#failed(source, error, signal));
      return { source, list: [...older, ...newer], newer };
    }));
    if (signal.aborted) return;
    const end = cutAround(lists, each);
    const merged = cutOlder(lists);
    for (const line of merged) this.buffer.add(line);
    const at = merged.findIndex((line) => line.time >= time && (owner === undefined || line.owner === owner));
    this.target = at < 0 ? this.buffer.end - 1 : this.buffer.first + at;
    if (end === undefined) this.#attach(signal);
    this.phase = this.detached ? "ended" : "live";
    this.#settle();
  }

  /** A container that is new here. */
  async #join(source: LogSourceReader, signal: AbortSignal): Promise<void> {
    const list = await source.readTail(firstTail, this.#span, signal).catch((error: unknown) => this.#failed(source, error, signal));
    if (signal.aborted) return;
    await this.#putBetween(source, list, signal);
    await this.#follow(source, signal);
  }

  /** Puts lines where their times say. Where that is not near the end, the buffer is made anew in slices, while live lines wait. */
  async #putBetween(source: LogSourceReader, list: readonly TimedLine[], signal: AbortSignal): Promise<void> {
    source.took(list);
    while (this.#rebuilding && !signal.aborted) await new Promise((resolve) => setTimeout(resolve, 5));
    if (signal.aborted || list.length === 0) return;
    const { buffer } = this;
    const recent = list[0] !== undefined && list[0].time >= buffer.timeAt(Math.max(buffer.first, buffer.end - 500));
    if (recent || buffer.count > mostRebuilt) {
      for (const line of list) buffer.addByTime(line);
      this.#changed();
      return;
    }
    this.#rebuilding = [];
    const next = await withLinesBetween(buffer, list, new LogBuffer(this.#limits), signal);
    if (!next) return;
    if (this.newsFrom !== undefined) this.newsFrom += list.length;
    this.buffer = next;
    const waiting = this.#rebuilding;
    this.#rebuilding = undefined;
    for (const line of waiting) this.#take(line);
    this.#changed();
  }

  /** Reads what a container prints from now on. */
  async #follow(source: LogSourceReader, signal: AbortSignal): Promise<void> {
    if (!source.running || source.following || source.error || !this.#follows() || signal.aborted) return;
    const merge = this.#merge;
    merge.begin(source.owner);
    for await (const lines of source.follow(this.#span, signal)) {
      while (this.#paused() && !signal.aborted) await new Promise<void>((done) => { this.#resume.push(done); });
      if (signal.aborted) return;
      merge.push(source.owner, lines);
      await merge.room(source.owner);
    }
    if (signal.aborted) return;
    merge.end(source.owner);
    this.#settle();
  }

  /** The buffer had to give up its end: nothing new can follow. */
  #detach(): void {
    this.detached = true;
    this.#cancel.abort();
    this.#cancel = new AbortController();
    this.#merge.dispose();
    this.#merge = this.#newMerge();
    this.loading = undefined;
    const { time, same } = edgeOf(this.buffer, "end");
    for (const source of this.sources) source.endsAt(time, same.get(source.owner) ?? 0);
    this.phase = "ended";
  }

  /** The end is reached again: lines that are printed now go on from here. */
  #attach(signal: AbortSignal): void {
    this.detached = false;
    this.phase = "live";
    for (const source of this.sources) void this.#follow(source, signal);
    this.#settle();
  }

  /** Lines were left out at the beginning: what is older than the first one can be read again. */
  #beginsHere(): void {
    const { time, same } = edgeOf(this.buffer, "first");
    for (const source of this.sources) source.beginsAt(time, same.get(source.owner) ?? 0);
  }

  #failed(source: LogSourceReader, error: unknown, signal: AbortSignal): TimedLine[] {
    if (!signal.aborted) source.error = toIpcErrorInfo(error);
    return [];
  }

  /** Lines to ask each log for, so that all together are about so many. */
  #share(lines: number, logs = this.sources.length): number {
    return Math.max(Math.min(leastTail, lines), Math.ceil(lines / Math.max(1, logs)));
  }

  #follows(): boolean {
    return !this.detached && this.#span.until === undefined;
  }

  #paused(): boolean {
    return this.phase === "paused";
  }

  #load(what: "older" | "newer" | undefined): void {
    this.loading = what;
    this.#changed();
  }

  /** Says what state all sources together are in. */
  #settle(): void {
    if (this.phase !== "opening" && this.phase !== "paused") {
      const failed = this.sources.filter(({ error }) => error !== undefined);
      this.error = failed[0]?.error;
      if (failed.length > 0 && failed.length === this.sources.length) this.phase = "failed";
      else this.phase = this.#follows() && this.sources.some(({ following, running }) => following || running) ? "live" : "ended";
    }
    this.#changed();
  }

  /** At most once a frame, however fast the lines come. */
  #changed(): void {
    this.version++;
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const listener of this.#listeners) listener();
    });
  }
}
