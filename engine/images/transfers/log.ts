import { randomBytes } from "node:crypto";
import { EngineError, isCancelled, isEngineError, messageOf } from "../../base/errors.ts";
import { Emitter } from "../../base/events.ts";
import type { IoOptions } from "../../base/abort.ts";
import { abortError } from "../../base/abort.ts";
import type { TransferRecords } from "../../store/transfers.ts";
import type { ProgressSink } from "../images.ts";
import { Meter } from "./meter.ts";
import type { Transfer, Transfers, TransferSpec, TransferState } from "./transfers.ts";

/** What the work of a transfer is given. */
export interface TransferContext {
  readonly signal: AbortSignal;
  readonly progress: ProgressSink;
  /** Says beforehand which layers may move. */
  plan(layers: readonly { readonly id: string; readonly size: number }[]): void;
  /** Names blobs and snapshots that are kept should the work end early. */
  hold(ids: readonly string[]): void;
}

interface Entry {
  readonly id: string;
  readonly spec: TransferSpec;
  readonly createdAt: number;
  state: TransferState;
  error: string | undefined;
  /** As recorded, for transfers of an earlier engine. */
  current: number;
  total: number;
  holds: readonly string[];
  updatedAt: number;
  meter: Meter | undefined;
  /** Ends the run under way. */
  stop: ((why: "pause" | "cancel") => void) | undefined;
  /** Lets a paused run go on. */
  go: (() => void) | undefined;
}

export interface TransferLogOptions {
  readonly records: TransferRecords;
  /** Drops the bytes of transfers that nobody continues; ids that another transfer wants are not among them. */
  readonly drop: (ids: readonly string[]) => Promise<void>;
}

const PERSIST_MS = 500;
const REPORT_MS = 500;
/** Ended transfers that are remembered, and for how long. */
const MAX_ENDED = 100;
export const MAX_AGE_MS = 7 * 24 * 3600_000;
/** Failures that another try may cure: what was fetched is worth keeping. */
const CURABLE = ["unavailable", "deadlineExceeded", "unauthorized"] as const;

/** All transfers of this engine and of those before it on the same data. */
export class TransferLog implements Transfers {
  readonly #options: TransferLogOptions;
  readonly #entries = new Map<string, Entry>();
  readonly #changed = new Emitter<Transfer>();
  readonly onDidChange = this.#changed.event;
  readonly #removed = new Emitter<string>();
  readonly onDidRemove = this.#removed.event;

  /** What ran when the last engine ended is `interrupted` now. */
  constructor(options: TransferLogOptions) {
    this.#options = options;
    for (const row of options.records.list()) {
      const wasActive = row.state === "running" || row.state === "paused";
      const entry: Entry = {
        id: row.id, spec: { ...(JSON.parse(row.request) as object), kind: row.kind as TransferSpec["kind"], reference: row.reference }, createdAt: row.createdAt,
        state: wasActive ? "interrupted" : (row.state as TransferState), error: row.error ?? undefined, current: row.current, total: row.total,
        holds: JSON.parse(row.holds) as string[], updatedAt: row.updatedAt, meter: undefined, stop: undefined, go: undefined,
      };
      this.#entries.set(entry.id, entry);
      if (wasActive) this.#persist(entry);
    }
    this.#trim();
  }

  list(): readonly Transfer[] {
    return [...this.#entries.values()].map(shown);
  }

  get(id: string): Transfer {
    return shown(this.#entry(id));
  }

  /** Everything that unfinished transfers keep. */
  *held(): Iterable<string> {
    for (const { holds } of this.#entries.values()) yield* holds;
  }

  /** Of {@link held}, what stays after {@link dropHolds}. */
  *heldByRunning(): Iterable<string> {
    for (const { stop, holds } of this.#entries.values()) if (stop !== undefined) yield* holds;
  }

  /**
   * Runs `work` as a transfer: over and over while it is paused and resumed, until it ends.
   * @param id continues an ended one instead of making another
   * @throws what the work throws; EngineError `cancelled`
   */
  async run<T>(spec: TransferSpec, options: IoOptions & { readonly progress?: ProgressSink | undefined; readonly id?: string | undefined }, work: (context: TransferContext) => Promise<T>): Promise<T> {
    const entry = options.id === undefined ? this.#create(spec) : this.#reopen(options.id);
    const progress = options.progress ?? (() => undefined);
    for (;;) {
      const stopped = new AbortController();
      let why: "pause" | "cancel" | undefined;
      entry.stop = (reason) => {
        why = reason;
        stopped.abort(new EngineError("cancelled", reason === "pause" ? "the transfer was paused" : "the transfer was cancelled"));
      };
      const signal = options.signal === undefined ? stopped.signal : AbortSignal.any([options.signal, stopped.signal]);
      try {
        const result = await work(this.#contextOf(entry, signal, progress));
        this.#end(entry, "done", undefined);
        return result;
      } catch (error) {
        if (why !== "pause" || options.signal?.aborted === true || !isCancelled(error)) throw this.#ended(entry, error, why, options.signal);
      }
      await this.#paused(entry, progress, options.signal);
    }
  }

  #contextOf(entry: Entry, signal: AbortSignal, progress: ProgressSink): TransferContext {
    const meter = (entry.meter = new Meter());
    let persistedAt = performance.now();
    let reportedAt = persistedAt;
    return {
      signal,
      progress: (line) => {
        meter.take(line);
        progress(line);
        const now = performance.now();
        if (now - persistedAt > PERSIST_MS) {
          persistedAt = now;
          this.#persist(entry);
        }
        if (now - reportedAt < REPORT_MS) return;
        reportedAt = now;
        this.#tell(entry);
      },
      plan: (layers) => meter.plan(layers),
      hold: (ids) => {
        entry.holds = [...new Set([...entry.holds, ...ids])];
        this.#persist(entry);
      },
    };
  }

  /** Records how a run ended. @returns the error for who waits */
  #ended(entry: Entry, error: unknown, why: "pause" | "cancel" | undefined, signal: AbortSignal | undefined): unknown {
    if (why === "cancel") this.#end(entry, "cancelled", undefined);
    else if (signal?.aborted === true || isCancelled(error)) this.#end(entry, "interrupted", undefined);
    else {
      // What is damaged, refused or too large will be so again: its parts are not worth their room.
      if (!isEngineError(error, ...CURABLE)) entry.holds = [];
      this.#end(entry, "failed", messageOf(error));
    }
    return why === "cancel" && isCancelled(error) ? new EngineError("cancelled", `the ${entry.spec.kind} of ${entry.spec.reference} was cancelled`) : error;
  }

  async #paused(entry: Entry, progress: ProgressSink, signal: AbortSignal | undefined): Promise<void> {
    progress({ status: "Paused" });
    let isCancel = false;
    const resumed = new Promise<void>((resolve) => {
      entry.go = resolve;
      entry.stop = (reason) => {
        isCancel = reason === "cancel";
        if (isCancel) resolve();
      };
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
    this.#set(entry, "paused");
    await resumed;
    entry.go = undefined;
    if (isCancel || signal?.aborted === true) {
      const error = signal?.aborted === true ? abortError(signal) : new EngineError("cancelled", "the transfer was cancelled");
      throw this.#ended(entry, error, isCancel ? "cancel" : undefined, signal);
    }
    this.#set(entry, "running");
    progress({ status: "Resumed" });
  }

  pause(id: string): Transfer {
    const entry = this.#entry(id);
    if (entry.state !== "running" || entry.stop === undefined) throw wrongState(entry, "only a running transfer can be paused");
    entry.stop("pause");
    return shown(entry);
  }

  /** Lets a paused transfer go on. @returns false when it has ended and is to be run again by who has credentials */
  resume(id: string): boolean {
    const entry = this.#entry(id);
    if (entry.state === "running") throw wrongState(entry, "there is nothing to resume");
    if (entry.state === "done") throw wrongState(entry, "there is nothing left to transfer");
    entry.go?.();
    return entry.go !== undefined;
  }

  cancel(id: string): Transfer {
    const entry = this.#entry(id);
    if (entry.stop === undefined) throw wrongState(entry, "only a running or paused transfer can be cancelled");
    entry.stop("cancel");
    return shown(entry);
  }

  async remove(id: string): Promise<void> {
    const entry = this.#entry(id);
    entry.stop?.("cancel");
    await this.#forget([entry]);
  }

  /** Forgets everything that unfinished, not running transfers keep, for a user who wants room. */
  async dropHolds(): Promise<void> {
    const idle = [...this.#entries.values()].filter((entry) => entry.stop === undefined && entry.holds.length > 0);
    const ids = idle.flatMap(({ holds }) => holds);
    for (const entry of idle) {
      entry.holds = [];
      this.#persist(entry);
    }
    await this.#drop(ids);
  }

  async #forget(entries: readonly Entry[]): Promise<void> {
    for (const { id } of entries) {
      this.#entries.delete(id);
      this.#options.records.remove(id);
      this.#removed.fire(id);
    }
    await this.#drop(entries.flatMap(({ holds }) => holds));
  }

  async #drop(ids: readonly string[]): Promise<void> {
    const wanted = new Set(this.held());
    const free = [...new Set(ids)].filter((id) => !wanted.has(id));
    if (free.length > 0) await this.#options.drop(free);
  }

  #create(spec: TransferSpec): Entry {
    const now = Date.now();
    // The same thing again takes over what an earlier try kept.
    const holds: string[] = [];
    for (const earlier of this.#entries.values()) {
      if (earlier.stop !== undefined || earlier.spec.kind !== spec.kind || earlier.spec.reference !== spec.reference || earlier.holds.length === 0) continue;
      holds.push(...earlier.holds);
      earlier.holds = [];
      this.#persist(earlier);
    }
    const entry: Entry = { id: randomBytes(8).toString("hex"), spec, createdAt: now, state: "running", error: undefined, current: 0, total: 0, holds, updatedAt: now, meter: undefined, stop: undefined, go: undefined };
    this.#entries.set(entry.id, entry);
    this.#trim();
    this.#set(entry, "running");
    return entry;
  }

  #reopen(id: string): Entry {
    const entry = this.#entry(id);
    if (entry.stop !== undefined) throw wrongState(entry, "it is under way already");
    entry.error = undefined;
    this.#set(entry, "running");
    return entry;
  }

  #end(entry: Entry, state: TransferState, error: string | undefined): void {
    entry.stop = undefined;
    entry.go = undefined;
    entry.error = error;
    if (state === "done") entry.holds = [];
    this.#set(entry, state);
  }

  #set(entry: Entry, state: TransferState): void {
    entry.state = state;
    this.#persist(entry);
    this.#tell(entry);
  }

  #tell(entry: Entry): void {
    if (this.#entries.has(entry.id)) this.#changed.fire(shown(entry));
  }

  #persist(entry: Entry): void {
    // Removed while it ran.
    if (!this.#entries.has(entry.id)) return;
    entry.updatedAt = Date.now();
    entry.current = entry.meter?.current ?? entry.current;
    entry.total = entry.meter?.total ?? entry.total;
    const { kind, reference, ...request } = entry.spec;
    try {
      this.#options.records.put({
        id: entry.id, kind, reference, request: JSON.stringify(request), state: entry.state, error: entry.error ?? null,
        current: entry.current, total: entry.total, holds: JSON.stringify(entry.holds), createdAt: entry.createdAt, updatedAt: entry.updatedAt,
      });
    } catch {
      // A full disk is told by the work itself, in better words; what is lost here is what a crash would make use of.
    }
  }

  #trim(): void {
    const ended = [...this.#entries.values()].filter(({ state }) => state !== "running" && state !== "paused");
    const old = ended.filter(({ updatedAt }, i) => i < ended.length - MAX_ENDED || updatedAt < Date.now() - MAX_AGE_MS);
    if (old.length > 0) void this.#forget(old).catch(() => undefined);
  }

  #entry(id: string): Entry {
    const entry = this.#entries.get(id);
    if (entry === undefined) throw new EngineError("notFound", `no such transfer: ${id.slice(0, 100)}`);
    return entry;
  }
}

function wrongState({ spec, state }: Entry, why: string): EngineError {
  return new EngineError("conflict", `the ${spec.kind} of ${spec.reference} is ${state}: ${why}`);
}

function shown(entry: Entry): Transfer {
  const isRunning = entry.state === "running";
  return {
    ...entry.spec, id: entry.id, state: entry.state, error: entry.error,
    current: entry.meter?.current ?? entry.current, total: entry.meter?.total ?? entry.total,
    bytesPerSecond: isRunning ? (entry.meter?.bytesPerSecond ?? 0) : 0,
    secondsLeft: isRunning ? entry.meter?.secondsLeft : undefined,
    layers: entry.meter?.layers ?? [],
    holds: entry.holds,
    createdAt: new Date(entry.createdAt), updatedAt: new Date(entry.updatedAt),
  };
}
