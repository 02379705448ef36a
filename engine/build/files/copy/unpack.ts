import { closeSync, fstatSync, ftruncateSync, readSync, writeSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { constants, gunzipSync } from "node:zlib";
import type { TarHeader } from "../../../archive/archive.ts";
import { decompress, detectCompression } from "../../../archive/compression.ts";
import { cleanName } from "../../../archive/extract.ts";
import { BLOCK, checksumMatches } from "../../../archive/tar-fields.ts";
import { TarReader } from "../../../archive/tar-reader.ts";
import type { TarSink } from "../../../archive/tar-reader.ts";
import { throwIfAborted } from "../../../base/abort.ts";
import { EngineError, isEngineError, isSystemError } from "../../../base/errors.ts";
import { makeDevice } from "../../../sys/nodes.ts";
import { isCopiedXattr, joinPath, parentOf, baseOf } from "../tree/entry.ts";
import type { Entry } from "../tree/entry.ts";
import type { Content, ContentSource } from "./content.ts";
import { assertUnchanged } from "./content.ts";
import type { LayerWriter, Metadata } from "./layer-writer.ts";

export interface UnpackRequest {
  readonly source: ContentSource;
  readonly archive: Entry;
  readonly layer: LayerWriter;
  /** Canonical name of the directory to unpack into; it exists. */
  readonly destination: string;
  /** Instead of the archive's owners. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
}

/** What one archive may unpack to. */
const MAX_BYTES = 64 * 2 ** 30;
const MAX_ENTRIES = 2_000_000;
const CHUNK = 512 * 1024;
/** Compressed bytes that give more than one block of a tar. */
const GZIP_HEAD = 16 * 1024;

/**
 * Whether a file is an archive that ADD unpacks: its bytes, once decompressed, begin with a tar header. The name does not count.
 * @throws EngineError `notImplemented` for xz or bzip2 when the program is missing
 */
export async function isTar(source: ContentSource, file: Entry, signal: AbortSignal): Promise<boolean> {
  if (file.type !== "file" || file.size === 0) return false;
  const [content] = source.load([file]);
  try {
    const head = await decompressedHead(content!, file.size, signal);
    return head.length >= BLOCK && head[0] !== 0 && checksumMatches(head.subarray(0, BLOCK));
  } catch (error) {
    if (isEngineError(error, "dataLoss")) return false;
    throw error;
  } finally {
    if (content?.type === "open") content.close();
  }
}

/** At least one block of the decompressed bytes, where there is one. */
async function decompressedHead(content: Content, size: number, signal: AbortSignal): Promise<Buffer> {
  const { value: first } = await chunksOf(content, size).next();
  if (first !== undefined && detectCompression(first) === "gzip") return headOfGzip(first);
  let head = Buffer.alloc(0);
  for await (const chunk of decompress(chunksOf(content, size), { signal })) {
    head = Buffer.concat([head, chunk.subarray(0, BLOCK)]);
    if (head.length >= BLOCK) break;
  }
  return head;
}

/** What the first bytes give: that the rest is damaged shows, as an error, when it is unpacked. */
function headOfGzip(bytes: Uint8Array): Buffer {
  try {
    return gunzipSync(bytes.subarray(0, GZIP_HEAD), { finishFlush: constants.Z_SYNC_FLUSH });
  } catch {
    return Buffer.alloc(0);
  }
}

/**
 * Unpacks an archive as root of the image would: parents that are symlinks are followed inside the image, things that exist are replaced, directories
 * are merged. `.wh.` names are nothing special.
 * @throws EngineError `dataLoss` (damaged), `invalidArgument` (leaves the destination, impossible entries), `resourceExhausted`
 */
export async function unpackTar(request: UnpackRequest, signal: AbortSignal): Promise<{ readonly bytes: number; readonly files: number }> {
  const { source, archive } = request;
  const [content] = source.load([archive]);
  const sink = new Unpacker(request);
  const reader = new TarReader(sink);
  try {
    for await (const chunk of decompress(chunksOf(content!, archive.size), { signal })) {
      reader.push(chunk);
      await nextTurn();
      throwIfAborted(signal);
    }
    reader.finish();
    if (content?.type === "open" && content.start === 0) assertUnchanged(archive, fstatSync(content.fd, { bigint: true }));
    return { bytes: sink.bytes, files: sink.files };
  } finally {
    sink.close();
    if (content?.type === "open") content.close();
  }
}

async function* chunksOf(content: Content, size: number): AsyncGenerator<Uint8Array, undefined> {
  if (content.type === "bytes") {
    // The memory is read again by the next load.
    yield new Uint8Array(content.bytes);
    return undefined;
  }
  for (let done = 0; done < size; ) {
    const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, size - done));
    const read = readSync(content.fd, buffer, 0, buffer.length, content.start + done);
    if (read === 0) return undefined;
    done += read;
    yield buffer.subarray(0, read);
  }
  return undefined;
}

class Unpacker implements TarSink {
  bytes = 0;
  files = 0;
  readonly #request: UnpackRequest;
  /** Where the archive's directories really are: symlinks followed. */
  readonly #places = new Map<string, string>();
  #entries = 0;
  #header: TarHeader | undefined;
  #name = "";
  #fd = -1;
  #range = 0;
  #offset = 0;

  constructor(request: UnpackRequest) {
    this.#request = request;
  }

  entry(header: TarHeader): void {
    if (++this.#entries > MAX_ENTRIES) throw new EngineError("resourceExhausted", `the archive ${this.#archive} has more than ${MAX_ENTRIES} entries`);
    if (header.name.includes("\0") || header.linkname?.includes("\0") === true) throw new EngineError("invalidArgument", `the archive ${this.#archive} has a name that no file can have`);
    const clean = cleanName(header.name);
    // The archive's top is the destination, which stays as it is.
    if (clean === "") return;
    const { layer } = this.#request;
    const name = joinPath(this.#placeOf(parentOf(clean)), baseOf(clean));
    this.#header = header;
    this.#name = name;
    switch (header.type) {
      case "file":
        this.#range = this.#offset = 0;
        this.#fd = layer.openFile(name, header.mode);
        return;
      case "directory": {
        const { name: real, entry } = layer.resolve(name);
        // As tar(1) with --keep-directory-symlink: a link to a directory stays, and leads there.
        layer.directory(entry?.stats.isDirectory() === true ? real : name, metadataOf(header, this.#request.owner));
        this.#places.clear();
        return;
      }
      case "symlink":
        this.#places.clear();
        return layer.symlink(name, header.linkname!, metadataOf(header, this.#request.owner));
      case "hardlink":
        return this.#link(name, header);
      default:
        return layer.node(name, header.type, makeDevice(header.devMajor ?? 0, header.devMinor ?? 0), metadataOf(header, this.#request.owner));
    }
  }

  #placeOf(directory: string): string {
    let place = this.#places.get(directory);
    if (place === undefined) {
      place = this.#request.layer.resolve(joinPath(this.#request.destination, directory)).name;
      this.#places.set(directory, place);
    }
    return place;
  }

  #link(name: string, header: TarHeader): void {
    const target = cleanName(header.linkname!);
    const place = joinPath(this.#placeOf(parentOf(target)), baseOf(target));
    if (place === name) return;
    try {
      this.#request.layer.hardLink(name, place);
      this.files++;
    } catch (error) {
      if (!isSystemError(error, "ENOENT", "EPERM")) throw error;
      throw new EngineError("dataLoss", `the hard link ${JSON.stringify(header.name)} in ${this.#archive} goes to ${JSON.stringify(target)}, which is not in the same archive`, { cause: error });
    }
  }

  data(piece: Buffer): void {
    if (this.#fd < 0) return;
    this.bytes += piece.length;
    if (this.bytes > MAX_BYTES) throw new EngineError("resourceExhausted", `the archive ${this.#archive} unpacks to more than ${MAX_BYTES} bytes`);
    const map = this.#header!.sparse?.map;
    for (let done = 0; done < piece.length; ) {
      if (map === undefined) {
        done += writeSync(this.#fd, piece, done);
        continue;
      }
      const { offset, length } = map[this.#range]!;
      const written = writeSync(this.#fd, piece, done, Math.min(length - this.#offset, piece.length - done), offset + this.#offset);
      done += written;
      this.#offset += written;
      if (this.#offset === length) [this.#range, this.#offset] = [this.#range + 1, 0];
    }
  }

  end(): void {
    if (this.#fd < 0) return;
    const { sparse } = this.#header!;
    if (sparse !== undefined) ftruncateSync(this.#fd, sparse.realSize);
    const fd = this.#fd;
    this.#fd = -1;
    this.files++;
    this.#request.layer.closeFile(this.#name, fd, metadataOf(this.#header!, this.#request.owner));
  }

  /** After a failure. */
  close(): void {
    if (this.#fd >= 0) closeSync(this.#fd);
    this.#fd = -1;
  }

  get #archive(): string {
    return JSON.stringify(this.#request.archive.path);
  }
}

function metadataOf(header: TarHeader, owner: UnpackRequest["owner"]): Metadata {
  const { mode, uid, gid, mtimeNs } = header;
  const xattrs = [...(header.xattrs ?? [])].filter(([name]) => isCopiedXattr(name));
  return { mode, ...(owner ?? { uid, gid }), mtimeNs, xattrs: xattrs.length === 0 ? undefined : new Map(xattrs) };
}
