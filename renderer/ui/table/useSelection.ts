import { useRef } from "react";
import { rangeBetween } from "../../lib/hold.ts";

export interface Selecting {
  /** Adds or takes away one row; with `range` all from the last one that was chosen to this one. */
  readonly toggle: (id: string, range: boolean) => void;
  /** Carries the range from where it began to this row, as shift with an arrow does. */
  readonly extend: (from: string, to: string) => void;
  readonly replace: (ids: Iterable<string>) => void;
}

/**
 * Selecting as in a file manager: a range grows and shrinks around where it began, and what was chosen before stays.
 * @param order ids as drawn, closed groups left out
 * @param isRow whether an id is a row's: headings of groups are drawn between rows and cannot be selected
 */
export function useSelection(order: readonly string[], isRow: (id: string) => boolean, selected: ReadonlySet<string>, onSelect: (ids: ReadonlySet<string>) => void): Selecting {
  const range = useRef<{ readonly anchor: string; readonly base: ReadonlySet<string> }>(undefined);

  function stretch(anchor: string, base: ReadonlySet<string>, to: string): void {
    range.current = { anchor, base };
    onSelect(new Set([...base, ...rangeBetween(order, anchor, to).filter(isRow)]));
  }
  return {
    toggle(id, wide) {
      const known = range.current;
      if (wide && known && order.includes(known.anchor)) return stretch(known.anchor, selected.has(known.anchor) ? known.base : selected, id);
      const next = new Set(selected);
      if (!next.delete(id)) next.add(id);
      range.current = { anchor: id, base: next };
      onSelect(next);
    },
    extend(from, to) {
      const known = range.current;
      // A selection that was emptied meanwhile begins a new range.
      if (known && selected.has(known.anchor)) stretch(known.anchor, known.base, to);
      else stretch(from, selected, to);
    },
    replace(ids) {
      range.current = undefined;
      onSelect(new Set(ids));
    },
  };
}
