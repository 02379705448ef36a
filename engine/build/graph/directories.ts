import { chmodSync, chownSync, mkdirSync, utimesSync } from "node:fs";
import { EngineError } from "../../base/errors.ts";
import { resolveInLayers } from "../../snapshots/merged-view.ts";

/** Whether a directory is there, symlinks followed as the root file system's own processes would. */
export function isDirectoryInLayers(lower: readonly string[], path: string): boolean {
  return resolveInLayers(lower, path).entry?.stats.isDirectory() === true;
}

export interface NewDirectories {
  readonly owner: { readonly uid: number; readonly gid: number };
  /** Seconds since the epoch that no new directory's time exceeds. */
  readonly latestTime: number | undefined;
}

/**
 * Makes a directory, and those above it that do not exist, in an empty layer, with mode 0755. Directories that lower layers have keep owner, mode and times.
 * @throws EngineError `conflict` when something else is in the way
 */
export function makeDirectories(layer: string, lower: readonly string[], path: string, { owner, latestTime }: NewDirectories): void {
  const { name } = resolveInLayers(lower, path);
  const made: { readonly path: string; readonly time: number | Date }[] = [];
  const now = latestTime === undefined ? Date.now() / 1000 : Math.min(latestTime, Date.now() / 1000);
  const parts = name === "" ? [] : name.split("/");
  for (const [index] of parts.entries()) {
    const at = parts.slice(0, index + 1).join("/");
    const below = resolveInLayers(lower, `/${at}`).entry?.stats;
    if (below !== undefined && !below.isDirectory()) throw new EngineError("conflict", `cannot make the directory ${path}: /${at} exists and is no directory`);
    const target = `${layer}/${at}`;
    mkdirSync(target);
    chownSync(target, below?.uid ?? owner.uid, below?.gid ?? owner.gid);
    chmodSync(target, below === undefined ? 0o755 : below.mode & 0o7777);
    made.push({ path: target, time: below?.mtime ?? now });
  }
  // From the bottom up: each new entry has changed the time of the directory above.
  for (const { path: target, time } of made.reverse()) utimesSync(target, time, time);
}
