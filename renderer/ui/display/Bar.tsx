import { cx } from "../../lib/cx.ts";
import css from "./Display.module.css";

export interface BarProps {
  /** 0 to 1; undefined where the total is not known yet. */
  readonly value: number | undefined;
  readonly label: string;
  readonly state?: "active" | "done" | "failed";
}

/** A thin progress bar. */
export function Bar({ value, label, state = "active" }: BarProps) {
  const part = state === "done" ? 1 : Math.min(1, Math.max(0, value ?? 0));
  return (
    <div className={css["bar"]} role="progressbar" aria-label={label} aria-valuemin={0} aria-valuemax={100} aria-valuenow={value === undefined && state !== "done" ? undefined : Math.round(part * 100)}>
      <div className={cx(css["barFill"], state === "done" && css["barDone"], state === "failed" && css["barFailed"])} style={{ transform: `scaleX(${part})` }} />
    </div>
  );
}

/** A placeholder with the shape of what is coming. */
export function Skeleton({ width, height = 12 }: { readonly width: number | string; readonly height?: number }) {
  return <div className={css["skeleton"]} style={{ width, height }} aria-hidden="true" />;
}
