import { mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import type { IoOptions } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import { writeFileAtomic } from "../../sys/files.ts";
import type { BuildChange, BuildEvent, BuildRecord } from "../build.ts";
import { EventLog, readEvents } from "./event-log.ts";

/** Ended builds that are remembered. */
const MAX_BUILDS = 200;

interface Entry {
  record: BuildRecord;
  log: EventLog | null;
  /** Wakes those who follow the events. */
  readonly followers: Set<() => void>;
}

/**
 * What was built: a directory for each build with `record.json`, written at its beginning and at its end, and `events.jsonl`. The oldest go when there
 * are too many.
 */
export class BuildHistory {
  readonly #directory: string;
  readonly #builds = new Map<string, Entry>();
  readonly #watchers = new Set<(id: string) => void>();
  readonly #onError: (what: string, error: unknown) => void;

  /** Reads what is there; builds that a crash ended are marked so. @param directory made when missing */
  constructor(directory: string, onError: (what: string, error: unknown) => void) {
    this.#directory = directory;
    this.#onError = onError;
    mkdirSync(directory, { recursive: true, mode: 0o700 });
    const found: BuildRecord[] = [];
    for (const name of readdirSync(directory)) {
      const record = this.#read(name);
      if (record === null) rmSync(join(directory, name), { recursive: true, force: true });
      else found.push(record);
    }
    for (const record of found.sort((a, b) => a.startedAt - b.startedAt)) {
      const interrupted = record.status === "running";
      const now: BuildRecord = interrupted ? { ...record, status: "interrupted", endedAt: record.startedAt, error: "the engine ended while it built", failedStep: null } : { ...record, failedStep: null };
      this.#builds.set(record.id, { record: now, log: null, followers: new Set() });
      if (interrupted) this.#write(now);
    }
  }

  #read(id: string): BuildRecord | null {
    try {
      return JSON.parse(readFileSync(join(this.#directory, id, "record.json"), "utf8")) as BuildRecord;
    } catch {
      return null;
    }
  }

  #write(record: BuildRecord): void {
    writeFileAtomic(join(this.#directory, record.id, "record.json"), JSON.stringify(record), { mode: 0o600 });
  }

  begin(record: BuildRecord): void {
    const directory = join(this.#directory, record.id);
    mkdirSync(directory, { mode: 0o700 });
    this.#write(record);
    this.#builds.set(record.id, { record, log: new EventLog(join(directory, "events.jsonl"), (error) => this.#onError(`writing the log of build ${record.id}`, error)), followers: new Set() });
    this.#changed(record.id);
    this.#trim();
  }

  #changed(id: string): void {
    for (const tell of this.#watchers) tell(id);
  }

  /** Adds an event to a running build's log. */
  append(id: string, event: BuildEvent): void {
    const entry = this.#builds.get(id);
    entry?.log?.append(event);
    for (const wake of entry?.followers ?? []) wake();
  }

  /** Changes what is known of a build; written at once when it has ended. */
  update(id: string, change: Partial<BuildRecord>): BuildRecord {
    const entry = this.#entry(id);
    entry.record = { ...entry.record, ...change };
    if (entry.record.status !== "running") this.#write(entry.record);
    this.#changed(entry.record.id);
    return entry.record;
  }

  /** Closes a build's log. */
  async end(id: string): Promise<void> {
    const entry = this.#entry(id);
    await entry.log?.close();
    entry.log = null;
    for (const wake of entry.followers) wake();
  }

  /** Newest first, those that run before all. */
  list(): readonly BuildRecord[] {
    const records = [...this.#builds.values()].map(({ record }) => record).reverse();
    return [...records.filter(({ status }) => status === "running"), ...records.filter(({ status }) => status !== "running")];
  }

  /** By id or unique prefix. @throws EngineError `notFound`, `invalidArgument` */
  get(id: string): BuildRecord {
    return this.#entry(id).record;
  }

  #entry(id: string): Entry {
    const exact = this.#builds.get(id);
    if (exact !== undefined) return exact;
    const found = id === "" ? [] : [...this.#builds].filter(([known]) => known.startsWith(id));
    if (found.length > 1) throw new EngineError("invalidArgument", `the build id ${id} is ambiguous: give more of its digits`);
    if (found.length === 0) throw new EngineError("notFound", `No such build: ${id}`);
    return found[0]![1];
  }

  /** A build's events, oldest first; with `follow` until it ends. */
  async *events(id: string, options: IoOptions & { readonly follow?: boolean } = {}): AsyncGenerator<BuildEvent> {
    const entry = this.#entry(id);
    const path = join(this.#directory, entry.record.id, "events.jsonl");
    let offset = 0;
    for (;;) {
      throwIfAborted(options.signal);
      const running = entry.log !== null;
      await entry.log?.flush();
      for await (const { event, end } of readEvents(path, offset)) {
        offset = end;
        yield event;
      }
      if (!running || options.follow !== true) return;
      await this.#change(entry, offset, options.signal);
    }
  }

  /** Waits until there is more to read, or the build has ended. */
  async #change(entry: Entry, offset: number, signal: AbortSignal | undefined): Promise<void> {
    if (entry.log === null || entry.log.size > offset) return;
    await new Promise<void>((resolve) => {
      const wake = (): void => {
        entry.followers.delete(wake);
        signal?.removeEventListener("abort", wake);
        resolve();
      };
      entry.followers.add(wake);
      signal?.addEventListener("abort", wake, { once: true });
    });
  }

  /** Builds that changed since the last turn, as they are now; an id alone is a build that is gone. Ends only with the signal. */
  async *changes(options: IoOptions = {}): AsyncGenerator<BuildChange> {
    const { signal } = options;
    const changed = new Set<string>();
    let wake: (() => void) | undefined;
    const tell = (id: string): void => {
      changed.add(id);
      wake?.();
    };
    const stop = (): void => wake?.();
    this.#watchers.add(tell);
    signal?.addEventListener("abort", stop, { once: true });
    try {
      for (;;) {
        throwIfAborted(signal);
        const [id] = changed;
        if (id === undefined) {
          await new Promise<void>((resolve) => (wake = resolve));
          continue;
        }
        changed.delete(id);
        yield { id, record: this.#builds.get(id)?.record ?? null };
      }
    } finally {
      this.#watchers.delete(tell);
      signal?.removeEventListener("abort", stop);
    }
  }

  /** @throws EngineError `notFound`, `conflict` while it runs */
  forget(id: string): void {
    const { record } = this.#entry(id);
    if (record.status === "running") throw new EngineError("conflict", `the build ${record.id.slice(0, 12)} is running: cancel it first`);
    this.#builds.delete(record.id);
    this.#changed(record.id);
    rmSync(join(this.#directory, record.id), { recursive: true, force: true });
  }

  #trim(): void {
    const ended = [...this.#builds.values()].filter(({ record }) => record.status !== "running" && record.failedStep === null);
    for (const { record } of ended.slice(0, Math.max(0, this.#builds.size - MAX_BUILDS))) this.forget(record.id);
  }
}
