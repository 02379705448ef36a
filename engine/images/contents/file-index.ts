import type { Stats } from "node:fs";
import { isWhiteout } from "../../sys/nodes.ts";
import type { FileCounts, FilePage, FileQuery, FileSummary, FileType, ImageFile } from "./contents.ts";
import type { LayerEntry } from "./walk.ts";

/** Files of an image in memory that threads share: lines of JSON, greatest file first. */
export interface FileIndex {
  readonly lines: Uint8Array<SharedArrayBuffer>;
  /** Where each line begins, and where the last one ends. */
  readonly offsets: Float64Array<SharedArrayBuffer>;
  readonly layers: Uint16Array<SharedArrayBuffer>;
  /** 1 for what a later layer hides. */
  readonly hidden: Uint8Array<SharedArrayBuffer>;
  /** 1 for a directory, 2 for a mark of deletion, 0 for anything else. */
  readonly kinds: Uint8Array<SharedArrayBuffer>;
  readonly sizes: Float64Array<SharedArrayBuffer>;
  readonly summary: FileSummary;
}

const [DIRECTORY, DELETION] = [1, 2];
const DEFAULT_LIMIT = 200;
const MAX_LIMIT = 1000;
type MutableFile = { -readonly [K in keyof ImageFile]: ImageFile[K] };
type MutableCounts = { -readonly [K in keyof FileCounts]: FileCounts[K] };

/** Gathers entries into an index. Of more than `maxFiles` the greatest are kept; the counts are of all. */
export class IndexBuilder {
  readonly #maxFiles: number;
  readonly #layers: MutableCounts[];
  #files: MutableFile[] = [];
  #isComplete = true;
  /** Files with several names, by layer and inode. Its bytes count once, for a name that is not hidden if there is one. */
  readonly #linked = new Map<string, MutableFile>();

  constructor(layerCount: number, maxFiles: number) {
    this.#maxFiles = maxFiles;
    this.#layers = Array.from({ length: layerCount }, () => ({ files: 0, bytes: 0, wastedBytes: 0, wastedFiles: 0 }));
  }

  omit(): void {
    this.#isComplete = false;
  }

  add({ path, layer, stats, hidden }: LayerEntry): void {
    const type = typeOf(stats);
    const file: MutableFile = {
      path, type, size: type === "file" ? stats.size : 0, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, modifiedAt: Math.round(stats.mtimeMs), layer,
      ...(hidden === null || type === "deletion" ? {} : { hiddenBy: hidden.layer, hiddenHow: hidden.how }),
    };
    this.#files.push(file);
    if (type === "file" && stats.nlink > 1) this.#link(file, stats);
    this.#count(file);
    if (this.#files.length >= 2 * this.#maxFiles) this.#trim();
  }

  #link(file: MutableFile, stats: Stats): void {
    const key = `${file.layer}:${stats.ino}`;
    const first = this.#linked.get(key);
    if (first === undefined) {
      this.#linked.set(key, file);
    } else if (first.hiddenBy !== undefined && file.hiddenBy === undefined) {
      const counts = this.#layers[file.layer]!;
      counts.bytes -= first.size;
      counts.wastedBytes -= first.size;
      first.size = 0;
      this.#linked.set(key, file);
    } else {
      file.size = 0;
    }
  }

  #count(file: ImageFile): void {
    const counts = this.#layers[file.layer];
    if (counts === undefined || file.type === "directory" || file.type === "deletion") return;
    counts.files++;
    counts.bytes += file.size;
    if (file.hiddenBy === undefined) return;
    counts.wastedFiles++;
    counts.wastedBytes += file.size;
  }

  #trim(): void {
    this.#files.sort(greatestFirst);
    this.#files = this.#files.slice(0, this.#maxFiles);
    this.#isComplete = false;
  }

  finish(): FileIndex {
    if (this.#files.length > this.#maxFiles) this.#trim();
    else this.#files.sort(greatestFirst);
    const encoded = this.#files.map((file) => Buffer.from(JSON.stringify(file)));
    const lines = new Uint8Array(new SharedArrayBuffer(encoded.reduce((sum, line) => sum + line.length, 0)));
    const offsets = sharedFloats(encoded.length + 1);
    let end = 0;
    encoded.forEach((line, at) => {
      lines.set(line, end);
      offsets[at] = end;
      end += line.length;
    });
    offsets[encoded.length] = end;
    const layers = new Uint16Array(new SharedArrayBuffer(2 * encoded.length));
    const hidden = new Uint8Array(new SharedArrayBuffer(encoded.length));
    const kinds = new Uint8Array(new SharedArrayBuffer(encoded.length));
    const sizes = sharedFloats(encoded.length);
    this.#files.forEach((file, at) => {
      layers[at] = file.layer;
      hidden[at] = file.hiddenBy === undefined ? 0 : 1;
      kinds[at] = file.type === "directory" ? DIRECTORY : file.type === "deletion" ? DELETION : 0;
      sizes[at] = file.size;
    });
    return { lines, offsets, layers, hidden, kinds, sizes, summary: { ...total(this.#layers), layers: this.#layers, isComplete: this.#isComplete } };
  }
}

/** What a query finds. */
export function queryIndex(index: FileIndex, query: FileQuery): FilePage {
  const { show = "all", layer, offset = 0 } = query;
  const limit = Math.min(query.limit ?? DEFAULT_LIMIT, MAX_LIMIT);
  const matches = query.search === undefined ? undefined : pathMatcher(index, query.search.toLowerCase());
  const files: ImageFile[] = [];
  let count = 0;
  let bytes = 0;
  for (let at = 0; at < index.layers.length; at++) {
    if (layer !== undefined && index.layers[at] !== layer) continue;
    if (show !== "all" && (index.hidden[at] === 1) !== (show === "wasted")) continue;
    if (show !== "all" && (index.kinds[at] === DELETION || (show === "wasted" && index.kinds[at] === DIRECTORY))) continue;
    if (matches?.(at) === false) continue;
    if (count >= offset && files.length < limit) files.push(fileAt(index, at));
    count++;
    bytes += index.sizes[at]!;
  }
  return { total: count, bytes, files, summary: index.summary };
}

/** Where the path ends in a line; quotes of the path itself are escaped. */
const PATH_START = '{"path":"'.length;
const PATH_END = '","type":"';

/** Whether a path contains `search`, which is in lower case. Plain ASCII is looked for in the lines as they are, without parsing each. */
function pathMatcher(index: FileIndex, search: string): (at: number) => boolean {
  if (!/^[ !#-[\]-~]*$/.test(search)) return (at) => fileAt(index, at).path.toLowerCase().includes(search);
  const lines = Buffer.from(index.lines.buffer);
  return (at) => {
    const line = lines.toString("latin1", index.offsets[at]! + PATH_START, index.offsets[at + 1]!);
    return line.slice(0, line.indexOf(PATH_END)).toLowerCase().includes(search);
  };
}

function fileAt({ lines, offsets }: FileIndex, at: number): ImageFile {
  return JSON.parse(Buffer.from(lines.buffer, offsets[at]!, offsets[at + 1]! - offsets[at]!).toString("utf8")) as ImageFile;
}

export function typeOf(stats: Stats): FileType {
  if (stats.isFile()) return "file";
  if (stats.isDirectory()) return "directory";
  if (stats.isSymbolicLink()) return "symlink";
  if (isWhiteout(stats)) return "deletion";
  if (stats.isFIFO()) return "fifo";
  return stats.isSocket() ? "socket" : "device";
}

function total(layers: readonly FileCounts[]): FileCounts {
  const sum = (of: (counts: FileCounts) => number): number => layers.reduce((all, counts) => all + of(counts), 0);
  return { files: sum(({ files }) => files), bytes: sum(({ bytes }) => bytes), wastedBytes: sum(({ wastedBytes }) => wastedBytes), wastedFiles: sum(({ wastedFiles }) => wastedFiles) };
}

function greatestFirst(a: ImageFile, b: ImageFile): number {
  return b.size - a.size || (a.path < b.path ? -1 : a.path > b.path ? 1 : a.layer - b.layer);
}

function sharedFloats(length: number): Float64Array<SharedArrayBuffer> {
  return new Float64Array(new SharedArrayBuffer(8 * length));
}
