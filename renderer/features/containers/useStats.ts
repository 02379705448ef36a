import { useCallback, useEffect, useSyncExternalStore } from "react";
import { lookAt, onStats, statsOf, type StatsPoint } from "../../stores/stats.ts";

/**
 * Looks at a container while mounted.
 * @param intervalMs how often at least; undefined where nothing is to be seen: it does not run
 * @returns the last point; renders again with each new one
 */
export function useStats(id: string, intervalMs: number | undefined): StatsPoint | undefined {
  useEffect(() => (intervalMs === undefined ? undefined : lookAt([id], intervalMs)), [id, intervalMs]);
  const subscribe = useCallback((listener: () => void) => onStats(id, listener), [id]);
  return useSyncExternalStore(subscribe, () => statsOf(id).at(-1));
}
