import { lstatSync, readdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { isSystemError } from "../base/errors.ts";
import { decodeName, fsPath } from "../archive/names.ts";
import { getXattr } from "../sys/xattrs.ts";
import type { Change } from "./snapshots.ts";

/** What a directory entry means in an overlay layer. */
export interface LayerEntry {
  /** Relative to the layer, without a leading slash. */
  readonly name: string;
  readonly stats: Stats;
}

const SLICE_MS = 4;

/** Everything in `directory`, parents first, names sorted; in slices, so that the event loop stays free. What vanishes meanwhile is left out. */
export async function* walkLayer(directory: string, options: IoOptions = {}): AsyncGenerator<LayerEntry> {
  let slice = performance.now();
  const stack = [""];
  for (let parent = stack.pop(); parent !== undefined; parent = stack.pop()) {
    const children: string[] = [];
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
      if (stats.isDirectory()) children.push(name);
    }
    stack.push(...children.reverse());
  }
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(fsPath(directory), { encoding: "buffer" }).map(decodeName).sort();
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}

function statOf(path: string): Stats | undefined {
  try {
    return lstatSync(fsPath(path), { throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "ELOOP")) return undefined;
    throw error;
  }
}

/** Whether this hides what lower layers have under the same name. */
export function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

/** Whether this directory hides the contents of the same one below. */
export function isOpaque(path: string): boolean {
  const bytes = fsPath(path);
  return [...OPAQUE_MARKS].some((name) => getXattr(bytes, name)?.[0] === YES);
}

const OPAQUE_MARKS: readonly string[] = ["trusted.overlay.opaque", "user.overlay.opaque"];
const YES = "y".charCodeAt(0);

/** What the layers, top first, show under `name`; undefined when they show nothing. */
function lookUp(layers: readonly string[], name: string): Stats | undefined {
  for (const layer of layers) {
    const stats = statOf(`${layer}/${name}`);
    if (stats !== undefined) return isWhiteout(stats) ? undefined : stats;
    for (let slash = name.lastIndexOf("/"); slash > 0; slash = name.lastIndexOf("/", slash - 1)) {
      const parent = `${layer}/${name.slice(0, slash)}`;
      const above = statOf(parent);
      if (above === undefined) continue;
      if (!above.isDirectory() || isOpaque(parent)) return undefined;
    }
  }
  return undefined;
}

/** What `upper` changes on the layers below it, as docker diff shows it: directories above a change count as modified. */
export async function overlayChanges(upper: string, lower: readonly string[], options: IoOptions = {}): Promise<Change[]> {
  const changes = new Map<string, Change>();
  for await (const { name, stats } of walkLayer(upper, options)) {
    const below = lookUp(lower, name);
    if (isWhiteout(stats)) {
      if (below === undefined) continue;
    } else if (below?.isDirectory() === true && stats.isDirectory() && sameDirectory(stats, below)) {
      if (!isOpaque(`${upper}/${name}`)) continue;
    }
    const kind = isWhiteout(stats) ? "deleted" : below === undefined ? "added" : "modified";
    changes.set(`/${name}`, { path: `/${name}`, kind });
    for (let slash = name.lastIndexOf("/"); slash > 0; slash = name.lastIndexOf("/", slash - 1)) {
      const path = `/${name.slice(0, slash)}`;
      if (changes.has(path)) break;
      changes.set(path, { path, kind: "modified" });
    }
  }
  return [...changes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function sameDirectory(a: Stats, b: Stats): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.mtimeMs === b.mtimeMs;
}

/** Apparent bytes and inodes of a layer; a file with several names counts once. */
export async function layerUsage(directory: string, options: IoOptions = {}): Promise<{ readonly bytes: number; readonly inodes: number }> {
  let bytes = 0;
  let inodes = 0;
  const linked = new Set<number>();
  for await (const { stats } of walkLayer(directory, options)) {
    if (stats.nlink > 1 && !stats.isDirectory()) {
      if (linked.has(stats.ino)) continue;
      linked.add(stats.ino);
    }
    inodes++;
    if (stats.isFile()) bytes += stats.size;
  }
  return { bytes, inodes };
}
