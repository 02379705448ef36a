import type { UsedVolume } from "./users.ts";

/** What a prune takes of the unused volumes: like Docker's, only anonymous ones, or all of them; the largest first. */
export function prunable(unused: readonly UsedVolume[], wanted: "anonymous" | "all"): UsedVolume[] {
  return unused.filter((volume) => volume.users.length === 0 && (wanted === "all" || volume.row.anonymous)).sort((a, b) => (b.size ?? -1) - (a.size ?? -1));
}

/** Bytes that go with these volumes, and how many of them are of unknown size. */
export function freedBytes(volumes: readonly UsedVolume[]): { readonly bytes: number; readonly unknown: number } {
  let bytes = 0;
  let unknown = 0;
  for (const volume of volumes) {
    if (typeof volume.size === "number") bytes += volume.size;
    else unknown++;
  }
  return { bytes, unknown };
}
