import type { ReactNode } from "react";

/** One column of a list. Columns are made once, outside the render. */
export interface Column<T> {
  readonly id: string;
  readonly header: string;
  /** A track of CSS grid: "120px", "minmax(0, 2fr)". */
  readonly track: string;
  readonly align?: "end";
  /** Hidden where the table is narrower than this many pixels. */
  readonly from?: number;
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
