import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, readdirSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { abortError, throwIfAborted } from "../../base/abort.ts";
import type { IoOptions } from "../../base/abort.ts";
import type { AsyncDisposable } from "../../base/disposable.ts";
import { EngineError } from "../../base/errors.ts";
import { copyTree } from "../../archive/copy.ts";
import type { CacheSharing } from "../../dockerfile/plan/steps.ts";
import { removeTree, writeFileAtomic } from "../../sys/files.ts";
import { treeUsage } from "../../sys/walk.ts";
import type { WorkerPool } from "../../sys/workers.ts";
import { readCacheRecord, RECORD } from "./cache-record.ts";
import type { CacheRecordFile } from "./cache-record.ts";
import { setAccess } from "./memory-files.ts";
import type { CacheMountInfo, CacheMounts } from "./run.ts";

/** A cache that a process wants. */
export interface CacheMountRequest {
  readonly id: string;
  readonly sharing: CacheSharing;
  /** Of the directory when it is new. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Host path of a directory that a new one is filled from, and what names its content. */
  readonly source: string | undefined;
  readonly origin: string | undefined;
}

/** Caches that a process holds until disposed. */
export interface HeldCaches extends AsyncDisposable {
  /** Host paths, in the order of the requests. */
  readonly paths: readonly string[];
}

/** A directory as it is held. Those of one group hold what the same mount asks for. */
interface Directory extends CacheRecordFile {
  readonly key: string;
  lastUsedAt: number;
  uses: number;
  users: number;
  /** Held by any number together. */
  shared: boolean;
  /** Settles when it is filled. */
  readonly ready: Promise<void>;
}

/** Resolved with a directory that is handed over, or with nothing: look again. */
type Waiter = (directory: Directory | undefined) => void;

/** {@link CacheMounts} as directories below `<root>/build/cache-mounts`, each with a small record beside its files. */
export class LocalCacheMounts implements CacheMounts {
  readonly #root: string;
  readonly #workers: WorkerPool;
  readonly #directories = new Map<string, Directory>();
  /** Who waits for a directory of a group, first come first served. */
  readonly #waiting = new Map<string, Waiter[]>();

  private constructor(root: string, workers: WorkerPool) {
    this.#root = root;
    this.#workers = workers;
  }

  /** Reads the records and removes what a crash left half made or half removed. */
  static async open({ root, workers }: { readonly root: string; readonly workers: WorkerPool }): Promise<LocalCacheMounts> {
    const mounts = new LocalCacheMounts(join(root, "build", "cache-mounts"), workers);
    mkdirSync(mounts.#root, { recursive: true, mode: 0o700 });
    for (const key of readdirSync(mounts.#root)) {
      const record = readCacheRecord(join(mounts.#root, key));
      if (key.startsWith(".") || record === undefined) await removeTree(join(mounts.#root, key));
      else mounts.#directories.set(key, { ...record, key, users: 0, shared: false, ready: Promise.resolve() });
    }
    return mounts;
  }

  list(): readonly CacheMountInfo[] {
    return [...this.#directories.values()].map(({ key, id, createdAt, lastUsedAt, uses, users }) => ({ key, id, createdAt, lastUsedAt, uses, inUse: users > 0 }));
  }

  async usage(key: string, options: IoOptions = {}): Promise<number> {
    return (await treeUsage(this.#filesOf(this.#find(key)), options)).bytes;
  }

  async remove(key: string): Promise<void> {
    const directory = this.#find(key);
    if (directory.users > 0) throw new EngineError("conflict", `the cache mount ${key} (${directory.id}) is in use by a build: wait for its end, or cancel it`);
    this.#directories.delete(key);
    await this.#discard(key);
  }

  /**
   * Takes a directory for each request; requests for the same cache get the same one. `shared` joins others that share; `private` takes a free directory
   * or a new one; `locked` waits for one. Whatever order two processes name their caches in, neither waits for the other for ever.
   * @throws EngineError `cancelled`, `invalidArgument` for a source that is no directory
   */
  async acquire(requests: readonly CacheMountRequest[], options: IoOptions = {}): Promise<HeldCaches> {
    const held = new AsyncDisposableStack();
    const taken = new Map<string, Directory>();
    try {
      const groups = new Map(requests.map((request) => [groupOf(request), request]));
      for (const [group, request] of [...groups].sort(([a], [b]) => (a < b ? -1 : 1))) {
        const directory = await this.#take(group, request, options);
        directory.uses++;
        taken.set(group, directory);
        held.defer(() => this.#release(directory));
      }
    } catch (error) {
      await held.disposeAsync();
      throw error;
    }
    return { paths: requests.map((request) => this.#filesOf(taken.get(groupOf(request))!)), [Symbol.asyncDispose]: () => held.disposeAsync() };
  }

  async #take(group: string, request: CacheMountRequest, options: IoOptions): Promise<Directory> {
    for (;;) {
      throwIfAborted(options.signal);
      const all = [...this.#directories.values()].filter((directory) => directory.group === group);
      const found = (request.sharing === "shared" ? all.find(({ users, shared }) => users > 0 && shared) : undefined) ?? all.find(({ users }) => users === 0);
      if (found === undefined && (request.sharing !== "locked" || all.length === 0)) return this.#make(group, request, options);
      const directory = found ?? (await this.#handedOver(group, options));
      if (directory === undefined) continue;
      if (found !== undefined) directory.users++;
      directory.shared = request.sharing === "shared";
      try {
        await directory.ready;
        return directory;
      } catch {
        // Whoever was filling it gave up: that is no failure of ours.
        this.#release(directory);
      }
    }
  }

  async #make(group: string, request: CacheMountRequest, options: IoOptions): Promise<Directory> {
    let number = 0;
    while (this.#directories.has(`${group}-${number}`)) number++;
    const key = `${group}-${number}`;
    const now = Date.now();
    const ready = this.#fill(key, request, { group, id: request.id, createdAt: now, lastUsedAt: now, uses: 0 }, options);
    const directory: Directory = { key, group, id: request.id, createdAt: now, lastUsedAt: now, uses: 0, users: 1, shared: request.sharing === "shared", ready };
    this.#directories.set(key, directory);
    try {
      await ready;
      return directory;
    } catch (error) {
      this.#directories.delete(key);
      this.#release(directory);
      throw error;
    }
  }

  /** Makes a directory under another name, and shows it only when it is complete. */
  async #fill(key: string, { mode, uid, gid, source }: CacheMountRequest, record: CacheRecordFile, options: IoOptions): Promise<void> {
    const temporary = join(this.#root, `.${key}.${randomBytes(4).toString("hex")}`);
    const files = join(temporary, "fs");
    try {
      mkdirSync(files, { recursive: true, mode: 0o700 });
      setAccess(files, { mode, uid, gid });
      if (source !== undefined) await this.#copy(source, files, record.id, options);
      writeFileAtomic(join(temporary, RECORD), JSON.stringify(record));
      renameSync(temporary, join(this.#root, key));
    } catch (error) {
      await removeTree(temporary);
      throw error;
    }
  }

  async #copy(source: string, files: string, id: string, options: IoOptions): Promise<void> {
    if (statSync(source, { throwIfNoEntry: false })?.isDirectory() !== true) throw new EngineError("invalidArgument", `the source of the cache mount ${id} is not a directory`);
    await copyTree(this.#workers, source, files, options);
  }

  async #handedOver(group: string, { signal }: IoOptions): Promise<Directory | undefined> {
    const queue = this.#waiting.get(group) ?? [];
    this.#waiting.set(group, queue);
    const { promise, resolve, reject } = Promise.withResolvers<Directory | undefined>();
    queue.push(resolve);
    const leave = (): void => {
      const place = queue.indexOf(resolve);
      // Not in the queue: one was handed over a moment ago.
      if (place < 0) return;
      queue.splice(place, 1);
      reject(abortError(signal!));
    };
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await promise;
    } finally {
      signal?.removeEventListener("abort", leave);
    }
  }

  #release(directory: Directory): void {
    const known = this.#directories.get(directory.key) === directory;
    if (--directory.users > 0) return;
    if (known) {
      directory.lastUsedAt = Date.now();
      const { group, id, createdAt, lastUsedAt, uses } = directory;
      writeFileAtomic(join(this.#root, directory.key, RECORD), JSON.stringify({ group, id, createdAt, lastUsedAt, uses } satisfies CacheRecordFile));
    }
    const next = this.#waiting.get(directory.group)?.shift();
    if (next === undefined) return;
    if (known) directory.users++;
    next(known ? directory : undefined);
  }

  /** Renames first: a crash must not leave half a cache under its name. */
  async #discard(key: string): Promise<void> {
    const temporary = join(this.#root, `.${key}.${randomBytes(4).toString("hex")}`);
    renameSync(join(this.#root, key), temporary);
    await removeTree(temporary);
  }

  #find(key: string): Directory {
    const directory = this.#directories.get(key);
    if (directory === undefined) throw new EngineError("notFound", `there is no cache mount ${key}`);
    return directory;
  }

  #filesOf({ key }: Directory): string {
    return join(this.#root, key, "fs");
  }
}

/** Names all that makes a cache another one, as Docker sees it. */
function groupOf({ id, mode, uid, gid, origin }: CacheMountRequest): string {
  return createHash("sha256").update(JSON.stringify([id, mode, uid, gid, origin ?? null])).digest("hex").slice(0, 24);
}
