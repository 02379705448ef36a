import { lstatSync, readdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { isSystemError } from "../base/errors.ts";
import { decodeName, fsPath } from "./names.ts";

export interface TreeEntry {
  /** Relative to the tree, without a leading slash. */
  readonly name: string;
  readonly stats: Stats;
}

/** Milliseconds of work on the event loop between two breaks. */
const SLICE_MS = 4;

/** Everything in `directory`, parents first; in slices, so that the event loop stays free. What vanishes meanwhile is left out. */
export async function* walkTree(directory: string, options: IoOptions = {}): AsyncGenerator<TreeEntry> {
  let slice = performance.now();
  const stack = [""];
  for (let parent = stack.pop(); parent !== undefined; parent = stack.pop()) {
    for (const base of namesIn(`${directory}/${parent}`)) {
      if (performance.now() - slice > SLICE_MS) {
        await nextTurn();
        throwIfAborted(options.signal);
        slice = performance.now();
      }
      const name = parent === "" ? base : `${parent}/${base}`;
      const stats = statOf(`${directory}/${name}`);
      if (stats === undefined) continue;
      yield { name, stats };
      if (stats.isDirectory()) stack.push(name);
    }
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(fsPath(directory), { encoding: "buffer" }).map(decodeName);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

/** What lies at `path` itself, a symlink not followed; undefined when there is nothing. */
export function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

/** Apparent bytes and inodes of a tree without its top; a file with several names counts once. */
export async function treeUsage(directory: string, options: IoOptions = {}): Promise<{ readonly bytes: number; readonly inodes: number }> {
  let bytes = 0;
  let inodes = 0;
  const linked = new Set<number>();
  for await (const { stats } of walkTree(directory, options)) {
    if (stats.nlink > 1 && !stats.isDirectory()) {
      if (linked.has(stats.ino)) continue;
      linked.add(stats.ino);
    }
    inodes++;
    if (stats.isFile()) bytes += stats.size;
  }
  return { bytes, inodes };
}
