import { lstatSync, readdirSync } from "node:fs";
import type { Stats } from "node:fs";
import type { IoOptions } from "../base/abort.ts";
import { isSystemError } from "../base/errors.ts";
import { decodeName, fsPath } from "./names.ts";
import { Slices } from "./slices.ts";

/** The unit of `st_blocks`, whatever the file system's own. */
const BLOCK = 512;

export interface TreeEntry {
  /** Relative to the tree, without a leading slash. */
  readonly name: string;
  readonly stats: Stats;
}

export interface WalkOptions extends IoOptions {
  /** Whether an entry counts, and is walked into; all are unless given. */
  readonly takes?: ((entry: TreeEntry) => boolean) | undefined;
}

/** Everything in `directory`, parents first; in slices, so that the event loop stays free. What vanishes meanwhile is left out. */
export async function* walkTree(directory: string, options: WalkOptions = {}): AsyncGenerator<TreeEntry> {
  const slices = new Slices(options);
  const stack = [""];
  for (let parent = stack.pop(); parent !== undefined; parent = stack.pop()) {
    for (const base of namesIn(`${directory}/${parent}`)) {
      if (slices.due) await slices.rest();
      const name = parent === "" ? base : `${parent}/${base}`;
      const stats = statOf(`${directory}/${name}`);
      if (stats === undefined || options.takes?.({ name, stats }) === false) continue;
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

/**
 * Bytes that a file, or a directory with all below, takes on its disk: what `du -x` says. Directories count too; a file with several names counts once, and what
 * other file systems show there not at all.
 * @param options.without absolute paths that are left out with all below
 */
export async function occupiedBytes(path: string, options: IoOptions & { readonly without?: readonly string[] | undefined } = {}): Promise<number> {
  const top = statOf(path);
  const without = new Set(options.without);
  if (top === undefined || without.has(path)) return 0;
  let blocks = top.blocks;
  if (!top.isDirectory()) return blocks * BLOCK;
  const linked = new Set<number>();
  const takes = ({ name, stats }: TreeEntry): boolean => stats.dev === top.dev && !without.has(`${path}/${name}`);
  for await (const { stats } of walkTree(path, { signal: options.signal, takes })) {
    if (stats.nlink > 1 && !stats.isDirectory()) {
      if (linked.has(stats.ino)) continue;
      linked.add(stats.ino);
    }
    blocks += stats.blocks;
  }
  return blocks * BLOCK;
}
