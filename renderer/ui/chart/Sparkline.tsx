import css from "./Chart.module.css";

export interface SparklineProps {
  /** Oldest first; null is a gap. */
  readonly values: readonly (number | null)[];
  /** What the top of the picture stands for, unless a value is higher. */
  readonly top: number;
  /** How many values the width holds. */
  readonly places: number;
}

const width = 56;
const height = 16;

/** A line without axes beside a value in words: only its shape says something. */
export function Sparkline({ values, top, places }: SparklineProps) {
  const shown = values.slice(-places);
  const most = Math.max(top, ...shown.map((value) => value ?? 0));
  const step = width / (places - 1);
  const from = width - (shown.length - 1) * step;
  let path = "";
  let pen = false;
  for (const [index, value] of shown.entries()) {
    if (value === null) pen = false;
    else {
      path += `${pen ? "L" : "M"}${(from + index * step).toFixed(1)} ${(height - 1 - (value / most) * (height - 2)).toFixed(1)}`;
      pen = true;
    }
  }
  return <svg className={css["spark"]} width={width} height={height} aria-hidden="true"><path d={path} /></svg>;
}
