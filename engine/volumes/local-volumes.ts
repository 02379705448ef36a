import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, existsSync, lstatSync, mkdirSync, readdirSync, renameSync, rmdirSync, statSync } from "node:fs";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isSystemError, messageOf } from "../base/errors.ts";
import { Emitter } from "../base/events.ts";
import { copyTree } from "../archive/copy.ts";
import { removeTree } from "../sys/files.ts";
import { MS, listMounts, mount, unmount } from "../sys/mount.ts";
import { treeUsage } from "../sys/walk.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { Database } from "../store/database.ts";
import { VolumeRecords } from "../store/volumes.ts";
import type { VolumeRow } from "../store/volumes.ts";
import { parseVolumeOptions } from "./mount-options.ts";
import { KEPT, type VolumeEvent, type VolumeRecord, type VolumeUsers, type Volumes } from "./volumes.ts";

export interface LocalVolumesOptions {
  /** The engine's state directory; volumes lie in `volumes` there. */
  readonly root: string;
  readonly database: Database;
  readonly users: VolumeUsers;
  readonly workers: WorkerPool;
  /** What was set aside and is on record: its id with the volume's name. Nothing unless given. */
  readonly kept?: (() => ReadonlyMap<string, string>) | undefined;
}

/** Docker's grammar of volume names. */
const NAME = /^[a-zA-Z0-9][a-zA-Z0-9_.-]+$/;
/** A directory on its way out; no volume can have such a name. */
const REMOVED = ".removed-";

/** Volumes as directories. The record says that a volume exists; its directory is made with it and renamed away before it is removed. */
export class LocalVolumes implements Volumes {
  readonly #root: string;
  readonly #database: Database;
  readonly #records: VolumeRecords;
  readonly #users: VolumeUsers;
  readonly #workers: WorkerPool;
  readonly #kept: () => ReadonlyMap<string, string>;
  readonly #didChange = new Emitter<VolumeEvent>();
  readonly onDidChange = this.#didChange.event;

  constructor(options: LocalVolumesOptions) {
    this.#root = `${options.root}/volumes`;
    this.#database = options.database;
    this.#records = new VolumeRecords(options.database);
    this.#users = options.users;
    this.#workers = options.workers;
    this.#kept = options.kept ?? (() => new Map());
    mkdirSync(this.#root, { recursive: true, mode: 0o711 });
  }

  async recover(): Promise<void> {
    for (const name of readdirSync(this.#root)) if (name.startsWith(REMOVED)) await removeTree(`${this.#root}/${name}`);
    await this.#recoverKept();
    for (const row of this.#records.list()) {
      mkdirSync(this.#data(row.name), { recursive: true });
      this.#mountAgain(row);
    }
  }

  /** A device that is away is the problem of who uses it. */
  #mountAgain(row: VolumeRow): void {
    try {
      this.#mount(row);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
  }

  list(): readonly VolumeRecord[] {
    return this.#records.list().map((row) => this.#toRecord(row));
  }

  get(name: string): VolumeRecord {
    const row = this.#records.get(name);
    if (row === undefined) throw new EngineError("notFound", `get ${name}: no such volume`);
    return this.#toRecord(row);
  }

  async create(request: Parameters<Volumes["create"]>[0]): Promise<VolumeRecord> {
    const anonymous = request.name === undefined || request.name === "";
    const name = anonymous ? randomBytes(32).toString("hex") : checkName(request.name!);
    if (request.driver !== undefined && request.driver !== "" && request.driver !== "local") {
      throw new EngineError("notFound", `error looking up volume plugin ${request.driver}: only the driver "local" is available`);
    }
    const existing = this.#records.get(name);
    if (existing !== undefined) return this.#toRecord(existing);
    const options = request.options ?? {};
    parseVolumeOptions(options);
    const row: VolumeRow = { name, createdAt: Date.now(), labels: request.labels ?? {}, options, anonymous };
    try {
      this.#database.transaction(() => {
        this.#records.insert(row);
        mkdirSync(this.#data(name), { recursive: true });
        // Whatever the umask: a container's user must be able to pass.
        chmodSync(this.#data(name), 0o755);
        this.#mount(row);
      });
    } catch (error) {
      this.#dropEmpty(name);
      throw error;
    }
    this.#didChange.fire({ action: "create", name });
    return this.#toRecord(row);
  }

  /** Undoes the directories of a failed creation; what has content was there before. */
  #dropEmpty(name: string): void {
    try {
      rmdirSync(this.#data(name));
      rmdirSync(`${this.#root}/${name}`);
    } catch (error) {
      if (!isSystemError(error, "ENOENT", "ENOTEMPTY")) throw error;
    }
  }

  #mount(row: VolumeRow): void {
    const request = parseVolumeOptions(row.options);
    const target = this.#data(row.name);
    if (request === undefined || listMounts().some((entry) => entry.target === target)) return;
    try {
      mount(request.source, target, request.type === "bind" ? null : "tmpfs", request.flags, request.data);
      // Linux takes the other flags of a bind only in a second step.
      const extra = request.flags & ~(MS.BIND | MS.REC);
      if (request.type === "bind" && extra !== 0) mount(null, target, null, MS.BIND | MS.REMOUNT | extra);
    } catch (error) {
      unmount(target, { detach: true });
      throw new EngineError("invalidArgument", `failed to mount local volume ${row.name}: ${messageOf(error)}`, { cause: error });
    }
  }

  async remove(name: string, options: { readonly force?: boolean } = {}): Promise<void> {
    if (options.force === true && this.#records.get(name) === undefined) return;
    this.#unused(name);
    unmount(this.#data(name), { detach: true });
    const doomed = `${this.#root}/${REMOVED}${randomBytes(6).toString("hex")}`;
    this.#database.transaction(() => {
      this.#records.delete(name);
      if (existsSync(`${this.#root}/${name}`)) renameSync(`${this.#root}/${name}`, doomed);
    });
    this.#didChange.fire({ action: "destroy", name });
    await removeTree(doomed);
  }

  /** @throws EngineError `notFound`, `conflict` when used */
  #unused(name: string): VolumeRow {
    const row = this.#records.get(name);
    if (row === undefined) throw new EngineError("notFound", `get ${name}: no such volume`);
    const users = this.#users(name);
    if (users.length > 0) throw new EngineError("conflict", `remove ${name}: volume is in use - [${users.join(", ")}]`);
    return row;
  }

  setAside(name: string, id: string, keep: (row: VolumeRow) => void): void {
    const row = this.#unused(name);
    unmount(this.#data(name), { detach: true });
    mkdirSync(this.#keptDirectory(id), { recursive: true, mode: 0o700 });
    try {
      this.#database.transaction(() => {
        this.#records.delete(name);
        keep(row);
        renameSync(`${this.#root}/${name}`, `${this.#keptDirectory(id)}/${name}`);
      });
    } catch (error) {
      this.#mountAgain(row);
      throw error;
    }
    this.#didChange.fire({ action: "destroy", name });
  }

  bringBack(row: VolumeRow, id: string, forget: () => void): VolumeRecord {
    const name = checkName(row.name);
    if (this.#records.get(name) !== undefined) throw new EngineError("conflict", `a volume named ${name} exists again: bring this one back under another name`, { details: { name } });
    const directory = this.#keptDirectory(id);
    const [was] = namesIn(directory);
    if (was === undefined) throw new EngineError("dataLoss", `the files of volume ${name} are not in ${directory} any more: it cannot be brought back`);
    // Under its new name first, and out only when that is on record: a recovery finds the files by it.
    if (was !== name) renameSync(`${directory}/${was}`, `${directory}/${name}`);
    this.#database.transaction(() => {
      this.#records.insert(row);
      forget();
    });
    renameSync(`${directory}/${name}`, `${this.#root}/${name}`);
    rmdirSync(directory);
    this.#mountAgain(row);
    this.#didChange.fire({ action: "create", name });
    return this.#toRecord(row);
  }

  discard(id: string): Promise<void> {
    return removeTree(this.#keptDirectory(id));
  }

  async keptUsage(id: string, options: IoOptions = {}): Promise<number> {
    const directory = this.#keptDirectory(id);
    const [name] = namesIn(directory);
    return name === undefined ? 0 : (await treeUsage(`${directory}/${name}/_data`, options)).bytes;
  }

  #keptDirectory(id: string): string {
    return `${this.#root}/${KEPT}/${id}`;
  }

  /** Where a rename and its record disagree, the record is right. What has no record was on its way out. */
  async #recoverKept(): Promise<void> {
    const kept = this.#kept();
    for (const [id, name] of kept) {
      if (namesIn(this.#keptDirectory(id)).length > 0 || this.#records.get(name) !== undefined || !existsSync(`${this.#root}/${name}`)) continue;
      mkdirSync(this.#keptDirectory(id), { recursive: true, mode: 0o700 });
      renameSync(`${this.#root}/${name}`, `${this.#keptDirectory(id)}/${name}`);
    }
    for (const id of namesIn(`${this.#root}/${KEPT}`)) {
      if (kept.has(id)) continue;
      const [name] = namesIn(this.#keptDirectory(id));
      if (name !== undefined && this.#records.get(name) !== undefined && !existsSync(`${this.#root}/${name}`)) renameSync(`${this.#keptDirectory(id)}/${name}`, `${this.#root}/${name}`);
      await this.discard(id);
    }
  }

  async copyUp(name: string, source: string, options: IoOptions = {}): Promise<boolean> {
    throwIfAborted(options.signal);
    const target = this.get(name).mountpoint;
    if (!isDirectory(source) || readdirSync(target).length > 0) return false;
    if (readdirSync(source).length > 0) await copyTree(this.#workers, source, target, options);
    const { uid, gid, mode } = statSync(source);
    chownSync(target, uid, gid);
    chmodSync(target, mode & 0o7777);
    return true;
  }

  async usage(name: string, options: IoOptions = {}): Promise<number> {
    return (await treeUsage(this.get(name).mountpoint, options)).bytes;
  }

  #data(name: string): string {
    return `${this.#root}/${name}/_data`;
  }

  #toRecord({ createdAt, ...row }: VolumeRow): VolumeRecord {
    return { ...row, driver: "local", mountpoint: this.#data(row.name), createdAt: new Date(createdAt) };
  }
}

/** @throws EngineError `invalidArgument`, in docker's words */
function checkName(name: string): string {
  if (name.length === 1) throw new EngineError("invalidArgument", "volume name is too short, names should be at least two alphanumeric characters");
  if (!NAME.test(name) || name.length > 255) {
    throw new EngineError("invalidArgument", `${JSON.stringify(name.slice(0, 300))} includes invalid characters for a local volume name, only "[a-zA-Z0-9][a-zA-Z0-9_.-]" are allowed. If you intended to pass a host directory, use absolute path`);
  }
  return name;
}

/** What is in a directory; nothing where there is none. */
function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
}

function isDirectory(path: string): boolean {
  try {
    return lstatSync(path).isDirectory();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
    throw error;
  }
}
