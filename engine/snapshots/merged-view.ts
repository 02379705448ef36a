import { closeSync, constants, fstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import type { Stats } from "node:fs";
import { EngineError, isSystemError } from "../base/errors.ts";
import { decodeName, fsPath } from "../sys/names.ts";
import { isWhiteout } from "../sys/nodes.ts";
import { statOf } from "../sys/walk.ts";
import { getXattr } from "../sys/xattrs.ts";

/**
 * What overlayfs would show of stacked layers, read from their directories without a mount. No path here leads through a symlink: each component is
 * looked at by itself, so a layer's links never reach the host. For layers that nobody changes meanwhile.
 */
export interface MergedEntry {
  readonly stats: Stats;
  /** Host path of what is shown; of the topmost directory for directories. */
  readonly path: string;
  /** Host paths of the directories that are shown as one, top first; empty for anything else. */
  readonly directories: readonly string[];
}

const MAX_LINKS = 255;
const OPAQUE_MARKS: readonly string[] = ["trusted.overlay.opaque", "user.overlay.opaque"];
const YES = "y".charCodeAt(0);

/** Whether this directory hides the contents of the same one below. */
export function isOpaque(path: string): boolean {
  const bytes = fsPath(path);
  return OPAQUE_MARKS.some((name) => getXattr(bytes, name)?.[0] === YES);
}

/** What is shown as `name` in directories that are shown as one, top first. `name` is one component. */
export function childOf(directories: readonly string[], name: string): MergedEntry | undefined {
  let stats: Stats | undefined;
  const found: string[] = [];
  for (const directory of directories) {
    const path = `${directory}/${name}`;
    const here = statOf(path);
    if (here === undefined) continue;
    if (!here.isDirectory()) {
      if (stats === undefined && !isWhiteout(here)) return { stats: here, path, directories: [] };
      break;
    }
    stats ??= here;
    found.push(path);
    if (isOpaque(path)) break;
  }
  return stats === undefined ? undefined : { stats, path: found[0]!, directories: found };
}

/** A path without symlinks and `..`, without a leading slash, and what is there; undefined when nothing is. */
export interface ResolvedPath {
  readonly name: string;
  readonly entry: MergedEntry | undefined;
}

/**
 * Follows the symlinks of `path`, the last component's too, as a process in the root file system of these layers (top first) would. Parts that do not
 * exist are kept as they are.
 * @throws EngineError `invalidArgument` for a loop of links
 */
export function resolveInLayers(layers: readonly string[], path: string): ResolvedPath {
  const pending = partsOf(path);
  const trail: { readonly part: string; readonly entry: MergedEntry | undefined }[] = [];
  for (let links = 0, part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === "..") {
      trail.pop();
      continue;
    }
    const parents = trail.length === 0 ? layers : (trail.at(-1)!.entry?.directories ?? []);
    const entry = childOf(parents, part);
    if (entry?.stats.isSymbolicLink() !== true) {
      trail.push({ part, entry });
      continue;
    }
    if (++links > MAX_LINKS) throw new EngineError("invalidArgument", `too many levels of symbolic links in ${JSON.stringify(path)}`);
    const target = decodeName(readlinkSync(fsPath(entry.path), { encoding: "buffer" }));
    if (target.startsWith("/")) trail.length = 0;
    pending.push(...partsOf(target));
  }
  const entry = trail.length === 0 ? rootOf(layers) : trail.at(-1)!.entry;
  return { name: trail.map(({ part }) => part).join("/"), entry };
}

function rootOf(layers: readonly string[]): MergedEntry | undefined {
  const stats = layers[0] === undefined ? undefined : statOf(layers[0]);
  return stats === undefined ? undefined : { stats, path: layers[0]!, directories: layers };
}

/** The components of a path, last first. */
function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".").reverse();
}

/** A small regular file as the layers (top first) show it, as text; empty when there is none or it is larger than `maxBytes`. */
export function readTextInLayers(layers: readonly string[], path: string, maxBytes: number): string {
  const { entry } = resolveInLayers(layers, path);
  if (entry?.stats.isFile() !== true) return "";
  try {
    const fd = openSync(fsPath(entry.path), constants.O_RDONLY | constants.O_NOFOLLOW);
    try {
      return fstatSync(fd).size <= maxBytes ? readFileSync(fd, "utf8") : "";
    } finally {
      closeSync(fd);
    }
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return "";
    throw error;
  }
}
