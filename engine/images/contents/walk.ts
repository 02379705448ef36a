import { readdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { isSystemError } from "../../base/errors.ts";
import { isOpaque } from "../../snapshots/merged-view.ts";
import { decodeName, fsPath } from "../../sys/names.ts";
import { isWhiteout } from "../../sys/nodes.ts";
import { statOf } from "../../sys/walk.ts";

/** How something in a lower layer is hidden. */
export interface Hiding {
  readonly layer: number;
  readonly how: "replaced" | "deleted";
}

export interface LayerEntry {
  /** Absolute inside the image. */
  readonly path: string;
  readonly layer: number;
  /** Where it lies on this machine. */
  readonly hostPath: string;
  readonly stats: Stats;
  /** It hides what lower layers have under its name, and shows nothing. */
  readonly isDeletion: boolean;
  readonly hidden: Hiding | null;
}

/** A directory of one layer, among those that are shown as one. */
interface Source {
  readonly layer: number;
  readonly hostPath: string;
  readonly hidden: Hiding | null;
}

/** What one layer has under one name. */
interface Item extends Source {
  readonly stats: Stats;
}

/**
 * Everything in all layers, parents first, each with what hides it: a walk through all of them at once, so that only one directory's names are in memory. No path
 * leads through a symlink. For layers that nobody changes meanwhile.
 *
 * @param directories of the layers, bottom first
 * @param onOmitted a path is longer than the kernel takes
 */
export function* walkLayers(directories: readonly string[], onOmitted: () => void): Generator<LayerEntry> {
  const pending: { readonly path: string; readonly sources: readonly Source[] }[] = [{ path: "", sources: directories.map((hostPath, layer) => ({ layer, hostPath, hidden: null })) }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    for (const [name, items] of namesIn(next.sources, onOmitted)) {
      const path = `${next.path}/${name}`;
      const seen = items.map((item, at) => ({ ...item, hidden: hidingOf(item, items.slice(at + 1)) }));
      for (const { layer, hostPath, stats, hidden } of seen) yield { path, layer, hostPath, stats, isDeletion: isWhiteout(stats), hidden };
      const inside = seen.filter(({ stats }) => stats.isDirectory());
      if (inside.length > 0) pending.push({ path, sources: inside });
    }
  }
}

function namesIn(sources: readonly Source[], onOmitted: () => void): ReadonlyMap<string, readonly Item[]> {
  const found = new Map<string, Item[]>();
  for (const source of sources) {
    for (const name of attempt(() => readdirSync(fsPath(source.hostPath), { encoding: "buffer" }), onOmitted) ?? []) {
      const base = decodeName(name);
      const hostPath = `${source.hostPath}/${base}`;
      const stats = attempt(() => statOf(hostPath), onOmitted);
      if (stats === undefined) continue;
      const item = { ...source, hostPath, stats };
      const items = found.get(base);
      if (items === undefined) found.set(base, [item]);
      else items.push(item);
    }
  }
  return found;
}

function attempt<T>(work: () => T, onOmitted: () => void): T | undefined {
  try {
    return work();
  } catch (error) {
    if (!isSystemError(error, "ENAMETOOLONG")) throw error;
    onOmitted();
    return undefined;
  }
}

/** The first thing above `item` that hides it: a layer's own, or what hides the directory it is in. */
function hidingOf(item: Item, above: readonly Item[]): Hiding | null {
  const inherited = item.hidden;
  for (const upper of above) {
    if (inherited !== null && inherited.layer <= upper.layer) return inherited;
    if (isWhiteout(upper.stats)) return { layer: upper.layer, how: "deleted" };
    if (!upper.stats.isDirectory() || !item.stats.isDirectory()) return { layer: upper.layer, how: "replaced" };
    if (isOpaque(upper.hostPath)) return { layer: upper.layer, how: "deleted" };
  }
  return inherited;
}
