import { percent } from "../../../lib/percent.ts";
import { size } from "../../../lib/size.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { statsOf } from "../../../stores/stats.ts";
import { Sparkline } from "../../../ui/chart/Sparkline.tsx";
import { useStats } from "../useStats.ts";
import css from "./List.module.css";

/** How often the list looks, in milliseconds. */
export const LIST_INTERVAL_MS = 2000;
/** A minute and a half. */
const PLACES = 45;

/** Processors in use now, with the last minutes as a line. */
export function CpuCell({ row }: { readonly row: ContainerRow }) {
  const running = isLive(row);
  const last = useStats(row.id, running ? LIST_INTERVAL_MS : undefined);
  if (!running || !last) return null;
  return (
    <span className={css["usage"]}>
      <Sparkline values={statsOf(row.id).slice(-PLACES).map((point) => point.cpu)} top={0.1} places={PLACES} />
      <span className={css["usageText"]}>{last.cpu === null ? "–" : percent(last.cpu)}</span>
    </span>
  );
}

/** Memory in use now, with the last minutes as a line against its limit, or against twice what it was. */
export function MemoryCell({ row }: { readonly row: ContainerRow }) {
  const running = isLive(row);
  const last = useStats(row.id, running ? LIST_INTERVAL_MS : undefined);
  if (!running || !last?.memory) return null;
  const values = statsOf(row.id).slice(-PLACES).map((point) => point.memory);
  return (
    <span className={css["usage"]}>
      <Sparkline values={values} top={Math.min(last.total.memoryLimit || Infinity, 2 * Math.max(...values.map((value) => value ?? 0)))} places={PLACES} />
      <span className={css["usageText"]}>{size(last.memory)}</span>
    </span>
  );
}

/** Whether there is anything to measure. */
export function isLive(row: ContainerRow): boolean {
  return row.state === "running" || row.state === "paused";
}

/** Order by what is used; what does not run comes last. */
export function compareUsage(name: "cpu" | "memory") {
  const used = (row: ContainerRow): number => (isLive(row) ? statsOf(row.id).at(-1)?.[name] ?? 0 : -1);
  return (a: ContainerRow, b: ContainerRow): number => used(a) - used(b);
}
