import type { SnapshotKey } from "../base/ids.ts";
import type { Snapshotter } from "../snapshots/snapshots.ts";

/** Bytes of the layers `keys` together. */
export function snapshotBytes(snapshots: Pick<Snapshotter, "info">, keys: readonly SnapshotKey[]): number {
  return keys.reduce((sum, key) => sum + (snapshots.info(key).size ?? 0), 0);
}
