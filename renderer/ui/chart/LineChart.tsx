import "uplot/dist/uPlot.min.css";
import { useEffect, useRef, useState } from "react";
import uPlot from "uplot";
import { plural } from "../../lib/time.ts";
import css from "./Chart.module.css";
import { readChartColours } from "./colours.ts";

export interface ChartSeries {
  readonly name: string;
  readonly values: readonly (number | null)[];
}

export interface LineChartProps {
  readonly title: string;
  /** Seconds since the epoch, ascending. */
  readonly times: readonly number[];
  /** One line, or two of the same unit; the second one is dashed. */
  readonly series: readonly [ChartSeries] | readonly [ChartSeries, ChartSeries];
  /** A value in words: "12 %", "48 MB". */
  readonly words: (value: number) => string;
  /** What cannot be exceeded; drawn as a line once something comes near. */
  readonly limit?: { readonly value: number; readonly words: string } | undefined;
  /** The axis reaches at least this far. */
  readonly atLeast: number;
  /** How many seconds the width stands for. */
  readonly span: number;
}

/** A line over the last minutes with its last value in words, or the one under the crosshair. */
export function LineChart(props: LineChartProps) {
  const { title, times, series, words, limit } = props;
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<uPlot>(undefined);
  const latest = useRef(props);
  latest.current = props;
  const [at, setAt] = useState<number | null>(null);

  useEffect(() => {
    const element = place.current;
    if (!element) return;
    const made = new uPlot(optionsOf(element, latest, setAt), dataOf(latest.current), element);
    plot.current = made;
    const fit = new ResizeObserver(() => made.setSize({ width: element.clientWidth, height: element.clientHeight }));
    fit.observe(element);
    const recolour = (): void => made.redraw(false);
    const scheme = matchMedia("(prefers-color-scheme: dark)");
    const theme = new MutationObserver(recolour);
    scheme.addEventListener("change", recolour);
    theme.observe(document.documentElement, { attributeFilter: ["data-theme"] });
    return () => {
      fit.disconnect();
      scheme.removeEventListener("change", recolour);
      theme.disconnect();
      made.destroy();
      plot.current = undefined;
    };
  }, []);
  const last = times.at(-1);
  useEffect(() => plot.current?.setData(dataOf(latest.current)), [last, limit?.value]);

  const index = at !== null && at < times.length ? at : times.length - 1;
  const texts = series.map(({ name, values }) => ({ name, text: value(values[index], words) }));
  return (
    <section className={css["chart"]} aria-label={title}>
      <header className={css["head"]}>
        <h2 className={css["title"]}>{title}</h2>
        <p className={css["words"]}>
          {texts.length === 1 ? <><strong>{texts[0]?.text}</strong>{limit && ` of ${limit.words}`}</> : texts.map(({ name, text }, order) => <span key={name} className={css["key"]} data-dashed={order > 0 || undefined}><span>{name} <strong>{text}</strong></span></span>)}
        </p>
      </header>
      <div ref={place} className={css["plot"]} role="img" aria-label={`${title}, last ${plural(Math.round(props.span / 60), "minute")}`} />
    </section>
  );
}

function value(of: number | null | undefined, words: (value: number) => string): string {
  return of === null || of === undefined ? "–" : words(of);
}

function dataOf({ times, series }: LineChartProps): uPlot.AlignedData {
  return [times as number[], ...series.map(({ values }) => values as (number | null)[])];
}

function optionsOf(element: HTMLElement, latest: { readonly current: LineChartProps }, onCursor: (index: number | null) => void): uPlot.Options {
  const colour = (name: keyof ReturnType<typeof readChartColours>) => () => readChartColours(element)[name];
  const font = `11px ${getComputedStyle(element).fontFamily}`;
  return {
    width: Math.max(1, element.clientWidth),
    height: Math.max(1, element.clientHeight),
    legend: { show: false },
    padding: [6, 4, 0, 0],
    cursor: { y: false, drag: { x: false, y: false, setScale: false }, points: { size: 6, fill: colour("line") }, sync: { key: "stats" } },
    scales: {
      x: { time: true, range: () => { const end = latest.current.times.at(-1) ?? Date.now() / 1000; return [end - latest.current.span, end]; } },
      y: { range: (_, __, most) => [0, topOf(most, latest.current)] },
    },
    axes: [
      { stroke: colour("text"), font, grid: { show: false }, ticks: { show: false }, size: 22, space: 90, values: (_, ticks) => ticks.map((tick) => new Date(tick * 1000).toLocaleTimeString("en-GB", { hour: "2-digit", minute: "2-digit", ...(tick % 60 === 0 ? {} : { second: "2-digit" }) })) },
      { stroke: colour("text"), font, grid: { stroke: colour("grid"), width: 1 }, ticks: { show: false }, size: 62, space: 34, values: (_, ticks) => ticks.map((tick) => latest.current.words(tick)) },
    ],
    series: [
      {},
      ...latest.current.series.map((_, order): uPlot.Series => ({ stroke: colour(order === 0 ? "line" : "second"), width: 1.5, points: { show: false }, ...(order === 0 ? { fill: colour("fill") } : { dash: [4, 3] }) })),
    ],
    hooks: { draw: [(plot) => drawLimit(plot, latest.current, readChartColours(element).limit)], setCursor: [(plot) => onCursor(plot.cursor.idx ?? null)] },
  };
}

/** Room above the highest value; up to the limit once half of it is used. */
function topOf(most: number | null, { atLeast, limit }: LineChartProps): number {
  const highest = Math.max(most ?? 0, atLeast);
  return limit !== undefined && highest > limit.value / 2 ? Math.max(highest, limit.value) * 1.08 : highest * 1.15;
}

function drawLimit(plot: uPlot, { limit }: LineChartProps, stroke: string): void {
  if (limit === undefined || limit.value > (plot.scales["y"]?.max ?? 0)) return;
  const y = Math.round(plot.valToPos(limit.value, "y", true)) + 0.5;
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.strokeStyle = stroke;
  ctx.lineWidth = devicePixelRatio;
  ctx.setLineDash([2 * devicePixelRatio, 3 * devicePixelRatio]);
  ctx.beginPath();
  ctx.moveTo(bbox.left, y);
  ctx.lineTo(bbox.left + bbox.width, y);
  ctx.stroke();
  ctx.restore();
}
