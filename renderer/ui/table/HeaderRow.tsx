import { ArrowDown, ArrowUp } from "lucide-react";
import type { ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import type { Column, Sort } from "./columns.ts";
import css from "./Table.module.css";

export interface HeaderRowProps<T> {
  readonly columns: readonly Column<T>[];
  readonly template: string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly total: number;
  readonly selected: number;
  readonly bulk?: ReactNode;
  readonly onSelectAll: (all: boolean) => void;
}

/** Names of the columns; while rows are selected, what can be done with them. */
export function HeaderRow<T>({ columns, template, sort, onSort, total, selected, bulk, onSelectAll }: HeaderRowProps<T>) {
  const all = total > 0 && selected >= total;
  const tick = (
    <input
      type="checkbox"
      className={css["tick"]}
      aria-label={all ? "Clear selection" : "Select all"}
      checked={all}
      disabled={total === 0}
      ref={(box) => { if (box) box.indeterminate = selected > 0 && !all; }}
      onChange={() => onSelectAll(!all)}
    />
  );
  if (selected > 0 && bulk) {
    return (
      <div role="row" className={cx(css["head"], css["bulk"])}>
        <div role="columnheader" className={css["tickCell"]}>{tick}</div>
        <div role="columnheader" className={css["bulkCell"]}>
          <div role="toolbar" aria-label="Selected rows" className={css["bulkBar"]}>
            <span className={css["bulkCount"]}>{selected.toLocaleString("en")} selected</span>
            {bulk}
          </div>
        </div>
      </div>
    );
  }
  return (
    <div role="row" className={css["head"]} style={{ gridTemplateColumns: template }}>
      <div role="columnheader" className={css["tickCell"]}>{tick}</div>
      {columns.map((column) => {
        const on = sort.column === column.id;
        return (
          <div key={column.id} role="columnheader" aria-sort={on ? (sort.down ? "descending" : "ascending") : undefined} className={cx(css["headCell"], column.align && css["end"])}>
            {column.compare ? (
              <button type="button" className={css["sort"]} onClick={() => onSort({ column: column.id, down: on ? !sort.down : column.downFirst === true })}>
                {column.header}
                {on && (sort.down ? <ArrowDown aria-hidden="true" /> : <ArrowUp aria-hidden="true" />)}
              </button>
            ) : column.header === "Actions" ? <span className="visually-hidden">{column.header}</span> : column.header}
          </div>
        );
      })}
    </div>
  );
}
