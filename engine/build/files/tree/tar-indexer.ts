import { createHash, hash } from "node:crypto";
import type { Hash } from "node:crypto";
import type { TarHeader } from "../../../archive/archive.ts";
import { TarReader } from "../../../archive/tar-reader.ts";
import type { TarSink } from "../../../archive/tar-reader.ts";
import { EngineError } from "../../../base/errors.ts";
import { cleanPath } from "../../../dockerfile/patterns/path.ts";
import { makeDevice } from "../../../sys/nodes.ts";
import { PLAIN, isCopiedXattr, joinPath } from "./entry.ts";
import type { Entry, Xattrs } from "./entry.ts";

export interface TarLimits {
  /** Of all files, holes included. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** An entry without its place; names of the same file share it. */
type Content = { -readonly [Key in keyof Omit<Entry, "path">]: Entry[Key] };

interface Node {
  content: Content;
  /** Of a directory, by name. */
  readonly children: Map<string, Node> | undefined;
}

const MAX_LINKS = 255;
const ZEROS = Buffer.alloc(64 * 1024);

/**
 * Reads a tar as it passes by and notes what unpacking it would make, with where in it the content of each file lies and the content's digest. Names
 * are as seen from the root (`../x` is `x`), the last of equal names counts, symlinks in front of a name are followed inside the tree.
 */
export class TarIndexer implements TarSink {
  readonly #limits: TarLimits;
  readonly #reader = new TarReader(this);
  readonly #root: Node = directory(0o755, 0n);
  #position = 0;
  #chunkStart = 0;
  #entries = 0;
  #bytes = 0;
  #links = 0;

  /** The file whose data comes. */
  #file: Content | undefined;
  #hash: Hash | undefined;
  /** Bytes hashed of it, holes included, and the part of a sparse file that comes. */
  #hashed = 0;
  #range = 0;

  constructor(limits: TarLimits) {
    this.#limits = limits;
  }

  /** Takes the next bytes. @throws EngineError `dataLoss`, `invalidArgument`, `resourceExhausted` */
  push(chunk: Buffer): void {
    this.#chunkStart = this.#position - chunk.byteOffset;
    this.#reader.push(chunk);
    this.#position += chunk.length;
  }

  /** What the tar holds, in the order of a walk. @throws EngineError `dataLoss` when it ends too soon */
  finish(): Entry[] {
    this.#reader.finish();
    const entries: Entry[] = [];
    const pending: { readonly path: string; readonly node: Node }[] = [{ path: "", node: this.#root }];
    for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
      const { path, node } = next;
      entries.push({ ...node.content, path });
      if (node.children === undefined) continue;
      const names = [...node.children.keys()].sort();
      for (const name of names.reverse()) pending.push({ path: joinPath(path, name), node: node.children.get(name)! });
    }
    return entries;
  }

  entry(header: TarHeader): void {
    if (++this.#entries > this.#limits.maxEntries) throw new EngineError("resourceExhausted", `the archive has more than ${this.#limits.maxEntries} entries`);
    if (header.name.includes("\0") || header.linkname?.includes("\0") === true) throw new EngineError("invalidArgument", `the archive has a name that no file can have: ${JSON.stringify(header.name.slice(0, 200))}`);
    const path = cleanPath(`/${header.name}`).slice(1);
    if (path === "") {
      if (header.type === "directory") this.#root.content = contentOf(header);
      return;
    }
    const slash = path.lastIndexOf("/");
    const parent = this.#directory(path.slice(0, Math.max(0, slash)), header.mtimeNs);
    const name = path.slice(slash + 1);
    if (header.type === "hardlink") return this.#link(parent, name, path, header.linkname!);
    const content = contentOf(header);
    const existing = parent.get(name);
    if (existing?.children !== undefined && content.type === "directory") existing.content = content;
    else parent.set(name, { content, children: content.type === "directory" ? new Map<string, Node>() : undefined });
    if (content.type === "file") this.#begin(content);
  }

  #link(parent: Map<string, Node>, name: string, path: string, linkname: string): void {
    const target = this.#find(cleanPath(`/${linkname}`).slice(1));
    if (target === undefined) throw new EngineError("dataLoss", `the hard link ${JSON.stringify(path)} goes to ${JSON.stringify(linkname)}, which is not in the same archive`);
    if (target.children !== undefined) throw new EngineError("invalidArgument", `the hard link ${JSON.stringify(path)} goes to ${JSON.stringify(linkname)}, which is a directory`);
    if (target.content.links === "") target.content.links = `tar:${++this.#links}`;
    parent.set(name, target);
  }

  #find(path: string): Node | undefined {
    const slash = path.lastIndexOf("/");
    if (path === "") return this.#root;
    return this.#directory(path.slice(0, Math.max(0, slash)), undefined).get(path.slice(slash + 1));
  }

  /**
   * What is in a directory. Symlinks on the way are followed.
   * @param mtimeNs makes what is missing, with this time
   */
  #directory(path: string, mtimeNs: bigint | undefined): Map<string, Node> {
    let trail: Map<string, Node>[] = [this.#root.children!];
    const pending = path.split("/").reverse();
    for (let links = 0, part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === "" || part === ".") continue;
      if (part === "..") {
        if (trail.length > 1) trail.pop();
        continue;
      }
      let node = trail.at(-1)!.get(part);
      if (node === undefined) {
        if (mtimeNs === undefined) return new Map();
        node = directory(0o755, mtimeNs);
        trail.at(-1)!.set(part, node);
      }
      if (node.content.type === "symlink") {
        if (++links > MAX_LINKS) throw new EngineError("invalidArgument", `too many levels of symbolic links in ${JSON.stringify(path)}`);
        if (node.content.target.startsWith("/")) trail = [this.#root.children!];
        pending.push(...node.content.target.split("/").reverse());
      } else if (node.children === undefined) {
        throw new EngineError("invalidArgument", `the archive has something in ${JSON.stringify(path)}, where ${JSON.stringify(part)} is no directory`);
      } else {
        trail.push(node.children);
      }
    }
    return trail.at(-1)!;
  }

  #begin(file: Content): void {
    this.#bytes += file.size;
    if (this.#bytes > this.#limits.maxBytes) throw new EngineError("resourceExhausted", `the files of the archive have more than ${this.#limits.maxBytes} bytes`);
    this.#file = file;
    this.#hash = undefined;
    this.#hashed = this.#range = 0;
  }

  data(piece: Buffer): void {
    const file = this.#file;
    if (file === undefined) return;
    if (file.offset === 0) file.offset = this.#chunkStart + piece.byteOffset;
    if (file.ranges === undefined && piece.length === file.size) {
      file.digest = hash("sha256", piece, "hex");
      return;
    }
    this.#hash ??= createHash("sha256");
    if (file.ranges === undefined) return void this.#hash.update(piece);
    for (let done = 0; done < piece.length; ) {
      const { offset, length } = file.ranges[this.#range]!;
      if (this.#hashed < offset) this.#hashZeros(offset);
      const part = Math.min(offset + length - this.#hashed, piece.length - done);
      this.#hash.update(piece.subarray(done, done + part));
      done += part;
      this.#hashed += part;
      if (this.#hashed === offset + length) this.#range++;
    }
  }

  end(): void {
    const file = this.#file;
    this.#file = undefined;
    if (file === undefined || file.digest !== "") return;
    this.#hash ??= createHash("sha256");
    if (file.ranges !== undefined) this.#hashZeros(file.size);
    file.digest = this.#hash.digest("hex");
  }

  #hashZeros(until: number): void {
    for (; this.#hashed < until; this.#hashed += Math.min(ZEROS.length, until - this.#hashed)) this.#hash!.update(ZEROS.subarray(0, until - this.#hashed));
  }
}

function directory(mode: number, mtimeNs: bigint): Node {
  return { content: { ...PLAIN, type: "directory", mode, mtimeNs }, children: new Map() };
}

function contentOf(header: TarHeader): Content {
  const { type, mode, uid, gid, mtimeNs, sparse } = header;
  if (type === "hardlink") throw new EngineError("internal", "a hard link has no content of its own");
  const isDevice = type === "character" || type === "block";
  return {
    ...PLAIN, type, mode, uid, gid, mtimeNs,
    size: type === "file" ? (sparse?.realSize ?? header.size) : 0,
    target: type === "symlink" ? (header.linkname ?? "") : "",
    device: isDevice ? makeDevice(header.devMajor ?? 0, header.devMinor ?? 0) : 0,
    xattrs: copiedXattrs(header.xattrs),
    ranges: sparse?.map,
  };
}

function copiedXattrs(xattrs: Xattrs | undefined): Xattrs | undefined {
  const kept = [...(xattrs ?? [])].filter(([name]) => isCopiedXattr(name)).map(([name, value]) => [name, new Uint8Array(value)] as const);
  return kept.length === 0 ? undefined : new Map(kept);
}
