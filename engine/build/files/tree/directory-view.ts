import { createHash, hash } from "node:crypto";
import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, readdirSync, readlinkSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { EngineError, isSystemError } from "../../../base/errors.ts";
import { decodeName, fsPath } from "../../../sys/names.ts";
import { fileType } from "../../../sys/nodes.ts";
import { getXattr, listXattrs } from "../../../sys/xattrs.ts";
import { isCopiedXattr } from "./entry.ts";
import type { Entry, NodeType, Xattrs } from "./entry.ts";
import type { TreeView } from "./view.ts";

/** Times of a file system advance in steps of up to 10 ms: a change this soon after another, in milliseconds, may not show. */
const RACY_MS = 20;
const BUFFER = 256 * 1024;
const REPLACEMENT = "\ufffd";

/** Digests of files that are known from before. */
export interface KnownDigests {
  /** A file that has the same inode, size and times, with its digest and attributes. */
  get(path: string, stats: BigIntStats): Entry | undefined;
  add(entry: Entry): void;
}

/** The directory that a ConfinedRoot shows as `/`: all calls must be made inside its `run`. */
export class DirectoryView implements TreeView {
  readonly #known: KnownDigests | undefined;
  readonly #keepOwners: boolean;
  #buffer: Buffer | undefined;

  /** @param options.keepOwners false makes everything root's */
  constructor(options: { readonly known: KnownDigests | undefined; readonly keepOwners: boolean }) {
    this.#known = options.known;
    this.#keepOwners = options.keepOwners;
  }

  entry(path: string): Entry | undefined {
    const stats = attempt(path, () => lstatSync(fsPath(`/${path}`), { bigint: true, throwIfNoEntry: false }));
    if (stats === undefined) return undefined;
    const known = stats.isFile() ? this.#known?.get(path, stats) : undefined;
    const type = fileType(stats);
    return type === "socket" ? undefined : this.#entryOf(path, type, stats, known);
  }

  #entryOf(path: string, type: NodeType, stats: BigIntStats, known: Entry | undefined): Entry {
    return {
      path, type, mode: Number(stats.mode) & 0o7777,
      uid: this.#keepOwners ? Number(stats.uid) : 0, gid: this.#keepOwners ? Number(stats.gid) : 0,
      size: type === "file" ? Number(stats.size) : 0,
      mtimeNs: stats.mtimeNs, digest: known?.digest ?? "",
      target: type === "symlink" ? (attempt(path, () => decodeName(readlinkSync(fsPath(`/${path}`), { encoding: "buffer" }))) ?? "") : "",
      device: type === "character" || type === "block" ? Number(stats.rdev) : 0,
      xattrs: known === undefined ? xattrsOf(path, type) : known.xattrs,
      links: type !== "directory" && stats.nlink > 1n ? `${stats.dev}:${stats.ino}` : "",
      inode: stats.ino, ctimeNs: stats.ctimeNs, racy: false, offset: 0, ranges: undefined,
    };
  }

  names(path: string): readonly string[] {
    const names = attempt(path, () => readdirSync(`/${path}`.isWellFormed() ? `/${path}` : fsPath(`/${path}`)));
    if (names === undefined) return [];
    if (!names.some((name) => name.includes(REPLACEMENT))) return names.sort();
    return (attempt(path, () => readdirSync(fsPath(`/${path}`), { encoding: "buffer" })) ?? []).map(decodeName).sort();
  }

  hashed(entry: Entry): Entry | undefined {
    if (entry.digest !== "") return entry;
    return attempt(entry.path, () => {
      const started = Date.now();
      const fd = openFile(entry.path);
      try {
        const hex = this.#hash(fd, entry.size);
        const stats = fstatSync(fd, { bigint: true });
        const { size, mtimeNs, ctimeNs, ino: inode } = stats;
        if (hex === undefined || !stats.isFile()) return undefined;
        const done: Entry = { ...entry, digest: hex, size: Number(size), mtimeNs, ctimeNs, inode, racy: isRacy(mtimeNs, ctimeNs, started) };
        if (!done.racy) this.#known?.add(done);
        return done;
      } finally {
        closeSync(fd);
      }
    });
  }

  /** Undefined for what is no file any more: a device may have no end. */
  #hash(fd: number, size: number): string | undefined {
    const buffer = (this.#buffer ??= Buffer.allocUnsafeSlow(BUFFER));
    const first = readSync(fd, buffer, 0, BUFFER, 0);
    // One byte of room says that this was all.
    if (first < BUFFER && first >= size) return hash("sha256", buffer.subarray(0, first), "hex");
    if (!fstatSync(fd).isFile()) return undefined;
    const digest = createHash("sha256").update(buffer.subarray(0, first));
    for (let position = first, read = first; read > 0; position += read) {
      read = readSync(fd, buffer, 0, BUFFER, position);
      digest.update(buffer.subarray(0, read));
    }
    return digest.digest("hex");
  }

  isHidden(): boolean {
    return false;
  }

  read(entry: Entry): Uint8Array | undefined {
    return attempt(entry.path, () => {
      const fd = openFile(entry.path);
      try {
        const bytes = Buffer.alloc(entry.size);
        let done = 0;
        for (let read = -1; read !== 0 && done < bytes.length; done += read) read = readSync(fd, bytes, done, bytes.length - done, done);
        return bytes.subarray(0, done);
      } finally {
        closeSync(fd);
      }
    });
  }
}

/** Whether a change after the hashing might have left the times as they are. Also true for times in the future. */
function isRacy(mtimeNs: bigint, ctimeNs: bigint, hashedAtMs: number): boolean {
  return hashedAtMs - Number((mtimeNs > ctimeNs ? mtimeNs : ctimeNs) / 1_000_000n) < RACY_MS;
}

function openFile(path: string): number {
  return openSync(fsPath(`/${path}`), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
}

/** Runs a system call; undefined when its file has gone or is another kind of thing by now. @throws EngineError `forbidden` */
function attempt<T>(path: string, work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP", "EINVAL", "ENXIO", "ESPIPE", "EISDIR", "EAGAIN")) return undefined;
    if (isSystemError(error, "EACCES", "EPERM")) {
      throw new EngineError("forbidden", `cannot read ${JSON.stringify(path)}: permission denied; make it readable, or exclude it by .dockerignore`, { cause: error });
    }
    throw error;
  }
}

function xattrsOf(path: string, type: NodeType): Xattrs | undefined {
  if (type !== "file" && type !== "directory") return undefined;
  const host = fsPath(`/${path}`);
  let found: Map<string, Uint8Array> | undefined;
  for (const name of attempt(path, () => listXattrs(host)) ?? []) {
    if (!isCopiedXattr(name)) continue;
    const value = attempt(path, () => getXattr(host, name));
    if (value !== undefined) (found ??= new Map()).set(name, value);
  }
  return found;
}

