import { useVirtualizer } from "@tanstack/react-virtual";
import { useContext, useLayoutEffect, useMemo, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import { plural } from "../../lib/time.ts";
import { ContextMenu, type MenuPlace } from "../overlay/ContextMenu.tsx";
import type { MenuAction } from "../overlay/MenuItems.tsx";
import { plainLayout, sortRows, templateOf, visibleColumns, type Column, type Sort, type TableLayout } from "./columns.ts";
import { RowHeight } from "./density.ts";
import { GroupRow } from "./GroupRow.tsx";
import { arrange, type Grouping } from "./groups.ts";
import { HeaderRow } from "./HeaderRow.tsx";
import { Row } from "./Row.tsx";
import { useHeld } from "./useHeld.ts";
import { useKeptPlace } from "./useKeptPlace.ts";
import { useSelection } from "./useSelection.ts";
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
  /** Why a row cannot be selected; null where it can. All can unless given. */
  readonly whyNot?: (row: T) => string | null;
  readonly onOpen?: (row: T) => void;
  /** The row that is shown beside the list. */
  readonly opened?: string | undefined;
  /** Delete was pressed on the rows that are selected, or on the row that has the focus. */
  readonly onDelete?: (rows: readonly T[]) => void;
  /** Takes the place of the header while rows are selected. */
  readonly bulk?: ReactNode;
  /** Shown where no row matches. */
  readonly empty?: ReactNode;
  /** Changes when the reader narrows the list another way. */
  readonly filterKey?: string;
  /** Rows under headings. */
  readonly grouping?: Grouping<T> | undefined;
  /** What the context menu offers: for the rows that are selected, if the one it is opened on is among them, else for that one. */
  readonly menu?: (rows: readonly T[]) => readonly MenuAction[];
  /** Which columns are shown and how wide; without `onLayout` they cannot be changed. */
  readonly layout?: TableLayout;
  readonly onLayout?: (layout: TableLayout) => void;
}

/** A list of any length with sorting, selection, groups and the keys of a file manager. Only the rows in view exist. */
export function DataTable<T extends object>(props: DataTableProps<T>) {
  const { rows, columns, rowId, sort, selected, grouping, layout = plainLayout } = props;
  const rowHeight = useContext(RowHeight);
  const { scroller, active, setActive } = useKeptPlace(props.label);
  const [width, setWidth] = useState(0);
  const [menuPlace, setMenuPlace] = useState<MenuPlace | null>(null);

  const visible = useMemo(() => visibleColumns(columns, layout, width), [columns, layout, width]);
  const ordered = useMemo(() => sortRows(rows, columns, sort), [rows, columns, sort]);
  const held = useHeld(ordered, rowId, `${sort.column}:${sort.down}:${props.filterKey ?? ""}`);
  const of = grouping?.of;
  const closed = grouping?.closed;
  const items = useMemo(() => arrange(held.rows, rowId, of && closed && { of, closed }), [held.rows, rowId, of, closed]);
  const order = useMemo(() => items.map((item) => item.id), [items]);
  const headings = useMemo(() => new Map(items.filter((item) => item.kind === "group").map((item) => [item.id, item])), [items]);
  const { whyNot } = props;
  const blocked = useMemo(() => new Map(whyNot ? held.rows.flatMap((row) => {
    const why = selected.has(rowId(row)) ? null : whyNot(row);
    return why === null ? [] : [[rowId(row), why] as const];
  }) : []), [held.rows, rowId, selected, whyNot]);
  const selection = useSelection(order, (id) => !headings.has(id) && !blocked.has(id), selected, props.onSelect);

  const virtual = useVirtualizer({ count: items.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 10, paddingStart: 0, scrollPaddingStart: rowHeight });
  useLayoutEffect(() => virtual.measure(), [virtual, rowHeight]);
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const observer = new ResizeObserver(() => setWidth(element.clientWidth));
    observer.observe(element);
    setWidth(element.clientWidth);
    return () => observer.disconnect();
  }, [scroller]);

  const at = active === null ? -1 : order.indexOf(active);
  const current = at >= 0 ? active : order[0] ?? null;
  const template = useMemo(() => templateOf(visible, layout), [visible, layout]);

  function focusRow(id: string | undefined) {
    if (id === undefined) return;
    setActive(id);
    virtual.scrollToIndex(order.indexOf(id), { align: "auto" });
    requestAnimationFrame(() => elementOf(id)?.focus());
  }
  function elementOf(id: string): HTMLElement | null {
    return scroller.current?.querySelector<HTMLElement>(`[data-row="${CSS.escape(id)}"]`) ?? null;
  }
  /** The rows that something is done to when it is asked for at one of them. */
  function rowsAt(id: string): readonly T[] {
    const heading = headings.get(id);
    if (heading) return heading.rows;
    return selected.has(id) ? rows.filter((row) => selected.has(rowId(row))) : held.rows.filter((row) => rowId(row) === id && !held.gone.has(id));
  }
  function toggle(id: string, range: boolean) {
    const heading = headings.get(id);
    if (!heading) return blocked.has(id) ? undefined : selection.toggle(id, range);
    const ids = heading.rows.map(rowId).filter((each) => !blocked.has(each));
    const all = ids.every((each) => selected.has(each));
    selection.replace(all ? [...selected].filter((each) => !ids.includes(each)) : [...selected, ...ids]);
  }
  function fold(id: string, close?: boolean) {
    const heading = headings.get(id);
    if (heading && (close === undefined || close === heading.open)) grouping?.onClose(heading.group, heading.open);
  }
  function openMenu(id: string, x: number, y: number) {
    const list = rowsAt(id);
    const actions = list.length > 0 ? props.menu?.(list) ?? [] : [];
    if (actions.length > 0) setMenuPlace({ x, y, actions, from: elementOf(id) });
  }
  function onKeyDown(event: KeyboardEvent<HTMLDivElement>) {
    const target = event.target instanceof HTMLElement ? event.target : null;
    const onRow = target?.dataset["row"] !== undefined;
    const inRow = onRow || (target?.closest("[data-row]") ?? null) !== null;
    const from = current === null ? -1 : order.indexOf(current);
    const page = Math.max(1, Math.floor((scroller.current?.clientHeight ?? rowHeight) / rowHeight) - 2);
    const steps: Record<string, number> = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: order.length - 1, PageDown: from + page, PageUp: from - page };
    const step = steps[event.key];
    if (step !== undefined) {
      const id = order[Math.min(order.length - 1, Math.max(0, step))];
      if (event.shiftKey && id !== undefined && current !== null) selection.extend(current, id);
      focusRow(id);
    } else if (event.key === "Escape" && selected.size > 0) selection.replace([]);
    else if (event.key === "a" && (event.ctrlKey || event.metaKey)) selection.replace(rows.map(rowId));
    else if (!inRow || current === null) return;
    else if (event.key === "Delete") props.onDelete?.(selected.size > 0 ? rows.filter((row) => selected.has(rowId(row))) : rowsAt(current));
    else if (event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      const box = elementOf(current)?.getBoundingClientRect();
      if (box) openMenu(current, box.left + 48, box.bottom);
    } else if (!onRow) return;
    else if (event.key === " ") toggle(current, event.shiftKey);
    else if (event.key === "ArrowRight" && headings.has(current)) fold(current, false);
    else if (event.key === "ArrowLeft" && headings.has(current)) fold(current, true);
    else if (event.key === "Enter") openRow(current);
    else return;
    event.preventDefault();
  }
  function openRow(id: string) {
    if (headings.has(id)) return fold(id);
    const row = held.rows.find((each) => rowId(each) === id);
    if (row && !held.gone.has(id)) props.onOpen?.(row);
  }
  function onRowClick(event: MouseEvent, id: string) {
    // React hands on what happens in a menu that the row opened, though it is drawn elsewhere.
    if (!(event.target instanceof Node) || !event.currentTarget.contains(event.target)) return;
    if (event.target instanceof Element && event.target.closest("button, a, input, label")) return;
    if (window.getSelection()?.toString() && !event.shiftKey) return;
    setActive(id);
    if (event.ctrlKey || event.metaKey || event.shiftKey) toggle(id, event.shiftKey);
    else openRow(id);
  }
  function onContextMenu(event: MouseEvent) {
    const element = event.target instanceof Element ? event.target.closest<HTMLElement>("[data-row]") : null;
    const id = element?.dataset["row"];
    if (id === undefined || !props.menu) return;
    event.preventDefault();
    setActive(id);
    // Keys give no place of their own: they were answered where they were pressed.
    if (event.detail > 0 || event.button === 2) openMenu(id, event.clientX, event.clientY);
  }

  return (
    <div className={cx(css["frame"], whyNot && css["choosing"])} onMouseEnter={() => held.hover(true)} onMouseLeave={() => held.hover(false)}>
      {held.waiting > 0 && (
        <button type="button" className={css["waiting"]} onClick={held.release}>{plural(held.waiting, `new ${props.noun}`)}</button>
      )}
      <div ref={scroller} className={css["scroller"]} role="grid" aria-label={props.label} aria-rowcount={items.length + 1} aria-multiselectable="true" tabIndex={-1} onKeyDown={onKeyDown} onContextMenu={onContextMenu} onMouseDown={(event) => { if (event.shiftKey) event.preventDefault(); }}>
        <HeaderRow
          columns={visible}
          all={columns}
          template={template}
          sort={sort}
          onSort={props.onSort}
          total={held.rows.length - blocked.size}
          selected={selected.size}
          bulk={props.bulk}
          layout={layout}
          onLayout={props.onLayout}
          onSelectAll={(all) => selection.replace(all ? held.rows.map(rowId) : [])}
        />
        {held.rows.length === 0 && props.empty && <div role="row" className={css["nothing"]}><div role="gridcell">{props.empty}</div></div>}
        <div role="rowgroup" className={css["body"]} style={{ height: virtual.getTotalSize() }}>
          {virtual.getVirtualItems().map((place) => {
            const item = items[place.index];
            if (!item) return null;
            const { id } = item;
            if (item.kind === "group") {
              const count = item.rows.reduce((sum, row) => sum + Number(selected.has(rowId(row))), 0);
              return <GroupRow key={id} id={id} index={place.index} top={place.start} name={item.group} open={item.open} active={id === current} selected={count === 0 ? "none" : count === item.rows.length ? "all" : "some"} heading={grouping?.heading(item.group, item.rows)} onFold={() => fold(id)} onToggle={toggle} onClick={onRowClick} onFocus={setActive} />;
            }
            return (
              <Row
                key={id}
                id={id}
                index={place.index}
                top={place.start}
                row={item.row}
                name={props.rowName(item.row)}
                columns={visible}
                template={template}
                active={id === current}
                selected={selected.has(id)}
                opened={id === props.opened}
                blocked={blocked.get(id) ?? null}
                gone={held.gone.has(id)}
                grouped={item.grouped}
                onToggle={toggle}
                onClick={onRowClick}
                onFocus={setActive}
              />
            );
          })}
        </div>
      </div>
      <ContextMenu place={menuPlace} label="Actions" onClose={() => setMenuPlace(null)} />
    </div>
  );
}
