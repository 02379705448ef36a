import { decodeName, encodeName } from "../../../sys/names.ts";
import type { DataRange, Entry, NodeType } from "./entry.ts";

/**
 * Entries as bytes: a few columns of numbers, the names, and a table of what few entries have. Ten thousand entries take a few milliseconds and cross
 * between threads for nothing, where as many objects would hold up the main thread.
 */
const TYPES: readonly NodeType[] = ["file", "directory", "symlink", "character", "block", "fifo"];
const HEADER = 16;
const DIGEST = 32;

/** What few entries have, by index. */
interface Rare {
  readonly targets: Record<string, string>;
  readonly links: Record<string, string>;
  readonly devices: Record<string, number>;
  readonly xattrs: Record<string, readonly (readonly [string, string])[]>;
  readonly ranges: Record<string, readonly DataRange[]>;
  readonly racy: Record<string, true>;
}

interface Columns {
  readonly mtimes: BigInt64Array;
  readonly ctimes: BigInt64Array;
  readonly inodes: BigUint64Array;
  readonly sizes: Float64Array;
  readonly offsets: Float64Array;
  readonly modes: Uint32Array;
  readonly uids: Uint32Array;
  readonly gids: Uint32Array;
  readonly digests: Buffer;
  /** Where the names begin. */
  readonly end: number;
}

function columnsOf(memory: ArrayBufferLike, count: number): Columns {
  let at = HEADER;
  const next = (width: number): number => (at += width * count) - width * count;
  return {
    mtimes: new BigInt64Array(memory, next(8), count), ctimes: new BigInt64Array(memory, next(8), count), inodes: new BigUint64Array(memory, next(8), count),
    sizes: new Float64Array(memory, next(8), count), offsets: new Float64Array(memory, next(8), count),
    modes: new Uint32Array(memory, next(4), count), uids: new Uint32Array(memory, next(4), count), gids: new Uint32Array(memory, next(4), count),
    digests: Buffer.from(memory, next(DIGEST), DIGEST * count), end: at,
  };
}

const ROW = 5 * 8 + 3 * 4 + DIGEST;

/** The entries in shared memory: handing them to a worker copies nothing. */
export function encodeEntries(entries: readonly Entry[]): Uint8Array {
  const rare: Rare = { targets: {}, links: {}, devices: {}, xattrs: {}, ranges: {}, racy: {} };
  const names = encodeName(entries.map(({ path }) => path).join("\0"));
  entries.forEach((entry, index) => noteRare(rare, index, entry));
  // Lone surrogates pass through JSON as escapes.
  const side = Buffer.from(JSON.stringify(rare));
  const memory = new SharedArrayBuffer(HEADER + entries.length * ROW + names.length + side.length);
  const bytes = new Uint8Array(memory);
  new Uint32Array(memory, 0, 3).set([entries.length, names.length, side.length]);
  const { mtimes, ctimes, inodes, sizes, offsets, modes, uids, gids, digests, end } = columnsOf(memory, entries.length);
  entries.forEach((entry, index) => {
    mtimes[index] = entry.mtimeNs;
    ctimes[index] = entry.ctimeNs;
    inodes[index] = entry.inode;
    sizes[index] = entry.size;
    offsets[index] = entry.offset;
    modes[index] = entry.mode | (TYPES.indexOf(entry.type) << 16);
    uids[index] = entry.uid;
    gids[index] = entry.gid;
    if (entry.digest !== "") digests.write(entry.digest, index * DIGEST, "hex");
  });
  bytes.set(names, end);
  bytes.set(side, end + names.length);
  return bytes;
}

function noteRare(rare: Rare, index: number, { target, links, device, xattrs, ranges, racy }: Entry): void {
  if (target !== "") rare.targets[index] = target;
  if (links !== "") rare.links[index] = links;
  if (device !== 0) rare.devices[index] = device;
  if (xattrs !== undefined) rare.xattrs[index] = [...xattrs].map(([name, value]) => [name, Buffer.from(value).toString("base64")]);
  if (ranges !== undefined) rare.ranges[index] = ranges;
  if (racy) rare.racy[index] = true;
}

/** The entries again, in their order. The bytes must be those of {@link encodeEntries}. */
export function decodeEntries(bytes: Uint8Array): Entry[] {
  const aligned = bytes.byteOffset % 8 === 0 ? bytes : new Uint8Array(bytes);
  const memory = aligned.buffer;
  const start = aligned.byteOffset;
  const [count, namesLength, sideLength] = new Uint32Array(memory, start, 3) as unknown as [number, number, number];
  if (count === 0) return [];
  const { mtimes, ctimes, inodes, sizes, offsets, modes, uids, gids, digests, end } = columnsOf(start === 0 ? memory : memory.slice(start), count);
  const paths = decodeName(copyOf(memory, start + end, namesLength)).split("\0");
  const rare = JSON.parse(copyOf(memory, start + end + namesLength, sideLength).toString("utf8")) as Rare;
  const hex = digests.toString("hex");
  const entries: Entry[] = [];
  for (let index = 0; index < count; index++) {
    const xattrs = rare.xattrs[index];
    const type = TYPES[modes[index]! >>> 16]!;
    entries.push({
      path: paths[index]!, type, mode: modes[index]! & 0o7777, uid: uids[index]!, gid: gids[index]!,
      size: sizes[index]!, mtimeNs: mtimes[index]!, digest: digestAt(hex, index),
      target: rare.targets[index] ?? "", device: rare.devices[index] ?? 0,
      xattrs: xattrs === undefined ? undefined : new Map(xattrs.map(([name, value]) => [name, new Uint8Array(Buffer.from(value, "base64"))])),
      links: rare.links[index] ?? "", inode: inodes[index]!, ctimeNs: ctimes[index]!, racy: rare.racy[index] === true, offset: offsets[index]!, ranges: rare.ranges[index],
    });
  }
  return entries;
}

/** Buffers in shared memory are not for every function of Node. */
function copyOf(memory: ArrayBufferLike, start: number, length: number): Buffer {
  return Buffer.from(new Uint8Array(memory, start, length));
}

const NONE = "0".repeat(2 * DIGEST);

function digestAt(hex: string, index: number): string {
  const digest = hex.slice(index * 2 * DIGEST, (index + 1) * 2 * DIGEST);
  return digest === NONE ? "" : digest;
}
