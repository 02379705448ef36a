import { useEffect, useRef, useState } from "react";
import { holdOrder } from "../../lib/hold.ts";

export interface Held<T> {
  readonly rows: readonly T[];
  /** Ids that are drawn but no longer exist. */
  readonly gone: ReadonlySet<string>;
  readonly waiting: number;
  readonly hover: (inside: boolean) => void;
  readonly release: () => void;
}

const none: ReadonlySet<string> = new Set();

/**
 * Rows that keep still while the pointer is over them.
 * @param rows the rows in their order now
 * @param key changes when the reader asks for another order (sorting, searching): that always applies at once
 */
export function useHeld<T>(rows: readonly T[], rowId: (row: T) => string, key: string): Held<T> {
  const [inside, setInside] = useState(false);
  const shown = useRef<{ key: string; rows: readonly T[] }>({ key, rows });
  const [, redraw] = useState(0);
  const holding = inside && shown.current.key === key && shown.current.rows.length > 0;

  useEffect(() => {
    if (!holding) shown.current = { key, rows };
  });
  function release() {
    shown.current = { key, rows };
    redraw((count) => count + 1);
  }
  const hover = setInside;
  if (!holding) return { rows, gone: none, waiting: 0, hover, release };

  const now = new Map(rows.map((row) => [rowId(row), row]));
  const { order, waiting } = holdOrder(shown.current.rows.map(rowId), [...now.keys()]);
  const before = new Map(shown.current.rows.map((row) => [rowId(row), row]));
  const gone = new Set(order.filter((id) => !now.has(id)));
  const drawn = order.flatMap((id) => now.get(id) ?? before.get(id) ?? []);
  return { rows: drawn, gone: gone.size > 0 ? gone : none, waiting, hover, release };
}
