import { closeSync, constants, lstatSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { basename } from "node:path";
import { EngineError, isSystemError } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { fileType, isWhiteout, splitDevice } from "../sys/nodes.ts";
import { ConfinedRoot } from "../sys/root.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";
import type { WorkerPool } from "../sys/workers.ts";
import { getXattr, listXattrs } from "../sys/xattrs.ts";
import type { EntryType, TarHeader } from "./archive.ts";
import { decodeName, fsPath } from "../sys/names.ts";
import { END_OF_ARCHIVE, encodeHeader, paddingOf } from "./tar-writer.ts";

export interface PackRequest {
  /** The directory that confines everything: symlinks resolve inside it. */
  readonly root: string;
  /** What to pack, absolute inside `root`; everything unless given. The last component is not followed. */
  readonly path?: string | undefined;
  /** The top entry's name in the archive, as docker cp wants it. Without it the contents of `path` are at the archive's top. */
  readonly name?: string | undefined;
  /** `root` is an overlayfs layer: its whiteouts and opaque marks become `.wh.` entries. */
  readonly overlay?: boolean | undefined;
  /** Times to the nanosecond and every extended attribute, for a copy on this machine. */
  readonly exact?: boolean | undefined;
}

const SELF = new URL(import.meta.url);

/**
 * Packs a tree as a tar in a worker thread: names sorted, times in whole seconds as Docker has them, hard links kept, sockets left out.
 * The stream fails with EngineError `notFound` when `path` does not exist.
 */
export function packTree(pool: WorkerPool, request: PackRequest, options: IoOptions = {}): ReadableStream<Uint8Array> {
  return pool.stream(SELF, request, options);
}

/** The worker's part of {@link packTree}. */
export const task: WorkerTask<PackRequest, void> = async (request, { signal, emit }) => {
  using root = new ConfinedRoot(request.root);
  const chunks = packEntries(request);
  for (let next = root.run(() => chunks.next()); next.done !== true; next = root.run(() => chunks.next())) {
    throwIfAborted(signal);
    await emit(next.value);
  }
};

const CHUNK = 512 * 1024;

/** The archive in chunks; each step of the generator must run inside the confined root. */
export function* packEntries(request: PackRequest): Generator<Uint8Array> {
  const packer = new Packer(request.overlay === true, request.exact === true);
  const top = `/${request.path ?? ""}`.replace(/\/+/g, "/");
  const stats = statOf(top);
  if (stats === undefined) throw new EngineError("notFound", `no such file or directory: ${top}`);
  if (request.name === undefined && !stats.isDirectory()) yield* packer.tree(top, basename(top), stats);
  else if (request.name === undefined) yield* packer.children(top, "");
  else yield* packer.tree(top, request.name, stats);
  yield* packer.end();
}

/** Collects output into large chunks. */
class Packer {
  readonly #overlay: boolean;
  readonly #exact: boolean;
  /** Names of files that have several, by device and inode. */
  readonly #linked = new Map<string, string>();
  #chunk = Buffer.allocUnsafeSlow(CHUNK);
  #used = 0;

  constructor(overlay: boolean, exact: boolean) {
    this.#overlay = overlay;
    this.#exact = exact;
  }

  *tree(path: string, name: string, stats: Stats): Generator<Uint8Array> {
    const type = fileType(stats);
    if (type === "socket") return;
    if (this.#overlay && isWhiteout(stats)) return yield* this.#whiteout(name, stats, WHITEOUT);
    const firstName = type === "directory" || stats.nlink < 2 ? undefined : this.#firstName(stats, name);
    if (firstName !== undefined) return yield* this.#put(encodeHeader(headerOf(name, "hardlink", stats, { linkname: firstName })));
    const linkname = type === "symlink" ? decodeName(readlinkSync(fsPath(path), { encoding: "buffer" })) : undefined;
    const marks = new Map<string, Uint8Array>();
    const header = headerOf(name, type, stats, { linkname, xattrs: xattrsOf(path, this.#exact, marks), mtimeNs: this.#exact ? exactTime(path) : undefined });
    if (type === "file") return yield* this.#file(path, header);
    yield* this.#put(encodeHeader(header));
    if (type !== "directory") return;
    if (this.#overlay && marks.size > 0) yield* this.#whiteout(`${name}/${OPAQUE}`, stats, "");
    yield* this.children(path, name);
  }

  *children(path: string, name: string): Generator<Uint8Array> {
    const names = readdirSync(fsPath(path), { encoding: "buffer" }).sort(Buffer.compare).map(decodeName);
    for (const base of names) {
      const child = path === "/" ? `/${base}` : `${path}/${base}`;
      const stats = statOf(child);
      if (stats !== undefined) yield* this.tree(child, name === "" ? base : `${name}/${base}`, stats);
    }
  }

  *end(): Generator<Uint8Array> {
    yield* this.#put(END_OF_ARCHIVE);
    if (this.#used > 0) yield this.#chunk.subarray(0, this.#used);
  }

  #firstName(stats: Stats, name: string): string | undefined {
    const inode = `${stats.dev}:${stats.ino}`;
    const first = this.#linked.get(inode);
    if (first === undefined) this.#linked.set(inode, name);
    return first;
  }

  *#whiteout(name: string, stats: Stats, prefix: string): Generator<Uint8Array> {
    const slash = name.lastIndexOf("/") + 1;
    const header = headerOf(`${name.slice(0, slash)}${prefix}${name.slice(slash)}`, "file", stats, {});
    yield* this.#put(encodeHeader({ ...header, size: 0, mode: 0 }));
  }

  /** Exactly as many bytes as the header promises, even when the file changes meanwhile. */
  *#file(path: string, header: TarHeader): Generator<Uint8Array> {
    const fd = openSync(fsPath(path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
    try {
      yield* this.#put(encodeHeader(header));
      let left = header.size;
      let position = 0;
      while (left > 0) {
        const room = Math.min(left, CHUNK - this.#used);
        let read = readSync(fd, this.#chunk, this.#used, room, position);
        if (read === 0) {
          this.#chunk.fill(0, this.#used, this.#used + room);
          read = room;
        }
        position += read;
        left -= read;
        yield* this.#advance(read);
      }
    } finally {
      closeSync(fd);
    }
    yield* this.#put(END_OF_ARCHIVE.subarray(0, paddingOf(header.size)));
  }

  *#put(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      const part = Math.min(bytes.length - at, CHUNK - this.#used);
      this.#chunk.set(bytes.subarray(at, at + part), this.#used);
      at += part;
      yield* this.#advance(part);
    }
  }

  *#advance(length: number): Generator<Uint8Array> {
    this.#used += length;
    if (this.#used < CHUNK) return;
    const full = this.#chunk;
    this.#chunk = Buffer.allocUnsafeSlow(CHUNK);
    this.#used = 0;
    yield full;
  }
}

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";

/** What is there now; undefined when it vanished. */
function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "ENOENT")) return undefined;
    throw error;
  }
}

function headerOf(name: string, type: EntryType, stats: Stats, more: { readonly linkname?: string | undefined; readonly xattrs?: TarHeader["xattrs"]; readonly mtimeNs?: bigint | undefined }): TarHeader {
  const { major, minor } = splitDevice(stats.rdev);
  return {
    name, type, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid,
    size: type === "file" ? stats.size : 0,
    devMajor: major, devMinor: minor, ...more,
    mtimeNs: more.mtimeNs ?? BigInt(Math.floor(stats.mtimeMs / 1000)) * 1_000_000_000n,
  };
}

function exactTime(path: string): bigint {
  return lstatSync(fsPath(path), { bigint: true }).mtimeNs;
}

/** The attributes that belong to a file itself, capabilities and the user's own, or `all`. Opaque marks of overlayfs go to `marks`. */
function xattrsOf(path: string, all: boolean, marks: Map<string, Uint8Array>): TarHeader["xattrs"] {
  let xattrs: Map<string, Uint8Array> | undefined;
  for (const name of listXattrs(fsPath(path))) {
    const overlay = /^(trusted|user)\.overlay\.(.*)$/.exec(name);
    if (overlay === null && !all && name !== "security.capability" && !name.startsWith("user.")) continue;
    const value = getXattr(fsPath(path), name);
    if (value === undefined) continue;
    if (overlay === null) (xattrs ??= new Map()).set(name, value);
    else if (overlay[2] === "opaque" && value[0] === 0x79) marks.set(name, value);
  }
  return xattrs;
}
