import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync, realpathSync, rmSync, statSync } from "node:fs";
import { EngineError, toEngineError } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import type { SnapshotKey } from "../base/ids.ts";
import { removeTree } from "../sys/files.ts";
import { spreadDirectories } from "../sys/spread.ts";
import { mountsBelow, unmount } from "../sys/mount.ts";
import { treeUsage } from "../sys/walk.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { Database } from "../store/database.ts";
import { SnapshotRecords } from "../store/snapshots.ts";
import type { SnapshotRow } from "../store/snapshots.ts";
import { packTree } from "../archive/pack.ts";
import { mountStack, mountedUppers, overlayMount, unmountStack } from "./overlay-mount.ts";
import type { OverlayStack } from "./overlay-mount.ts";
import { overlayChanges } from "./overlay-walk.ts";
import type { Change, LayerDraft, MountOptions, RootfsMount, SnapshotInfo, SnapshotPlace, Snapshotter } from "./snapshots.ts";

export interface OverlaySnapshotterOptions {
  /** The engine's state directory; snapshots lie in `snapshots` there. */
  readonly root: string;
  readonly database: Database;
  /** Overlay marks in `user.` attributes: `trusted.` ones belong to the host's root. */
  readonly userNamespace: boolean;
  readonly workers: WorkerPool;
}

/** Snapshots as overlayfs layers: `<root>/snapshots/<name>/fs`, and `work` beside it for writable ones. A directory without a record is rubbish. */
export class OverlaySnapshotter implements Snapshotter {
  readonly #root: string;
  readonly #database: Database;
  readonly #records: SnapshotRecords;
  readonly #userNamespace: boolean;
  readonly #workers: WorkerPool;

  constructor(options: OverlaySnapshotterOptions) {
    const root = `${options.root}/snapshots`;
    mkdirSync(root, { recursive: true, mode: 0o711 });
    spreadDirectories(root);
    this.#root = realpathSync(root);
    this.#database = options.database;
    this.#records = new SnapshotRecords(options.database);
    this.#userNamespace = options.userNamespace;
    this.#workers = options.workers;
  }

  info(key: SnapshotKey): SnapshotInfo {
    return toInfo(this.#row(key));
  }

  has(key: SnapshotKey): boolean {
    return this.#records.get(key) !== undefined;
  }

  list(): readonly SnapshotInfo[] {
    return this.#records.list().map(toInfo);
  }

  places(): readonly SnapshotPlace[] {
    return this.#records.list().map((row) => ({ info: toInfo(row), directory: `${this.#root}/${row.directory}`, occupied: row.occupied }));
  }

  noteOccupied(sizes: Iterable<readonly [SnapshotKey, number]>): void {
    this.#records.setOccupied(sizes);
  }

  draft(options: IoOptions = {}): Promise<LayerDraft> {
    return attempt(() => {
      throwIfAborted(options.signal);
      const name = this.#makeDirectory();
      return {
        directory: `${this.#root}/${name}/fs`,
        commit: (key, parent, size) => this.#commit(name, key, parent, size),
        abandon: () => removeTree(`${this.#root}/${name}`),
      };
    });
  }

  async #commit(name: string, key: SnapshotKey, parent: SnapshotKey | null, size: number): Promise<SnapshotInfo> {
    const existing = this.#records.get(key);
    if (existing !== undefined) {
      await removeTree(`${this.#root}/${name}`);
      return toInfo(existing);
    }
    if (parent !== null) this.#committed(parent);
    const row: SnapshotRow = { key, directory: name, kind: "committed", parent, createdAt: Date.now(), size, occupied: null };
    this.#records.insert(row);
    return toInfo(row);
  }

  prepare(key: SnapshotKey, parent: SnapshotKey | null, options: IoOptions = {}): Promise<SnapshotInfo> {
    return attempt(() => {
      throwIfAborted(options.signal);
      if (this.has(key)) throw new EngineError("alreadyExists", `the snapshot ${key} exists already`);
      const top = parent === null ? undefined : this.#committed(parent);
      const name = this.#makeDirectory();
      try {
        mkdirSync(`${this.#root}/${name}/work`, { mode: 0o711 });
        if (top !== undefined) this.#copyRootMetadata(`${this.#root}/${top.directory}/fs`, `${this.#root}/${name}/fs`);
        const row: SnapshotRow = { key, directory: name, kind: "active", parent, createdAt: Date.now(), size: null, occupied: null };
        this.#records.insert(row);
        return toInfo(row);
      } catch (error) {
        rmSync(`${this.#root}/${name}`, { recursive: true, force: true });
        throw error;
      }
    });
  }

  commitActive(key: SnapshotKey, to: SnapshotKey, size: number): Promise<SnapshotInfo> {
    return attempt(async () => {
      const row = this.#row(key);
      if (row.kind !== "active") throw new EngineError("invalidArgument", `the snapshot ${key} is committed already`);
      const existing = this.#records.get(to);
      if (existing !== undefined) {
        await this.remove(key);
        return toInfo(existing);
      }
      rmSync(`${this.#root}/${row.directory}/work`, { recursive: true, force: true });
      const committed: SnapshotRow = { ...row, key: to, kind: "committed", createdAt: Date.now(), size };
      this.#database.transaction(() => {
        this.#records.delete(key);
        this.#records.insert(committed);
      });
      return toInfo(committed);
    });
  }

  rename(key: SnapshotKey, to: SnapshotKey, parent: SnapshotKey | null): Promise<SnapshotInfo> {
    return attempt(() => {
      if (parent !== null) this.#committed(parent);
      const existing = this.#records.get(to);
      if (existing !== undefined) return toInfo(existing);
      const row = { ...this.#committed(key), key: to, parent };
      this.#records.rename(key, to, parent);
      return toInfo(row);
    });
  }

  /** A new snapshot's directory; records name it only when it is complete. */
  #makeDirectory(): string {
    const name = randomBytes(5).toString("hex");
    mkdirSync(`${this.#root}/${name}`, { mode: 0o711 });
    mkdirSync(`${this.#root}/${name}/fs`);
    chmodSync(`${this.#root}/${name}/fs`, 0o755);
    return name;
  }

  /** The root directory's owner and mode come from the upper layer: it starts as its parent has it. */
  #copyRootMetadata(from: string, to: string): void {
    const { uid, gid, mode } = statSync(from);
    chownSync(to, uid, gid);
    chmodSync(to, mode & 0o7777);
  }

  mounts(key: SnapshotKey): readonly RootfsMount[] {
    return [overlayMount(this.#stack(key))];
  }

  mount(key: SnapshotKey, target: string, options: MountOptions = {}): Promise<string> {
    return attempt(() => {
      throwIfAborted(options.signal);
      const stack = options.readOnly === true ? this.#readOnlyStack(key) : { ...this.#stack(key), between: options.between, volatile: options.volatile === true };
      mountStack({ ...stack, bottom: options.below }, target);
      return target;
    });
  }

  unmount(target: string): Promise<void> {
    return attempt(() => unmountStack(target));
  }

  upperDirectory(key: SnapshotKey): string {
    const row = this.#row(key);
    if (row.kind !== "active") throw new EngineError("notFound", `the snapshot ${key} is committed and has no upper directory`);
    return this.#directoryOf(row);
  }

  layerDirectories(key: SnapshotKey): readonly string[] {
    return this.#chain(key).filter(({ kind }) => kind === "committed").map((row) => this.#directoryOf(row));
  }

  usage(key: SnapshotKey, options: IoOptions = {}): Promise<{ readonly bytes: number; readonly inodes: number }> {
    return treeUsage(this.#directoryOf(this.#row(key)), options);
  }

  changes(key: SnapshotKey, options: IoOptions = {}): Promise<readonly Change[]> {
    const [upper, ...lower] = this.#chain(key).map((row) => this.#directoryOf(row));
    return overlayChanges(upper!, lower, options);
  }

  async diffTar(key: SnapshotKey, options: IoOptions = {}): Promise<ReadableStream<Uint8Array>> {
    return packTree(this.#workers, { root: this.#directoryOf(this.#row(key)), overlay: true }, options);
  }

  async remove(key: SnapshotKey): Promise<void> {
    const row = this.#row(key);
    this.#database.transaction(() => {
      const children = this.#records.childCount(key);
      if (children > 0) throw new EngineError("conflict", `the snapshot ${key} is the parent of ${children} others: remove them first`);
      this.#records.delete(key);
    });
    await removeTree(`${this.#root}/${row.directory}`);
  }

  async recover(): Promise<void> {
    this.#forgetLost();
    const known = new Set(this.#records.list().map(({ directory }) => directory));
    for (const { target, directory } of mountedUppers(this.#root)) if (!known.has(directory)) unmount(target, { detach: true });
    for (const { target } of mountsBelow(this.#root)) if (target !== this.#root) unmount(target, { detach: true });
    for (const name of readdirSync(this.#root)) if (!known.has(name)) await removeTree(`${this.#root}/${name}`);
  }

  /** Drops records whose directory is gone, and those that stand on them. */
  #forgetLost(): void {
    this.#database.transaction(() => {
      const rows = this.#records.list();
      const lost = new Set<SnapshotKey>();
      for (let before = -1; before !== lost.size; ) {
        before = lost.size;
        for (const row of rows) if (!existsSync(this.#directoryOf(row)) || (row.parent !== null && lost.has(row.parent))) lost.add(row.key);
      }
      const order = [...lost].sort((a, b) => this.#chain(b).length - this.#chain(a).length);
      for (const key of order) this.#records.delete(key);
    });
  }

  #row(key: SnapshotKey): SnapshotRow {
    const row = this.#records.get(key);
    if (row === undefined) throw new EngineError("notFound", `there is no snapshot ${key}`);
    return row;
  }

  #committed(key: SnapshotKey): SnapshotRow {
    const row = this.#row(key);
    if (row.kind !== "committed") throw new EngineError("invalidArgument", `the snapshot ${key} is writable and cannot be a parent`);
    return row;
  }

  #chain(key: SnapshotKey): SnapshotRow[] {
    const chain = this.#records.chain(key);
    if (chain.length === 0) throw new EngineError("notFound", `there is no snapshot ${key}`);
    return chain;
  }

  #directoryOf(row: SnapshotRow): string {
    return `${this.#root}/${row.directory}/fs`;
  }

  #stack(key: SnapshotKey): OverlayStack {
    const chain = this.#chain(key);
    const upper = chain[0]!.kind === "active" ? chain.shift()!.directory : undefined;
    return { root: this.#root, lower: chain.map(({ directory }) => `${directory}/fs`), upper, userNamespace: this.#userNamespace };
  }

  #readOnlyStack(key: SnapshotKey): OverlayStack {
    return { root: this.#root, lower: this.#chain(key).map(({ directory }) => `${directory}/fs`), upper: undefined, userNamespace: this.#userNamespace };
  }
}

function toInfo({ key, kind, parent, createdAt, size }: SnapshotRow): SnapshotInfo {
  return { key, kind, parent, createdAt: new Date(createdAt), size };
}

/** Runs synchronous work as a promise whose failures are engine errors. */
async function attempt<T>(work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    throw toEngineError(error);
  }
}
