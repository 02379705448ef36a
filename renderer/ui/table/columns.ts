import type { ReactNode } from "react";

/** One column of a list. Columns are made once, outside the render. */
export interface Column<T> {
  readonly id: string;
  readonly header: string;
  /** A track of CSS grid: "120px", "minmax(0, 2fr)". */
  readonly track: string;
  readonly align?: "end";
  /** Hidden where the table is narrower than this many pixels, unless the reader chose it. */
  readonly from?: number;
  /** Hidden until the reader chooses it. */
  readonly optional?: true;
  /** Cannot be put away: the name. */
  readonly always?: true;
  /** Always there, in its own width: the buttons. */
  readonly fixed?: true;
  /** Order of two rows; a column without it cannot be sorted. */
  readonly compare?: (a: T, b: T) => number;
  /** The first click sorts from the greatest down: times, sizes. */
  readonly downFirst?: boolean;
  /** Drawn only once the row has been pointed at or has the focus: what is hidden until then costs nothing. */
  readonly late?: boolean;
  readonly cell: (row: T) => ReactNode;
}

export interface Sort {
  readonly column: string;
  readonly down: boolean;
}

/** What a reader made of a list's columns. */
export interface TableLayout {
  /** Columns chosen or put away; the others are as the list has them. */
  readonly shown: Readonly<Record<string, boolean>>;
  /** Widths in pixels. */
  readonly widths: Readonly<Record<string, number>>;
}

export const plainLayout: TableLayout = { shown: {}, widths: {} };

export const narrowest = 56;
const widest = 900;

/** The columns to draw in a table of `width` pixels. */
export function visibleColumns<T>(columns: readonly Column<T>[], layout: TableLayout, width: number): readonly Column<T>[] {
  return columns.filter((column) => column.fixed || column.always || (layout.shown[column.id] ?? (column.optional !== true && (column.from === undefined || width >= column.from))));
}

/** The grid of a row. A width that was chosen gives way where there is no room. */
export function templateOf<T>(columns: readonly Column<T>[], layout: TableLayout): string {
  const chosen = columns.map((column) => (column.fixed ? undefined : layout.widths[column.id]));
  // With a width for each of them the rest of the line stays empty at the end, before what is fixed.
  const stretch = columns.every((column, index) => chosen[index] !== undefined || !column.track.includes("fr"));
  const last = columns.findLastIndex((column) => column.fixed !== true);
  return `36px ${columns.map((column, index) => {
    const width = chosen[index];
    if (width === undefined) return column.track;
    return stretch && index === last ? `minmax(${width}px, 1fr)` : `minmax(${narrowest}px, ${width}px)`;
  }).join(" ")}`;
}

/** The layout with one column as wide as it was dragged. */
export function withWidth(layout: TableLayout, column: string, width: number): TableLayout {
  return { ...layout, widths: { ...layout.widths, [column]: Math.round(Math.min(widest, Math.max(narrowest, width))) } };
}

/** The rows in order; rows that are equal stay as they were. */
export function sortRows<T>(rows: readonly T[], columns: readonly Column<T>[], sort: Sort): readonly T[] {
  const compare = columns.find((column) => column.id === sort.column)?.compare;
  if (!compare) return rows;
  return [...rows].sort(sort.down ? (a, b) => compare(b, a) : compare);
}
