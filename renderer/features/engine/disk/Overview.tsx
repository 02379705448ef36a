import type { ReactNode } from "react";
import type { DiskKind } from "../../../../electron/ipc/contract/disk.ts";
import { cx } from "../../../lib/cx.ts";
import { size } from "../../../lib/size.ts";
import type { DiskState } from "../../../stores/disk.ts";
import { kinds } from "./words.ts";
import css from "./Disk.module.css";

export interface OverviewProps {
  readonly totals: NonNullable<DiskState["totals"]>;
  /** How many items there are of each kind. */
  readonly counts: ReadonlyMap<DiskKind, number>;
  /** The kind that the list shows alone. */
  readonly chosen: DiskKind | null;
  readonly onChoose: (kind: DiskKind | null) => void;
  /** At the end of the first line. */
  readonly tools: ReactNode;
}

/** How much there is of each kind: a bar, and under it the figures, which narrow the list. */
export function Overview({ totals, counts, chosen, onChoose, tools }: OverviewProps) {
  const { kinds: sums, totalBytes, disk, unmeasured, isExact } = totals;
  const shown = kinds.filter(({ kind }) => (counts.get(kind) ?? 0) > 0 || (sums[kind] ?? 0) > 0);
  return (
    <section className={css["overview"]} aria-label="By kind">
      <div className={css["first"]}>
        <p className={css["sum"]}>
          <strong>{size(totalBytes)}</strong>
          <span className="quiet">{unmeasured > 0 ? "so far: measuring" : disk ? `${percent(totalBytes, disk.totalBytes)} of the disk, ${size(disk.freeBytes)} of ${size(disk.totalBytes)} are free` : isExact ? "" : "as far as this engine tells"}</span>
        </p>
        <div className={css["tools"]}>{tools}</div>
      </div>
      <div className={css["bar"]} aria-hidden="true">
        {shown.map(({ kind }) => (sums[kind] ?? 0) > 0 && <div key={kind} className={cx(css["part"], chosen !== null && chosen !== kind && css["dim"])} data-kind={kind} style={{ flexGrow: sums[kind] }} />)}
      </div>
      <div className={css["legend"]} role="group" aria-label="Show one kind">
        {shown.map(({ kind, all }) => (
          <button key={kind} type="button" className={css["entry"]} aria-pressed={chosen === kind} onClick={() => onChoose(chosen === kind ? null : kind)}>
            {kind !== "layer" && <span className={css["swatch"]} data-kind={kind} aria-hidden="true" />}
            <span>{all}</span>
            <span className={css["figure"]}>{kind === "layer" ? (counts.get(kind) ?? 0).toLocaleString("en") : size(sums[kind] ?? 0)}</span>
          </button>
        ))}
      </div>
    </section>
  );
}

function percent(part: number, whole: number): string {
  const share = whole === 0 ? 0 : (part / whole) * 100;
  return share > 0 && share < 1 ? "Less than 1%" : `${Math.round(share)}%`;
}
