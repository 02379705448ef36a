import { closeSync, constants, openSync, readSync, readlinkSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../../base/abort.ts";
import { fsPath } from "../../sys/names.ts";
import type { WorkerTask } from "../../sys/worker-protocol.ts";
import type { FileDifference, ImageComparison } from "./contents.ts";
import { typeOf } from "./file-index.ts";
import { walkLayers } from "./walk.ts";
import type { LayerEntry } from "./walk.ts";

export interface CompareTaskData {
  /** The layers' directories, bottom first. */
  readonly before: readonly string[];
  readonly after: readonly string[];
  readonly maxEntries: number;
  readonly maxDifferences: number;
  /** Bytes that are read to compare contents; beyond them times decide. */
  readonly maxBytes: number;
}

const ENTRIES_A_TURN = 500;
const CHUNK = 256 * 1024;

/** Compares what two images show. */
export const task: WorkerTask<CompareTaskData, ImageComparison> = async (data, { signal }) => {
  let isComplete = true;
  const omit = (): void => void (isComplete = false);
  const shown = async function* (directories: readonly string[]): AsyncGenerator<LayerEntry> {
    let entries = 0;
    for (const entry of walkLayers(directories, omit)) {
      if (++entries > data.maxEntries) return omit();
      if (!entry.isDeletion && entry.hidden === null) yield entry;
      if (entries % ENTRIES_A_TURN !== 0) continue;
      await nextTurn();
      throwIfAborted(signal);
    }
  };
  const left = new Map<string, LayerEntry>();
  // Of a directory that several layers have, the topmost counts.
  for await (const entry of shown(data.before)) left.set(entry.path, entry);
  const right = new Map<string, LayerEntry>();
  for await (const entry of shown(data.after)) right.set(entry.path, entry);
  const contents = new Contents(data.maxBytes);
  const differences: FileDifference[] = [];
  const note = (change: FileDifference["change"], before: LayerEntry | undefined, after: LayerEntry | undefined, what: FileDifference["what"] = []): void => {
    const { path, stats } = (after ?? before)!;
    differences.push({ path, change, type: typeOf(stats), sizeBefore: sizeOf(before), sizeAfter: sizeOf(after), what });
  };
  let entries = 0;
  for (const [path, after] of right) {
    const before = left.get(path);
    left.delete(path);
    if (before === undefined) note("added", undefined, after);
    else if (before.hostPath !== after.hostPath) {
      const what = differenceOf(before, after, contents);
      if (what.length > 0) note("modified", before, after, what);
    }
    if (++entries % ENTRIES_A_TURN !== 0) continue;
    await nextTurn();
    throwIfAborted(signal);
  }
  for (const before of left.values()) note("removed", before, undefined);
  const count = (change: FileDifference["change"]): number => differences.reduce((sum, difference) => sum + (difference.change === change ? 1 : 0), 0);
  differences.sort((a, b) => Math.abs(b.sizeAfter - b.sizeBefore) - Math.abs(a.sizeAfter - a.sizeBefore) || Math.max(b.sizeAfter, b.sizeBefore) - Math.max(a.sizeAfter, a.sizeBefore) || (a.path < b.path ? -1 : 1));
  return { added: count("added"), removed: count("removed"), modified: count("modified"), differences: differences.slice(0, data.maxDifferences), isComplete };
};

function sizeOf(entry: LayerEntry | undefined): number {
  return entry?.stats.isFile() === true ? entry.stats.size : 0;
}

function differenceOf(before: LayerEntry, after: LayerEntry, contents: Contents): FileDifference["what"] {
  const type = typeOf(after.stats);
  if (typeOf(before.stats) !== type) return ["type"];
  const what: FileDifference["what"][number][] = [];
  if (type === "file" && !contents.same(before, after)) what.push("content");
  if (type === "symlink" && !target(before).equals(target(after))) what.push("target");
  if (type === "device" && before.stats.rdev !== after.stats.rdev) what.push("content");
  if ((before.stats.mode & 0o7777) !== (after.stats.mode & 0o7777)) what.push("mode");
  if (before.stats.uid !== after.stats.uid || before.stats.gid !== after.stats.gid) what.push("owner");
  return what;
}

function target(entry: LayerEntry): Buffer {
  return readlinkSync(fsPath(entry.hostPath), { encoding: "buffer" });
}

/** Compares files byte by byte, within a budget. */
class Contents {
  #left: number;
  readonly #a = Buffer.allocUnsafeSlow(CHUNK);
  readonly #b = Buffer.allocUnsafeSlow(CHUNK);

  constructor(budget: number) {
    this.#left = budget;
  }

  same(before: LayerEntry, after: LayerEntry): boolean {
    if (before.stats.size !== after.stats.size) return false;
    if (before.stats.size === 0) return true;
    if (before.stats.size > this.#left) return before.stats.mtimeMs === after.stats.mtimeMs;
    this.#left -= before.stats.size;
    const flags = constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK;
    const first = openSync(fsPath(before.hostPath), flags);
    try {
      const second = openSync(fsPath(after.hostPath), flags);
      try {
        return this.#sameBytes(first, second);
      } finally {
        closeSync(second);
      }
    } finally {
      closeSync(first);
    }
  }

  #sameBytes(first: number, second: number): boolean {
    for (let at = 0; ; ) {
      const a = readSync(first, this.#a, 0, CHUNK, at);
      const b = readSync(second, this.#b, 0, CHUNK, at);
      if (a !== b || this.#a.compare(this.#b, 0, b, 0, a) !== 0) return false;
      if (a === 0) return true;
      at += a;
    }
  }
}
