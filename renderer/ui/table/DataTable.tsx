import { createSortedRowModel, rowSortingFeature, tableFeatures, useTable, type SortingState } from "@tanstack/react-table";
import { useVirtualizer } from "@tanstack/react-virtual";
import { useContext, useEffect, useLayoutEffect, useMemo, useRef, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { rangeBetween } from "../../lib/hold.ts";
import { plural } from "../../lib/time.ts";
import type { Column, Sort } from "./columns.ts";
import { RowHeight } from "./density.ts";
import { HeaderRow } from "./HeaderRow.tsx";
import { Row } from "./Row.tsx";
import { useHeld } from "./useHeld.ts";
import css from "./Table.module.css";

export interface DataTableProps<T> {
  /** What the list holds, in the plural: "Containers". */
  readonly label: string;
  /** One of it: "container". */
  readonly noun: string;
  readonly rows: readonly T[];
  readonly columns: readonly Column<T>[];
  readonly rowId: (row: T) => string;
  /** The row's name for screen readers and for its tick box. */
  readonly rowName: (row: T) => string;
  readonly sort: Sort;
  readonly onSort: (sort: Sort) => void;
  readonly selected: ReadonlySet<string>;
  readonly onSelect: (ids: ReadonlySet<string>) => void;
  readonly onOpen?: (row: T) => void;
  /** Delete was pressed on the rows that are selected, or on the row that has the focus. */
  readonly onDelete?: (rows: readonly T[]) => void;
  /** Takes the place of the header while rows are selected. */
  readonly bulk?: ReactNode;
  /** Shown where no row matches. */
  readonly empty?: ReactNode;
  /** Changes when the reader narrows the list another way. */
  readonly filterKey?: string;
}

const features = tableFeatures({ rowSortingFeature, sortedRowModel: createSortedRowModel() });

/** Where each list was left: coming back finds it there. */
const places = new Map<string, { readonly top: number; readonly active: string | null }>();

/** A list of any length with sorting, selection and the keys of a file manager. Only the rows in view exist. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { rows, columns, rowId, sort, selected } = props;
  const rowHeight = useContext(RowHeight);
  const scroller = useRef<HTMLDivElement>(null);
  const [width, setWidth] = useState(0);
  const [active, setActive] = useState<string | null>(() => places.get(props.label)?.active ?? null);
  const anchor = useRef<string | null>(null);

  const visible = useMemo(() => columns.filter((column) => column.from === undefined || width >= column.from), [columns, width]);
  const sorting: SortingState = useMemo(() => [{ id: sort.column, desc: sort.down }], [sort]);
  const table = useTable({
    features,
    data: rows as T[],
    columns: useMemo(() => columns.map((column) => ({ id: column.id, accessorFn: (row: T) => row, enableSorting: column.compare !== undefined, sortFn: (a: { original: T }, b: { original: T }) => column.compare?.(a.original, b.original) ?? 0 })), [columns]),
    getRowId: rowId,
    state: { sorting },
  });
  const sorted = table.getRowModel().rows;
  const ordered = useMemo(() => sorted.map((row) => row.original), [sorted]);
  const held = useHeld(ordered, rowId, `${sort.column}:${sort.down}:${props.filterKey ?? ""}`);
  const order = useMemo(() => held.rows.map(rowId), [held.rows, rowId]);

  const virtual = useVirtualizer({ count: held.rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 10, paddingStart: 0, scrollPaddingStart: rowHeight });
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, []);
  const latest = useRef(active);
  useEffect(() => {
    latest.current = active;
  });
  useEffect(() => {
    const element = scroller.current;
    const place = places.get(props.label);
    if (!element) return;
    if (place) {
      element.scrollTop = place.top;
      if (document.activeElement === document.body && place.active !== null) requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${CSS.escape(place.active ?? "")}"]`)?.focus({ preventScroll: true }));
    }
    let top = element.scrollTop;
    const keep = () => { top = element.scrollTop; };
    element.addEventListener("scroll", keep, { passive: true });
    return () => {
      element.removeEventListener("scroll", keep);
      places.set(props.label, { top, active: latest.current });
    };
  }, [props.label]);

  const current = active !== null && order.includes(active) ? active : order[0] ?? null;
  const template = `36px ${visible.map((column) => column.track).join(" ")}`;

  function focusRow(id: string | undefined) {
    if (id === undefined) return;
    setActive(id);
    virtual.scrollToIndex(order.indexOf(id), { align: "auto" });
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`)?.focus());
  }
  function toggle(id: string, range: boolean) {
    const next = new Set(selected);
    if (range && anchor.current !== null) for (const each of rangeBetween(order, anchor.current, id)) next.add(each);
    else if (!next.delete(id)) next.add(id);
    anchor.current = id;
    props.onSelect(next);
  }
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const onRow = target?.dataset["row"] !== undefined;
    const inRow = onRow || (target?.closest("[data-row]") ?? null) !== null;
    const at = current === null ? -1 : order.indexOf(current);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: order.length - 1, PageDown: at + page, PageUp: at - page };
    const step = steps[event.key];
    if (step !== undefined) {
      const id = order[Math.min(order.length - 1, Math.max(0, step))];
      if (event.shiftKey && id !== undefined && current !== null) {
        anchor.current ??= current;
        props.onSelect(new Set([...selected, ...rangeBetween(order, anchor.current, id)]));
      }
      focusRow(id);
    } else if (event.key === "Escape" && selected.size > 0) props.onSelect(new Set());
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) props.onSelect(new Set(order));
    else if (!inRow || current === null) return;
    else if (event.key === "Delete") props.onDelete?.(selected.size > 0 ? rows.filter((row) => selected.has(rowId(row))) : held.rows.filter((row) => rowId(row) === current));
    else if (!onRow) return;
    else if (event.key === " ") toggle(current, event.shiftKey);
    else if (event.key === "Enter") openRow(current);
    else return;
    event.preventDefault();
  }
  function openRow(id: string) {
    const row = held.rows[order.indexOf(id)];
    if (row && !held.gone.has(id)) props.onOpen?.(row);
  }
  function onRowClick(event: MouseEvent, id: string) {
    if (event.target instanceof Element && event.target.closest("button, a, input, label")) return;
    if (window.getSelection()?.toString()) return;
    setActive(id);
    if (event.ctrlKey || event.metaKey || event.shiftKey) toggle(id, event.shiftKey);
    else openRow(id);
  }

  return (
    <div className={css["frame"]} onMouseEnter={() => held.hover(true)} onMouseLeave={() => held.hover(false)}>
      {held.waiting > 0 && (
        <button type="button" className={css["waiting"]} onClick={held.release}>{plural(held.waiting, `new ${props.noun}`)}</button>
      )}
      <div ref={scroller} className={css["scroller"]} role="grid" aria-label={props.label} aria-rowcount={rows.length + 1} aria-multiselectable="true" tabIndex={-1} onKeyDown={onKeyDown}>
        <HeaderRow
          columns={visible}
          template={template}
          sort={sort}
          onSort={props.onSort}
          total={order.length}
          selected={selected.size}
          bulk={props.bulk}
          onSelectAll={(all) => props.onSelect(all ? new Set(order) : new Set())}
        />
        {held.rows.length === 0 && props.empty && <div role="row" className={css["nothing"]}><div role="gridcell">{props.empty}</div></div>}
        <div role="rowgroup" className={css["body"]} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((item) => {
            const row = held.rows[item.index];
            const id = order[item.index];
            if (!row || id === undefined) return null;
            return (
              <Row
                key={id}
                id={id}
                index={item.index}
                top={item.start}
                row={row}
                name={props.rowName(row)}
                columns={visible}
                template={template}
                active={id === current}
                selected={selected.has(id)}
                gone={held.gone.has(id)}
                onToggle={toggle}
                onClick={onRowClick}
                onFocus={setActive}
              />
            );
          })}
        </div>
      </div>
    </div>
  );
}
