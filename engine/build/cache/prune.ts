import type { CachePruneRequest, CacheRecord } from "../build.ts";

/**
 * Chooses what to remove, pure: results that nothing stands on first, the least recently used first. A result below one that stays is kept: removing it
 * would free nothing.
 *
 * @returns ids in the order of removal, children before what they stand on
 */
export function choosePruned(records: readonly CacheRecord[], request: CachePruneRequest): string[] {
  const children = new Map<string, number>();
  for (const { parentId } of records) if (parentId !== null) children.set(parentId, (children.get(parentId) ?? 0) + 1);
  const byId = new Map(records.map((record) => [record.id, record]));
  const removable = (record: CacheRecord): boolean =>
    !record.inUse && (request.all || !record.shared) && (request.unusedSince === undefined || record.lastUsedAt < request.unusedSince) && (request.ids === undefined || request.ids.some((id) => record.id.startsWith(id)));
  let kept = records.reduce((sum, record) => sum + occupied(record), 0);
  const chosen: string[] = [];
  const leaves = records.filter((record) => removable(record) && !children.has(record.id));
  for (let next = leastRecent(leaves); next !== undefined; next = leastRecent(leaves)) {
    if (request.keepBytes !== undefined && kept <= request.keepBytes) break;
    leaves.splice(leaves.indexOf(next), 1);
    chosen.push(next.id);
    kept -= occupied(next);
    if (next.parentId === null) continue;
    const left = (children.get(next.parentId) ?? 1) - 1;
    children.set(next.parentId, left);
    const parent = byId.get(next.parentId);
    if (left === 0 && parent !== undefined && removable(parent)) leaves.push(parent);
  }
  return chosen;
}

/** Bytes that removing a record frees. */
function occupied({ shared, size }: CacheRecord): number {
  return shared ? 0 : size;
}

function leastRecent(records: readonly CacheRecord[]): CacheRecord | undefined {
  return records.reduce<CacheRecord | undefined>((least, record) => (least === undefined || record.lastUsedAt < least.lastUsedAt ? record : least), undefined);
}
