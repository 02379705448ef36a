import { ArrowDown, ArrowUp } from "lucide-react";
import { useRef, type KeyboardEvent, type PointerEvent, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import { ColumnMenu } from "./ColumnMenu.tsx";
import { withWidth, type Column, type Sort, type TableLayout } from "./columns.ts";
import css from "./Table.module.css";

export interface HeaderRowProps<T> {
  /** The columns that are shown. */
  readonly columns: readonly Column<T>[];
  readonly all: readonly Column<T>[];
  readonly template: string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly total: number;
  readonly selected: number;
  readonly bulk?: ReactNode;
  readonly layout: TableLayout;
  readonly onLayout: ((layout: TableLayout) => void) | undefined;
  readonly onSelectAll: (all: boolean) => void;
}

const keyStep = 16;

/** Names of the columns; while rows are selected, what can be done with them. */
export function HeaderRow<T>(props: HeaderRowProps<T>) {
  const { columns, template, sort, onSort, total, selected, bulk, onSelectAll } = props;
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
          <div key={column.id} role="columnheader" data-column={column.id} aria-sort={on ? (sort.down ? "descending" : "ascending") : undefined} className={cx(css["headCell"], column.align && css["end"])} onKeyDown={(event) => resizeByKey(event, column.id, props)}>
            {column.compare ? (
              <button type="button" className={css["sort"]} onClick={() => onSort({ column: column.id, down: on ? !sort.down : column.downFirst === true })}>
                <span className="cut">{column.header}</span>
                {on && (sort.down ? <ArrowDown aria-hidden="true" /> : <ArrowUp aria-hidden="true" />)}
              </button>
            ) : column.header === "Actions" ? <><span className="visually-hidden">{column.header}</span>{props.onLayout && <ColumnMenu columns={props.all} visible={columns} layout={props.layout} onLayout={props.onLayout} />}</> : <span className="cut">{column.header}</span>}
            {props.onLayout && !column.fixed && <Grip column={column.id} layout={props.layout} onLayout={props.onLayout} />}
          </div>
        );
      })}
    </div>
  );
}

/** Shift with an arrow makes the column of the heading wider or narrower. */
function resizeByKey<T>(event: KeyboardEvent<HTMLElement>, column: string, { layout, onLayout }: HeaderRowProps<T>): void {
  if (!onLayout || !event.shiftKey || (event.key !== "ArrowLeft" && event.key !== "ArrowRight")) return;
  event.preventDefault();
  onLayout(withWidth(layout, column, event.currentTarget.offsetWidth + (event.key === "ArrowRight" ? keyStep : -keyStep)));
}

/** The edge of a column, to drag; a double click gives it back its own width. */
function Grip({ column, layout, onLayout }: { readonly column: string; readonly layout: TableLayout; readonly onLayout: (layout: TableLayout) => void }) {
  const start = useRef<{ readonly x: number; readonly width: number }>(undefined);
  function begin(event: PointerEvent<HTMLElement>): void {
    const cell = event.currentTarget.parentElement;
    if (event.button !== 0 || !cell) return;
    event.preventDefault();
    event.currentTarget.setPointerCapture(event.pointerId);
    start.current = { x: event.clientX, width: cell.offsetWidth };
  }
  function reset(): void {
    const { [column]: _, ...widths } = layout.widths;
    onLayout({ ...layout, widths });
  }
  return (
    <span
      className={css["grip"]}
      aria-hidden="true"
      onPointerDown={begin}
      onPointerMove={(event) => { if (start.current) onLayout(withWidth(layout, column, start.current.width + event.clientX - start.current.x)); }}
      onPointerUp={() => { start.current = undefined; }}
      onPointerCancel={() => { start.current = undefined; }}
      onDoubleClick={reset}
    />
  );
}
