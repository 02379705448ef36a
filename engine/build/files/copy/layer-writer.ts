import { chmodSync, closeSync, constants, fchmodSync, fchownSync, lchownSync, linkSync, lstatSync, mkdirSync, openSync, rmSync, symlinkSync, unlinkSync } from "node:fs";
import { EngineError, isSystemError } from "../../../base/errors.ts";
import { fsPath } from "../../../sys/names.ts";
import { S_IFBLK, S_IFCHR, S_IFIFO, mknod, setTimes, setTimesOfFile } from "../../../sys/nodes.ts";
import { statOf } from "../../../sys/walk.ts";
import { getXattr, listXattrs, setXattr } from "../../../sys/xattrs.ts";
import { childOf, resolveInLayers } from "../../../snapshots/merged-view.ts";
import type { MergedEntry, ResolvedPath } from "../../../snapshots/merged-view.ts";
import { baseOf, parentOf } from "../tree/entry.ts";
import type { NodeType, Xattrs } from "../tree/entry.ts";

/** What is set on everything that is made. */
export interface Metadata {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly mtimeNs: bigint;
  readonly xattrs: Xattrs | undefined;
}

export interface LayerOptions {
  /** The empty directory that becomes the layer. */
  readonly directory: string;
  /** Directories of the layers below, top first. */
  readonly lowerDirectories: readonly string[];
  readonly userNamespace: boolean;
  /** Of directories that are implied. */
  readonly owner: { readonly uid: number; readonly gid: number };
  /** No time after this one. */
  readonly latestTimeNs: bigint | undefined;
}

/** What differs between copying and unpacking. */
export interface WriteRules {
  /** Of directories that are implied. */
  readonly impliedMode: number;
  /** Whether a directory and something else may take each other's place; otherwise that is an error. */
  readonly replaces: boolean;
}

const NEW_FILE = constants.O_RDWR | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
const NOTHING: readonly string[] = [];
const YES = Buffer.from("y");

/**
 * Fills a directory that becomes an overlayfs layer, so that with the layers below it shows what writing into their merged view would have made.
 * Directories that exist below are repeated with their owner, mode, attributes and times. Names are relative, and canonical: no component of theirs but
 * the last is a symlink in the merged view, see {@link resolve}.
 *
 * A directory in place of something else needs no opaque mark: overlayfs looks no deeper than the first thing that is no directory. One that takes the
 * place of a file of this same layer does, when the file itself hid a directory.
 */
export class LayerWriter {
  /** For what is made from now on. */
  rules: WriteRules = { impliedMode: 0o755, replaces: false };
  readonly #options: LayerOptions;
  readonly #stack: readonly string[];
  /** Directories of this layer, with those of the layers below that are shown as one with them. */
  readonly #below = new Map<string, readonly string[]>();
  readonly #times = new Map<string, bigint>();
  /** Where something that is no directory hides a directory of the layers below. */
  readonly #hiding = new Set<string>();
  /** A directory passes its group or default ACL on: owners are then always set. */
  #inherits = false;
  /** Of this thread. */
  readonly #umask = process.umask();

  constructor(options: LayerOptions) {
    this.#options = options;
    this.#stack = [options.directory, ...options.lowerDirectories];
    this.#below.set("", options.lowerDirectories);
    const [top] = options.lowerDirectories;
    if (top !== undefined) this.#copyUp("", top);
  }

  /** Follows symlinks in the merged view of what was written and the layers below. @throws EngineError `invalidArgument` for a loop */
  resolve(path: string): ResolvedPath {
    return resolveInLayers(this.#stack, path);
  }

  /** Makes sure that a directory exists. @throws EngineError `invalidArgument` when something else is in the way */
  ensureDirectory(name: string): void {
    if (this.#below.has(name)) return;
    this.ensureDirectory(parentOf(name));
    const lower = this.#lower(name);
    const own = statOf(this.#host(name));
    if (own !== undefined || lower?.stats.isDirectory() === false) throw new EngineError("invalidArgument", `cannot make the directory ${quoted(name)}: something else is there already`);
    mkdirSync(fsPath(this.#host(name)), 0o700);
    this.#below.set(name, lower?.directories ?? NOTHING);
    if (lower !== undefined) return this.#copyUp(name, lower.path);
    this.#dress(name, { ...this.#options.owner, mode: this.rules.impliedMode, mtimeNs: BigInt(Date.now()) * 1_000_000n, xattrs: undefined }, true);
  }

  /** Makes a directory, or gives one that exists this metadata. @throws EngineError `invalidArgument` when something else is in the way */
  directory(name: string, metadata: Metadata): void {
    if (!this.#below.has(name)) {
      this.ensureDirectory(parentOf(name));
      const lower = this.#lower(name);
      if (lower?.stats.isDirectory() === false && !this.rules.replaces) throw notDirectory(name);
      this.#make(name, () => mkdirSync(fsPath(this.#host(name)), 0o700), false);
      const hides = this.#hiding.delete(name);
      if (hides) setXattr(fsPath(this.#host(name)), this.#options.userNamespace ? "user.overlay.opaque" : "trusted.overlay.opaque", YES);
      this.#below.set(name, hides ? NOTHING : (lower?.directories ?? NOTHING));
    }
    this.#dress(name, metadata, true);
  }

  /** The time of a directory that was made here or below, without the rest. */
  setDirectoryTime(name: string, mtimeNs: bigint): void {
    this.#times.set(name, this.#clamped(mtimeNs));
  }

  /** Makes an empty file, to be filled and given to {@link closeFile} with the same mode. */
  openFile(name: string, mode: number): number {
    this.#makeWay(name);
    const host = fsPath(this.#host(name));
    let fd = -1;
    this.#make(name, () => void (fd = openSync(host, NEW_FILE, mode & 0o777)), true);
    return fd;
  }

  closeFile(name: string, fd: number, metadata: Metadata): void {
    try {
      const { mode, uid, gid, xattrs } = metadata;
      explained(name, () => {
        if (this.#inherits || uid !== 0 || gid !== 0) fchownSync(fd, uid, gid);
        // What the umask or a default ACL took, and set-id bits, which chown(2) takes.
        if (this.#inherits || (mode & (this.#umask | 0o7000)) !== 0) fchmodSync(fd, mode);
      });
      if (xattrs !== undefined) setXattrs(this.#host(name), xattrs);
      const time = this.#clamped(metadata.mtimeNs);
      setTimesOfFile(fd, time, time);
    } finally {
      closeSync(fd);
    }
  }

  symlink(name: string, target: string, metadata: Metadata): void {
    this.#makeWay(name);
    this.#make(name, () => symlinkSync(fsPath(target), fsPath(this.#host(name))), true);
    this.#dress(name, metadata, false);
  }

  /** Makes a fifo or device. In a user namespace devices are left out: the kernel refuses them. @throws EngineError `invalidArgument` for what overlayfs takes for a whiteout */
  node(name: string, type: NodeType, device: number, metadata: Metadata): void {
    if (type === "character" && device === 0) throw new EngineError("invalidArgument", `cannot copy the device ${quoted(name)} with the number 0:0: in a layer it would delete what is below`);
    if (type !== "fifo" && this.#options.userNamespace) return;
    this.#makeWay(name);
    const bits = type === "fifo" ? S_IFIFO : type === "block" ? S_IFBLK : S_IFCHR;
    this.#make(name, () => mknod(fsPath(this.#host(name)), bits | 0o600, device), true);
    this.#dress(name, metadata, true);
  }

  /** Gives a file of this layer another name. */
  hardLink(name: string, existing: string): void {
    this.#makeWay(name);
    this.#make(name, () => linkSync(fsPath(this.#host(existing)), fsPath(this.#host(name))), true);
  }

  /** Sets the times of directories, which their contents have changed. */
  finish(): void {
    for (const [name, time] of this.#times) setTimes(fsPath(this.#host(name)), time, time);
  }

  #host(name: string): string {
    return `${this.#options.directory}/${name}`;
  }

  /** What the layers below show; the parent must be in this layer. */
  #lower(name: string): MergedEntry | undefined {
    const parents = this.#below.get(parentOf(name)) ?? NOTHING;
    return parents.length === 0 ? undefined : childOf(parents, baseOf(name));
  }

  /** Before anything but a directory is made. */
  #makeWay(name: string): void {
    const parent = parentOf(name);
    if (!this.#below.has(parent)) this.ensureDirectory(parent);
    if (this.#lower(name)?.stats.isDirectory() !== true) return;
    if (!this.rules.replaces) throw isDirectory(name);
    this.#hiding.add(name);
  }

  /** Makes something new; what this layer already has there goes, unless that is an error. */
  #make(name: string, create: () => void, replacesDirectory: boolean): void {
    try {
      return create();
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw explain(error, name);
    }
    const host = fsPath(this.#host(name));
    if (!lstatSync(host).isDirectory()) {
      if (!replacesDirectory && !this.rules.replaces) throw notDirectory(name);
      unlinkSync(host);
    } else {
      if (!this.rules.replaces) throw isDirectory(name);
      rmSync(host, { recursive: true, force: true });
      for (const known of [...this.#below.keys()]) if (known === name || known.startsWith(`${name}/`)) this.#forget(known);
    }
    create();
  }

  #forget(directory: string): void {
    this.#below.delete(directory);
    this.#times.delete(directory);
  }

  #copyUp(name: string, lower: string): void {
    const source = fsPath(lower);
    const { mode, uid, gid, mtimeNs } = lstatSync(source, { bigint: true });
    const xattrs = new Map<string, Uint8Array>();
    for (const attribute of listXattrs(source)) {
      const value = /^(trusted|user)\.overlay\./.test(attribute) ? undefined : getXattr(source, attribute);
      if (value !== undefined) xattrs.set(attribute, value);
    }
    if (xattrs.has("system.posix_acl_default")) this.#inherits = true;
    this.#dress(name, { mode: Number(mode) & 0o7777, uid: Number(uid), gid: Number(gid), mtimeNs, xattrs }, true);
    // As it was: the limit is for what is new.
    this.#times.set(name, mtimeNs);
  }

  /** Metadata of everything but files. */
  #dress(name: string, { mode, uid, gid, mtimeNs, xattrs }: Metadata, hasMode: boolean): void {
    const host = fsPath(this.#host(name));
    const isDirectory = this.#below.has(name);
    explained(name, () => {
      if (this.#inherits || isDirectory || uid !== 0 || gid !== 0) lchownSync(host, uid, gid);
      if (hasMode) chmodSync(host, mode);
    });
    if (xattrs !== undefined) setXattrs(this.#host(name), xattrs);
    const time = this.#clamped(mtimeNs);
    if (!isDirectory) return setTimes(host, time, time);
    if ((mode & 0o2000) !== 0) this.#inherits = true;
    this.#times.set(name, time);
  }

  #clamped(mtimeNs: bigint): bigint {
    const { latestTimeNs } = this.#options;
    return latestTimeNs !== undefined && mtimeNs > latestTimeNs ? latestTimeNs : mtimeNs;
  }
}

/** Those that the kernel or the file system may refuse are left out, as Docker does. */
function setXattrs(host: string, xattrs: Xattrs): void {
  for (const [name, value] of xattrs) {
    try {
      setXattr(fsPath(host), name, value);
    } catch (error) {
      if (!isSystemError(error, "EPERM", "EOPNOTSUPP", "ENOTSUP", "EINVAL")) throw error;
    }
  }
}

/** A canonical name as the user knows it, in quotes. */
export function quoted(name: string): string {
  return JSON.stringify(`/${name}`);
}

export function notDirectory(name: string): EngineError {
  return new EngineError("invalidArgument", `cannot copy to non-directory: ${quoted(name)} exists and is not a directory; copy to another path, or remove it first`);
}

function isDirectory(name: string): EngineError {
  return new EngineError("invalidArgument", `cannot replace to directory ${quoted(name)} with file: copy to another path, or remove the directory first`);
}

function explained(name: string, work: () => void): void {
  try {
    work();
  } catch (error) {
    throw explain(error, name);
  }
}

function explain(error: unknown, name: string): unknown {
  if (isSystemError(error, "EINVAL") && error.syscall?.includes("chown") === true) {
    return new EngineError("invalidArgument", `cannot give ${quoted(name)} its owner, which is outside the user ids of this engine: give the user more subordinate ids in /etc/subuid and /etc/subgid`, { cause: error });
  }
  if (isSystemError(error, "ENAMETOOLONG")) return new EngineError("invalidArgument", `the path ${quoted(name.slice(0, 200))}... is too long for this file system`, { cause: error });
  return error;
}
