import type { EntryType, TarHeader } from "./archive.ts";
import { SparseMapReader, checkRanges, paxRanges, readOldGnuRanges } from "./sparse.ts";
import type { SparseRange } from "./sparse.ts";
import { BLOCK, checksumMatches, damaged, numberField, parsePaxRecords, paxInteger, paxTime, textField } from "./tar-fields.ts";
import type { PaxRecord } from "./tar-fields.ts";
import { decodeName } from "../sys/names.ts";

/** Receives what a {@link TarReader} finds: for each entry `entry`, its `data` in pieces, `end`. All synchronous. */
export interface TarSink {
  entry(header: TarHeader): void;
  /** A piece that is only valid during the call. */
  data(piece: Buffer): void;
  end(): void;
}

/** Bytes of one pax header or long name; what Go's archive/tar allows. */
const MAX_META = 1 << 20;

const TYPES: Readonly<Record<string, EntryType>> = {
  "\0": "file", "0": "file", "7": "file", S: "file", "1": "hardlink", "2": "symlink", "3": "character", "4": "block", "5": "directory", "6": "fifo",
};
/** Types whose payload belongs to the next entry, is for all, or is nothing a file system needs (volume label, directory dump). */
const META = new Set(["L", "K", "x", "X", "g"]);
const SKIPPED = new Set(["V", "M", "N", "D"]);

type State = "header" | "extension" | "map" | "meta" | "file" | "skipped" | "end";

/** What is known of an entry before its sparse map is complete. */
interface Pending {
  readonly header: TarHeader;
  readonly ranges: SparseRange[];
  readonly realSize: number;
}

/**
 * Parses ustar, GNU, star and pax archives from chunks of any size, synchronously and without copying file data.
 * Reads what GNU tar, bsdtar, Go and Python write; unknown pax keywords are ignored. The input is not trusted.
 */
export class TarReader {
  readonly #sink: TarSink;
  #state: State = "header";
  /** Payload bytes still to come, and the padding after them. */
  #remaining = 0;
  #padding = 0;
  /** A block that straddles chunks. */
  readonly #block = Buffer.alloc(BLOCK);
  #blockLength = 0;
  #zeroBlocks = 0;
  #position = 0;
  #metaType = "";
  #meta: Buffer[] = [];
  #longName: string | undefined;
  #longLink: string | undefined;
  #local: readonly PaxRecord[] = [];
  #global: readonly PaxRecord[] = [];
  #pending: Pending | undefined;
  #map: SparseMapReader | undefined;

  constructor(sink: TarSink) {
    this.#sink = sink;
  }

  /** Takes the next bytes. @throws EngineError `dataLoss`, and whatever the sink throws */
  push(bytes: Uint8Array): void {
    const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    let at = 0;
    while (at < chunk.length && this.#state !== "end") {
      const wanted = this.#inBlocks() ? 0 : this.#remaining + this.#padding;
      if (wanted > 0) {
        const data = Math.min(this.#remaining, chunk.length - at);
        if (data > 0) this.#payload(chunk.subarray(at, at + data));
        this.#remaining -= data;
        const padding = Math.min(this.#padding, chunk.length - at - data);
        if (this.#remaining === 0) this.#padding -= padding;
        at += data + (this.#remaining === 0 ? padding : 0);
        if (this.#remaining === 0 && this.#padding === 0) this.#finishPayload();
        continue;
      }
      if (this.#blockLength === 0 && chunk.length - at >= BLOCK) {
        this.#takeBlock(chunk.subarray(at, at + BLOCK));
        at += BLOCK;
      } else {
        const part = Math.min(BLOCK - this.#blockLength, chunk.length - at);
        chunk.copy(this.#block, this.#blockLength, at, at + part);
        this.#blockLength += part;
        at += part;
        if (this.#blockLength < BLOCK) break;
        this.#blockLength = 0;
        this.#takeBlock(this.#block);
      }
    }
    this.#position += chunk.length;
  }

  /**
   * Says that the input ended. Padding of the last file and the end blocks may be missing, as in archives that the docker CLI rewrites; data may not.
   * @throws EngineError `dataLoss` when it ended too soon
   */
  finish(): void {
    if (!this.#inBlocks() && this.#state !== "end" && this.#remaining === 0) this.#finishPayload();
    if (this.#state === "end" || (this.#state === "header" && this.#blockLength === 0)) return;
    throw damaged(`it ends in the middle, after ${this.#position} bytes`);
  }

  #inBlocks(): boolean {
    return this.#state === "header" || this.#state === "extension" || this.#state === "map";
  }

  #takeBlock(block: Buffer): void {
    if (this.#state === "header") this.#header(block);
    else if (this.#state === "extension") {
      if (!readOldGnuRanges(block, this.#pending!.ranges, true)) this.#start();
    } else {
      this.#remaining -= BLOCK;
      if (this.#remaining < 0) throw damaged("a sparse map is longer than its file");
      const ranges = this.#map!.push(block);
      if (ranges === undefined) return;
      // Copied one by one: a spread of a million arguments overflows the stack.
      for (const range of ranges) this.#pending!.ranges.push(range);
      this.#start();
    }
  }

  #header(block: Buffer): void {
    if (isZero(block)) {
      if (++this.#zeroBlocks === 2) this.#state = "end";
      return;
    }
    if (this.#zeroBlocks > 0) throw damaged("data follows its end mark");
    if (!checksumMatches(block)) throw damaged(this.#position === 0 ? "it does not begin with a tar header" : "a header's checksum is wrong");
    const typeflag = String.fromCharCode(block[156]!);
    const size = numberField(block, 124, 12, "a size");
    if (size < 0) throw damaged("a size is negative");
    if (META.has(typeflag)) {
      if (size > MAX_META) throw damaged(`an extended header of ${size} bytes is too large`);
      this.#metaType = typeflag;
      this.#payloadFollows("meta", size);
    } else if (SKIPPED.has(typeflag)) {
      this.#forget();
      this.#payloadFollows("skipped", size);
    } else {
      this.#begin(block, typeflag, size);
    }
  }

  #payloadFollows(state: State, size: number): void {
    this.#state = state;
    this.#remaining = size;
    this.#padding = (BLOCK - (size % BLOCK)) % BLOCK;
    if (size === 0) this.#finishPayload();
  }

  /** Puts a file's header together from its block and what preceded it. */
  #begin(block: Buffer, typeflag: string, blockSize: number): void {
    const records = this.#global.length === 0 ? this.#local : [...this.#global, ...this.#local];
    const pax = new Map<string, Buffer>();
    let xattrs: Map<string, Uint8Array> | undefined;
    for (const { key, value } of records) {
      if (key.startsWith(XATTR)) (xattrs ??= new Map()).set(key.slice(XATTR.length), Uint8Array.from(value));
      else pax.set(key, value);
    }
    const text = (key: string): string | undefined => {
      const value = pax.get(key);
      return value === undefined || value.length === 0 ? undefined : decodeName(value);
    };
    const integer = (key: string, start: number, length: number): number => {
      const value = text(key);
      const number = value === undefined ? numberField(block, start, length, `a ${key}`) : paxInteger(value, `a ${key}`);
      if (number < 0 || number > MAX_ID) throw damaged(`a ${key} is out of range`);
      return number;
    };
    const rawName = text("GNU.sparse.name") ?? text("path") ?? this.#longName ?? blockName(block);
    let type = TYPES[typeflag];
    if (type === undefined) throw damaged(`an entry has the unknown type ${JSON.stringify(typeflag)}`);
    if (type === "file" && typeflag !== "S" && rawName.endsWith("/")) type = "directory";
    if (rawName.includes("\0")) throw damaged("a name has a NUL byte");
    const linkname = text("linkpath") ?? this.#longLink ?? textField(block, 157, 100);
    if (linkname.includes("\0")) throw damaged("a link target has a NUL byte");

    const dataSize = type === "file" ? (text("size") === undefined ? blockSize : paxInteger(text("size")!, "a size")) : 0;
    const mtime = text("mtime");
    const device = type === "character" || type === "block";
    const header: TarHeader = {
      name: trimName(rawName),
      type,
      mode: numberField(block, 100, 8, "a mode") & 0o7777,
      uid: integer("uid", 108, 8),
      gid: integer("gid", 116, 8),
      uname: text("uname") ?? textField(block, 265, 32),
      gname: text("gname") ?? textField(block, 297, 32),
      size: dataSize,
      mtimeNs: mtime === undefined ? BigInt(numberField(block, 136, 12, "a time")) * 1_000_000_000n : paxTime(mtime),
      linkname: type === "symlink" || type === "hardlink" ? linkname : undefined,
      devMajor: device ? numberField(block, 329, 8, "a device number") : undefined,
      devMinor: device ? numberField(block, 337, 8, "a device number") : undefined,
      xattrs,
    };
    this.#forget();
    this.#remaining = dataSize;
    this.#padding = (BLOCK - (dataSize % BLOCK)) % BLOCK;
    if (type !== "file") return this.#emit(header);

    if (typeflag === "S") {
      this.#pending = { header, ranges: [], realSize: numberField(block, 483, 12, "a sparse size") };
      if (readOldGnuRanges(block, this.#pending.ranges, false)) this.#state = "extension";
      else this.#start();
    } else if (text("GNU.sparse.major") === "1") {
      this.#pending = { header, ranges: [], realSize: paxInteger(text("GNU.sparse.realsize") ?? "", "a sparse size") };
      this.#map = new SparseMapReader();
      this.#state = "map";
    } else {
      const ranges = paxRanges(records);
      const realSize = text("GNU.sparse.size") ?? text("GNU.sparse.realsize");
      if (ranges === undefined || realSize === undefined) return this.#emit(header);
      this.#pending = { header, ranges, realSize: paxInteger(realSize, "a sparse size") };
      this.#start();
    }
  }

  /** Begins a sparse file whose map is complete. */
  #start(): void {
    const { header, ranges, realSize } = this.#pending!;
    this.#pending = undefined;
    checkRanges(ranges, realSize, this.#remaining);
    this.#emit({ ...header, size: this.#remaining, sparse: { realSize, map: ranges } });
  }

  #emit(header: TarHeader): void {
    this.#sink.entry(header);
    this.#state = "file";
    if (this.#remaining === 0) this.#finishPayload();
  }

  #payload(piece: Buffer): void {
    if (this.#state === "file") this.#sink.data(piece);
    else if (this.#state === "meta") this.#meta.push(Buffer.from(piece));
  }

  #finishPayload(): void {
    if (this.#state === "file") this.#sink.end();
    else if (this.#state === "meta") this.#finishMeta(this.#meta.length === 1 ? this.#meta[0]! : Buffer.concat(this.#meta));
    this.#meta = [];
    this.#state = "header";
  }

  #finishMeta(bytes: Buffer): void {
    if (this.#metaType === "L") this.#longName = textField(bytes, 0, bytes.length);
    else if (this.#metaType === "K") this.#longLink = textField(bytes, 0, bytes.length);
    else if (this.#metaType === "g") this.#mergeGlobal(parsePaxRecords(bytes));
    else this.#local = parsePaxRecords(bytes);
  }

  /** Later global records replace earlier ones of the same keyword. */
  #mergeGlobal(records: readonly PaxRecord[]): void {
    const merged = new Map([...this.#global, ...records].map((record) => [record.key, record]));
    if (merged.size > 1000) throw damaged("it has too many global records");
    this.#global = [...merged.values()];
  }

  #forget(): void {
    this.#longName = this.#longLink = undefined;
    this.#local = [];
  }
}

const XATTR = "SCHILY.xattr.";
/** The largest user and group id; the one above means "none". */
const MAX_ID = 0xffff_fffe;

/** Without leading `./` and trailing slashes; the archive's top is empty. By hand: names are hostile, and long enough for a slow pattern. */
function trimName(name: string): string {
  let start = 0;
  while (name.startsWith("./", start)) {
    start += 2;
    while (name[start] === "/") start++;
  }
  let end = name.length;
  while (end > start + 1 && name[end - 1] === "/") end--;
  const trimmed = name.slice(start, end);
  return trimmed === "." ? "" : trimmed;
}

function isZero(block: Buffer): boolean {
  if (block[0] !== 0 || block[156] !== 0) return false;
  for (let at = 0; at < BLOCK; at++) if (block[at] !== 0) return false;
  return true;
}

/** The name of the block alone: POSIX archives continue it to the left in `prefix`, GNU ones keep times there. */
function blockName(block: Buffer): string {
  const name = textField(block, 0, 100);
  if (block.toString("latin1", 257, 263) !== "ustar\0") return name;
  const star = block.toString("latin1", 508, 512) === "tar\0";
  const prefix = textField(block, 345, star ? 131 : 155);
  return prefix === "" ? name : `${prefix}/${name}`;
}
