import type { Stats } from "node:fs";
import type { IoOptions } from "../base/abort.ts";
import { walkTree } from "../sys/walk.ts";
import { isWhiteout } from "../sys/nodes.ts";
import { childOf, isOpaque } from "./merged-view.ts";
import type { Change } from "./snapshots.ts";

/** What `upper` changes on the layers below it, top first, as docker diff shows it: directories above a change count as modified. */
export async function overlayChanges(upper: string, lower: readonly string[], options: IoOptions = {}): Promise<Change[]> {
  const changes = new Map<string, Change>();
  /** What the layers below show as one directory, by the name of the upper directory; the walk comes to parents first. */
  const directoriesBelow = new Map<string, readonly string[]>([["", lower]]);
  for await (const { name, stats } of walkTree(upper, options)) {
    const slash = name.lastIndexOf("/");
    const below = childOf(directoriesBelow.get(name.slice(0, Math.max(0, slash))) ?? [], name.slice(slash + 1));
    if (stats.isDirectory() && below !== undefined) directoriesBelow.set(name, below.directories);
    if (isWhiteout(stats)) {
      if (below === undefined) continue;
    } else if (below?.stats.isDirectory() === true && stats.isDirectory() && sameDirectory(stats, below.stats)) {
      if (!isOpaque(`${upper}/${name}`)) continue;
    }
    const kind = isWhiteout(stats) ? "deleted" : below === undefined ? "added" : "modified";
    changes.set(`/${name}`, { path: `/${name}`, kind, ...(stats.isFile() && { bytes: stats.size }) });
    for (let end = name.lastIndexOf("/"); end > 0; end = name.lastIndexOf("/", end - 1)) {
      const path = `/${name.slice(0, end)}`;
      if (changes.has(path)) break;
      changes.set(path, { path, kind: "modified" });
    }
  }
  return [...changes.values()].sort((a, b) => (a.path < b.path ? -1 : 1));
}

function sameDirectory(a: Stats, b: Stats): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid && a.mtimeMs === b.mtimeMs;
}
