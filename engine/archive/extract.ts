import { chmodSync, closeSync, constants, fchmodSync, fchownSync, ftruncateSync, lchownSync, linkSync, lstatSync, mkdirSync, openSync, rmSync, symlinkSync, unlinkSync, writeSync } from "node:fs";
import type { Stats } from "node:fs";
import { EngineError, isEngineError, isSystemError, messageOf, toEngineError } from "../base/errors.ts";
import { ConfinedRoot } from "../sys/root.ts";
import { S_IFBLK, S_IFCHR, S_IFIFO, isWhiteout, makeDevice, mknod, setTimes, setTimesOfFile } from "../sys/nodes.ts";
import { statOf } from "../sys/walk.ts";
import { setXattr } from "../sys/xattrs.ts";
import type { ExtractOptions, TarHeader } from "./archive.ts";
import { copyOpenFile, openLowerFile } from "./lower-links.ts";
import { fsPath } from "../sys/names.ts";
import { TarReader } from "./tar-reader.ts";
import type { TarSink } from "./tar-reader.ts";

const WHITEOUT = ".wh.";
const OPAQUE = ".wh..wh..opq";
/** AUFS' own files; they mean nothing on overlayfs. */
const AUFS_METADATA = ".wh..wh.";
const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Bytes of a path, PATH_MAX without its NUL. */
const MAX_NAME = 4095;
const YES = Buffer.from("y");

/** What was done, in bytes of file data and entries. */
export interface Extracted {
  readonly bytes: number;
  readonly entries: number;
}

/** More that {@link TarExtractor} needs; see {@link ExtractOptions}. */
export interface ExtractTarget extends ExtractOptions {
  /** The directory that confines everything. */
  readonly root: string;
  /** Where inside `root` the archive's top is, resolved as the root's own processes would; `/` unless given. Must exist. */
  readonly into?: string | undefined;
  /** Unpacked layers below this one, top first: where a hard link's target is looked for when this layer lacks it. */
  readonly lowerDirectories?: readonly string[] | undefined;
}

/**
 * Applies a tar to a directory, synchronously: for worker threads. Safety comes from the kernel, which confines every path to the root
 * ({@link ConfinedRoot}), plus: names may not climb with `..`, the last component of a name is never followed, and existing
 * things are replaced, not written through.
 */
export class TarExtractor implements TarSink {
  readonly #options: ExtractTarget;
  readonly #root: ConfinedRoot;
  readonly #reader: TarReader = new TarReader(this);
  readonly #prefix: string;
  /** Directories known to exist as such, by cleaned name: the base needs no check. */
  readonly #directories = new Set<string>([""]);
  readonly #directoryTimes = new Map<string, bigint>();
  readonly #opaque: string;
  /** Hard links whose target is not in this archive, at least not yet. */
  readonly #lowerLinks: { readonly name: string; readonly target: string }[] = [];
  #entries = 0;
  #bytes = 0;
  /** A directory passes its group or default ACL on: owners and modes are then always set. */
  #inherits: boolean;

  #fd = -1;
  #path: string | Buffer = "";
  #header: TarHeader | undefined;
  #offset = 0;
  #range = 0;

  /** @throws EngineError `notFound` when the root is missing */
  constructor(options: ExtractTarget) {
    this.#options = options;
    this.#prefix = `/${cleanName(options.into ?? "")}`.replace(/^\/$/, "");
    this.#opaque = options.userNamespace ? "user.overlay.opaque" : "trusted.overlay.opaque";
    this.#inherits = options.whiteouts !== "overlay";
    try {
      this.#root = new ConfinedRoot(options.root);
    } catch (error) {
      throw new EngineError("notFound", `cannot unpack into ${options.root}: ${messageOf(error)}`, { cause: error });
    }
  }

  /**
   * Takes the next bytes of the tar.
   * @throws EngineError `dataLoss` (damaged), `invalidArgument` (leaves the root, impossible entries), `resourceExhausted` (limits, disk)
   */
  push(chunk: Uint8Array): void {
    this.#run(() => this.#reader.push(chunk));
  }

  /** Ends the work: checks that the tar is whole and sets the directories' times. @throws as {@link push} */
  finish(): Extracted {
    this.#run(() => this.#reader.finish());
    for (const link of this.#lowerLinks) this.#linkLower(link.name, link.target);
    this.#run(() => {
      for (const [name, mtimeNs] of this.#directoryTimes) this.#setDirectoryTime(name, mtimeNs);
    });
    return { bytes: this.#bytes, entries: this.#entries };
  }

  [Symbol.dispose](): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
    this.#root[Symbol.dispose]();
  }

  #run<T>(work: () => T): T {
    try {
      return this.#root.run(work);
    } catch (error) {
      throw explain(error, this.#header?.name);
    }
  }

  /** Last of all, for every new name changes its directory's time. The archive may have taken the directory away since. */
  #setDirectoryTime(name: string, mtimeNs: bigint): void {
    try {
      setTimes(this.#at(name), mtimeNs, mtimeNs);
    } catch (error) {
      if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw error;
    }
  }

  #at(name: string): string | Buffer {
    return fsPath(`${this.#prefix}/${name}`);
  }

  #count(): void {
    if (++this.#entries > this.#options.maxEntries) throw new EngineError("resourceExhausted", `the archive has more than ${this.#options.maxEntries} entries`);
  }

  #addBytes(count: number): void {
    this.#bytes += count;
    if (this.#bytes > this.#options.maxBytes) throw new EngineError("resourceExhausted", `the archive unpacks to more than ${this.#options.maxBytes} bytes`);
  }

  entry(header: TarHeader): void {
    this.#header = header;
    this.#count();
    const name = cleanName(header.name);
    if (name === "") {
      if (header.type === "directory") this.#finishNode(header, "");
      return;
    }
    const slash = name.lastIndexOf("/");
    const parent = slash < 0 ? "" : name.slice(0, slash);
    const base = name.slice(slash + 1);
    if (this.#options.whiteouts !== "plain" && base.startsWith(WHITEOUT)) return this.#whiteout(parent, base);
    this.#makeDirectories(parent);
    this.#path = this.#at(name);
    if (header.type === "file") this.#openFile(header, name);
    else this.#makeNode(header, name);
  }

  data(piece: Buffer): void {
    if (this.#fd < 0) return;
    this.#addBytes(piece.length);
    const map = this.#header!.sparse?.map;
    if (map === undefined) {
      for (let done = 0; done < piece.length; ) done += writeSync(this.#fd, piece, done);
      return;
    }
    for (let done = 0; done < piece.length; ) {
      const { offset, length } = map[this.#range]!;
      const part = Math.min(length - this.#offset, piece.length - done);
      const written = part === 0 ? 0 : writeSync(this.#fd, piece, done, part, offset + this.#offset);
      done += written;
      this.#offset += written;
      if (this.#offset === length) {
        this.#range++;
        this.#offset = 0;
      }
    }
  }

  end(): void {
    if (this.#fd < 0) return;
    const header = this.#header!;
    const fd = this.#fd;
    if (header.sparse !== undefined) ftruncateSync(fd, header.sparse.realSize);
    const { uid, gid } = this.#options.owner ?? header;
    if (this.#inherits || uid !== 0 || gid !== 0) fchownSync(fd, uid, gid);
    // chown(2) takes setuid and setgid away; a default ACL or a foreign owner changes the mode too.
    if (this.#inherits || (header.mode & 0o6000) !== 0) fchmodSync(fd, header.mode);
    if (header.xattrs !== undefined) this.#setXattrs(this.#path, header.xattrs);
    setTimesOfFile(fd, header.mtimeNs, header.mtimeNs);
    this.#fd = -1;
    closeSync(fd);
  }

  #openFile(header: TarHeader, name: string): void {
    const open = (): number => openSync(this.#path, NEW_FILE, header.mode);
    this.#offset = this.#range = 0;
    try {
      this.#fd = open();
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
      this.#clear(name, "file");
      this.#fd = open();
    }
  }

  #makeNode(header: TarHeader, name: string): void {
    const device = header.type === "character" || header.type === "block";
    if (device && this.#options.userNamespace && !(header.type === "character" && header.devMajor === 0 && header.devMinor === 0)) return;
    if (header.type === "hardlink") return this.#link(header, name);
    let existed = false;
    try {
      this.#createNode(header);
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
      existed = this.#clear(name, header.type);
      if (!existed) this.#createNode(header);
    }
    if (existed) chmodSync(this.#path, header.mode);
    this.#finishNode(header, name);
  }

  #createNode(header: TarHeader): void {
    switch (header.type) {
      case "directory":
        return void mkdirSync(this.#path, header.mode);
      case "symlink":
        return symlinkSync(fsPath(header.linkname!), this.#path);
      case "fifo":
        return mknod(this.#path, S_IFIFO | header.mode);
      default:
        return mknod(this.#path, (header.type === "block" ? S_IFBLK : S_IFCHR) | header.mode, makeDevice(header.devMajor!, header.devMinor!));
    }
  }

  /** Owner, mode, attributes and times of everything but files and hard links. */
  #finishNode(header: TarHeader, name: string): void {
    const path = this.#at(name);
    const directory = header.type === "directory";
    const { uid, gid } = this.#options.owner ?? header;
    const base = name === "";
    if (base && this.#options.whiteouts === "plain") return;
    if (this.#inherits || base || uid !== 0 || gid !== 0) lchownSync(path, uid, gid);
    if (header.type !== "symlink" && (this.#inherits || base || (header.mode & 0o6000) !== 0)) chmodSync(path, header.mode);
    if (header.xattrs !== undefined) this.#setXattrs(path, header.xattrs);
    if (!directory) return setTimes(path, header.mtimeNs, header.mtimeNs);
    if ((header.mode & 0o2000) !== 0) this.#inherits = true;
    this.#directories.add(name);
    this.#directoryTimes.set(name, header.mtimeNs);
  }

  /** Hard links go to files of the same archive; `link` itself follows no final symlink. */
  #link(header: TarHeader, name: string): void {
    const target = cleanName(header.linkname!);
    if (target === name) return;
    const from = this.#at(target);
    const link = (): void => linkSync(from, this.#path);
    try {
      link();
    } catch (error) {
      if (isSystemError(error, "EEXIST")) {
        this.#clear(name, "hardlink");
        link();
      } else if (isSystemError(error, "ENOENT")) {
        if (this.#options.lowerDirectories === undefined) throw missingTarget(name, target);
        this.#lowerLinks.push({ name, target });
      } else {
        throw error;
      }
    }
  }

  /** A hard link into a lower layer: that file is copied up, as writing to it would. */
  #linkLower(name: string, target: string): void {
    const linked = this.#run(() => {
      try {
        linkSync(this.#at(target), this.#at(name));
        return true;
      } catch (error) {
        // Replaced by a later entry, or truly not here.
        if (isSystemError(error, "EEXIST")) return true;
        if (isSystemError(error, "ENOENT", "ENOTDIR")) return false;
        throw error;
      }
    });
    if (linked) return;
    using source = openLowerFile(this.#options.lowerDirectories!, target);
    if (source === undefined) throw missingTarget(name, target);
    this.#addBytes(this.#run(() => copyOpenFile(source, this.#at(name))));
  }

  /**
   * Makes way for a new entry. An existing directory stays for a directory (true); everything else is removed.
   * @throws EngineError `conflict` when `keepDirectories` forbids it
   */
  #clear(name: string, type: TarHeader["type"]): boolean {
    const path = this.#at(name);
    const existing = lstatSync(path);
    if (existing.isDirectory() && type === "directory") return true;
    if (this.#options.keepDirectories === true && existing.isDirectory() !== (type === "directory")) {
      throw new EngineError("conflict", existing.isDirectory() ? `cannot replace the directory ${quoted(name)} with a file` : `cannot replace the file ${quoted(name)} with a directory`);
    }
    this.#remove(name, existing);
    // A directory that takes a whiteout's place hides what the layers below have there.
    if (type === "directory" && this.#options.whiteouts === "overlay" && isWhiteout(existing)) {
      this.#createNode(this.#header!);
      setXattr(path, this.#opaque, YES);
      return true;
    }
    return false;
  }

  #remove(name: string, existing: Stats): void {
    const path = this.#at(name);
    this.#directoryTimes.delete(name);
    if (!existing.isDirectory()) return unlinkSync(path);
    rmSync(path, { recursive: true, force: true });
    this.#directories.clear();
    this.#directories.add("");
  }

  #whiteout(parent: string, base: string): void {
    if (base === OPAQUE) {
      this.#makeDirectories(parent);
      if (this.#options.whiteouts === "overlay") setXattr(this.#at(parent), this.#opaque, YES);
      return;
    }
    if (base.startsWith(AUFS_METADATA)) return;
    const victim = base.slice(WHITEOUT.length);
    if (victim === "" || victim === "." || victim === "..") throw new EngineError("invalidArgument", `the archive has a whiteout without a name: ${quoted(base)}`);
    const name = parent === "" ? victim : `${parent}/${victim}`;
    const path = this.#at(name);
    if (this.#options.whiteouts === "apply") {
      const existing = statOf(`${this.#prefix}/${name}`);
      if (existing !== undefined) this.#remove(name, existing);
      return;
    }
    this.#makeDirectories(parent);
    try {
      mknod(path, S_IFCHR, 0);
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
      // It hides what is below this layer, not what the layer itself brings.
      if (lstatSync(path).isDirectory()) setXattr(path, this.#opaque, YES);
    }
  }

  /** Makes the directories that the archive implies, as Docker does: 0755, owned by root. */
  #makeDirectories(name: string): void {
    if (this.#directories.has(name)) return;
    const slash = name.lastIndexOf("/");
    this.#makeDirectories(slash < 0 ? "" : name.slice(0, slash));
    try {
      mkdirSync(this.#at(name), 0o755);
      this.#count();
      if (this.#options.owner !== undefined) lchownSync(this.#at(name), this.#options.owner.uid, this.#options.owner.gid);
    } catch (error) {
      if (!isSystemError(error, "EEXIST")) throw error;
      if (isWhiteout(lstatSync(this.#at(name)))) this.#replaceWhiteout(name);
    }
    this.#directories.add(name);
  }

  #replaceWhiteout(name: string): void {
    if (this.#options.whiteouts !== "overlay") return;
    unlinkSync(this.#at(name));
    mkdirSync(this.#at(name), 0o755);
    setXattr(this.#at(name), this.#opaque, YES);
  }

  /** Overlayfs' own attributes would let a layer redirect into others; foreign ones the kernel may refuse are left out, as Docker does. */
  #setXattrs(path: string | Buffer, xattrs: ReadonlyMap<string, Uint8Array>): void {
    for (const [name, value] of xattrs) {
      if (/^(trusted|user)\.overlay\./.test(name)) continue;
      if (name === "system.posix_acl_default") this.#inherits = true;
      try {
        setXattr(path, name, value);
      } catch (error) {
        if (!isSystemError(error, "EPERM", "EOPNOTSUPP", "ENOTSUP", "EINVAL")) throw error;
      }
    }
  }
}

function missingTarget(name: string, target: string): EngineError {
  return new EngineError("dataLoss", `the hard link ${quoted(name)} goes to ${quoted(target)}, which is not in the same archive`, { details: { missingLinkTarget: target } });
}

/**
 * A relative name without empty, `.` and `..` parts; an absolute one becomes relative.
 * @throws EngineError `invalidArgument` when it climbs out
 */
export function cleanName(name: string): string {
  if (name.length > MAX_NAME) throw new EngineError("invalidArgument", `the archive has a name of ${name.length} characters: Linux allows ${MAX_NAME} bytes`);
  if (!/(^|\/)(\.{0,2})(\/|$)/.test(name)) return name;
  const parts: string[] = [];
  for (const part of name.split("/")) {
    if (part === "" || part === ".") continue;
    if (part !== "..") parts.push(part);
    else if (parts.pop() === undefined) throw new EngineError("invalidArgument", `the archive names a path outside its root: ${quoted(name)}`);
  }
  return parts.join("/");
}

function quoted(name: string): string {
  return JSON.stringify(name.length > 200 ? `${name.slice(0, 200)}...` : name);
}

/** Says in the archive's words what a system call said in its own. */
function explain(error: unknown, name: string | undefined): EngineError {
  if (isEngineError(error)) return error;
  const entry = name === undefined ? "" : ` at ${quoted(name)}`;
  if (isSystemError(error, "ENOTDIR", "ENOENT", "ELOOP", "ENAMETOOLONG", "EISDIR", "EEXIST", "EPERM", "EFBIG")) {
    return new EngineError("invalidArgument", `the archive cannot be unpacked${entry}: ${error.message}`, { cause: error });
  }
  if (isSystemError(error, "EINVAL") && error.syscall?.includes("chown") === true) {
    return new EngineError("invalidArgument", `the archive has a file${entry} whose owner is outside the user ids of this engine: give the user more subordinate ids in /etc/subuid and /etc/subgid`, { cause: error });
  }
  return toEngineError(error);
}
