import type { Stats } from "node:fs";
import type { IoOptions } from "../base/abort.ts";
import { fsPath } from "../sys/names.ts";
import { statOf, walkTree } from "../sys/walk.ts";
import { getXattr } from "../sys/xattrs.ts";
import type { Change } from "./snapshots.ts";

/** Whether this hides what lower layers have under the same name. */
export function isWhiteout(stats: Stats): boolean {
  return stats.isCharacterDevice() && stats.rdev === 0;
}

/** Whether this directory hides the contents of the same one below. */
export function isOpaque(path: string): boolean {
  const bytes = fsPath(path);
  return OPAQUE_MARKS.some((name) => getXattr(bytes, name)?.[0] === YES);
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
  for await (const { name, stats } of walkTree(upper, options)) {
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
