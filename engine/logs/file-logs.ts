import { appendFileSync, closeSync, fstatSync, mkdirSync, openSync, readSync, readdirSync, rmSync, statSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { IoOptions } from "../base/abort.ts";
import type { ContainerId } from "../base/ids.ts";
import { ChangeSignal } from "./change.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { ContainerLogs, LogConfig, LogQuery, LogSearch } from "./logs.ts";
import { readLog } from "./reader.ts";
import { Rotator, closeCurrent, readPolicy, savePolicy } from "./rotation.ts";
import { searchLog } from "./search.ts";
import { CURRENT, closedSegments } from "./segments.ts";

export interface FileLogsOptions {
  /** Logs lie in `<root>/containers/<id>/log`. */
  readonly root: string;
  /** Makes conmon open its log file anew; see `Runtime.reopenLog`. */
  readonly reopen: (id: ContainerId) => Promise<void>;
  /** Threads of its own for searches: an expression may keep one busy until its client leaves. */
  readonly workers: WorkerPool;
  /** Told when a rotation fails; the log goes on growing. */
  readonly onError?: (error: unknown) => void;
}

/** {@link ContainerLogs} in conmon's own files. */
export class FileLogs implements ContainerLogs {
  readonly #options: FileLogsOptions;
  /** Containers that run, each with what rotates its log. */
  readonly #live = new Map<ContainerId, Rotator | null>();
  readonly #followers = new Map<ContainerId, Set<ChangeSignal>>();

  constructor(options: FileLogsOptions) {
    this.#options = options;
  }

  prepare(id: ContainerId, config: LogConfig): Promise<string | null> {
    if (config.driver === "none") return Promise.resolve(null);
    const directory = this.#directory(id);
    mkdirSync(directory, { recursive: true, mode: 0o710 });
    savePolicy(directory, config);
    const path = join(directory, CURRENT);
    endTornLine(path);
    return Promise.resolve(path);
  }

  async *read(id: ContainerId, query: LogQuery, options: IoOptions = {}): AsyncGenerator<Uint8Array> {
    const directory = this.#directory(id);
    const { signal } = options;
    if (!query.follow || !exists(directory)) {
      yield* readLog(directory, query, null, signal);
      return;
    }
    using change = new ChangeSignal(directory);
    const followers = this.#followersOf(id);
    followers.add(change);
    const until = query.untilNs === null ? null : Number(query.untilNs / 1_000_000n);
    const timer = until === null ? undefined : setTimeout(change.notify, Math.min(Math.max(0, until - Date.now()) + 1, 2 ** 31 - 1));
    signal?.addEventListener("abort", change.notify, { once: true });
    try {
      yield* readLog(directory, query, { change, ended: () => !this.#live.has(id) || (until !== null && Date.now() > until) }, signal);
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", change.notify);
      followers.delete(change);
      if (followers.size === 0) this.#followers.delete(id);
    }
  }

  search(id: ContainerId, query: LogSearch, options: IoOptions = {}): AsyncIterable<Uint8Array> {
    return searchLog(this.#options.workers, this.#directory(id), query, options);
  }

  started(id: ContainerId): void {
    if (this.#live.has(id)) return;
    const directory = this.#directory(id);
    const policy = readPolicy(directory);
    const onError = this.#options.onError ?? (() => {});
    this.#live.set(id, policy === undefined ? null : new Rotator(directory, policy, () => this.#options.reopen(id), onError));
  }

  ended(id: ContainerId): void {
    this.#live.get(id)?.[Symbol.dispose]();
    this.#live.delete(id);
    for (const change of this.#followers.get(id) ?? []) change.notify();
  }

  size(id: ContainerId): Promise<number> {
    const directory = this.#directory(id);
    if (!exists(directory)) return Promise.resolve(0);
    let total = 0;
    for (const name of readdirSync(directory)) total += statSync(join(directory, name), { throwIfNoEntry: false })?.size ?? 0;
    return Promise.resolve(total);
  }

  files(id: ContainerId): readonly string[] {
    const directory = this.#directory(id);
    return [...closedSegments(directory), CURRENT].map((name) => join(directory, name)).filter(exists);
  }

  async clear(id: ContainerId): Promise<void> {
    const directory = this.#directory(id);
    if (this.#live.has(id) && exists(join(directory, CURRENT))) {
      // Whoever follows goes on from the closed segment to the new one, as after a rotation.
      closeCurrent(directory);
      const closed = closedSegments(directory);
      await this.#options.reopen(id);
      for (const name of closed) rmSync(join(directory, name), { force: true });
      return;
    }
    for (const path of this.files(id)) rmSync(path, { force: true });
  }

  remove(id: ContainerId): Promise<void> {
    this.ended(id);
    rmSync(this.#directory(id), { recursive: true, force: true });
    return Promise.resolve();
  }

  close(): Promise<void> {
    for (const id of [...this.#live.keys()]) this.ended(id);
    return Promise.resolve();
  }

  #directory(id: ContainerId): string {
    return join(this.#options.root, "containers", id, "log");
  }

  #followersOf(id: ContainerId): Set<ChangeSignal> {
    let followers = this.#followers.get(id);
    if (followers === undefined) this.#followers.set(id, (followers = new Set()));
    return followers;
  }
}

function exists(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}

/** Ends a last line that a crash of the host cut off, so that the next entry starts on a line of its own. */
function endTornLine(path: string): void {
  let fd: number;
  try {
    fd = openSync(path, "r");
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw error;
  }
  const last = Buffer.alloc(1);
  try {
    const { size } = fstatSync(fd);
    if (size === 0 || readSync(fd, last, 0, 1, size - 1) === 0) return;
  } finally {
    closeSync(fd);
  }
  if (last[0] !== 10) appendFileSync(path, "\n");
}
