import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, useSyncExternalStore, type ReactNode, type Ref } from "react";
import { Line } from "./Line.tsx";
import type { LogBuffer } from "./buffer.ts";
import type { LogRows } from "./rows.ts";
import { plainText } from "./scan.ts";
import { copySelection, useHeldLines } from "./selection.ts";
import { timeColumns, type LogTime } from "./times.ts";
import css from "./Log.module.css";

/** Where lines come from. */
export interface LogSource {
  readonly buffer: LogBuffer;
  readonly subscribe: (listener: () => void) => () => void;
  /** Grows with every change. */
  readonly getVersion: () => number;
}

/** How lines are looked at. */
export interface LogLook {
  /** What is drawn; every line without it. */
  readonly rows?: LogRows | undefined;
  readonly time: LogTime;
  readonly wrap: boolean;
  readonly fontSize: number;
  /** A gutter with levels, and with what folds out structured lines. */
  readonly lead?: boolean | undefined;
  /** Names of containers by a line's owner, where there is more than one. */
  readonly owners?: readonly string[] | undefined;
  readonly marksOf?: ((text: string) => readonly number[]) | undefined;
  readonly current?: number | undefined;
  readonly isMatch?: ((number: number) => boolean) | undefined;
  readonly isOpen?: ((number: number) => boolean) | undefined;
  readonly onToggle?: ((number: number, rows: number) => void) | undefined;
}

export interface LogLinesHandle {
  /** Shows a line in the middle and stops following. */
  reveal(number: number): void;
  /** Number of the first line in view. */
  firstVisible(): number;
}

export interface LogLinesProps extends LogLook {
  readonly session: LogSource;
  readonly name: string;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  /** The reader came near the first line, or the last one. */
  readonly onEdge?: ((edge: "top" | "bottom") => void) | undefined;
  readonly handle?: Ref<LogLinesHandle> | undefined;
}

/** Browsers stop at about 16 million pixels; beyond this the scroll bar stands for more rows than it has pixels. */
const tallest = 12_000_000;
const overscan = 24;
const gutter = 24;
const leadColumns = 2;
const widestOwner = 24;
/** Pixels from the first or last line within which more lines are asked for. */
const nearEdge = 600;
const beyond = Number.MAX_SAFE_INTEGER;
const noMarks: readonly number[] = [];

/** The lines in view out of any number of lines; only these exist in the page. What is in view stays where it is, whatever comes or goes around it. */
export function LogLines(props: LogLinesProps) {
  const { session, follow, onFollow, time, wrap, fontSize, lead = false, owners, onEdge } = props;
  useSyncExternalStore(session.subscribe, session.getVersion);
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0, width: 0, char: 7 });
  const rowHeight = Math.round(fontSize * 1.5);
  const { buffer } = session;
  const rows = props.rows ?? buffer;
  const now = useNow(time === "relative");
  const held = useHeldLines(scroller);

  const ownerColumns = owners ? Math.min(widestOwner, Math.max(...owners.map((owner) => owner.length), 4)) + 1 : 0;
  const fixedColumns = timeColumns[time] + ownerColumns + (lead ? leadColumns : 0);
  const columns = wrap ? Math.max(20, Math.floor((view.width - 2 * gutter) / view.char) - fixedColumns) : 0;
  const full = rows.rowOf(beyond, columns) * rowHeight + 16;
  const shown = Math.min(full, tallest);
  const scale = shown > view.height ? (full - view.height) / (shown - view.height) : 1;
  const virtualTop = view.top * scale;

  const measure = useCallback(() => {
    const element = scroller.current;
    if (element) setView((before) => (before.top === element.scrollTop && before.height === element.clientHeight && before.width === element.clientWidth ? before : { ...before, top: element.scrollTop, height: element.clientHeight, width: element.clientWidth }));
  }, []);

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const probe = document.createElement("span");
    probe.textContent = "0".repeat(100);
    probe.className = css["probe"] ?? "";
    element.append(probe);
    const char = probe.getBoundingClientRect().width / 100 || 7;
    probe.remove();
    setView((before) => ({ ...before, char }));
    const observer = new ResizeObserver(measure);
    observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [fontSize, measure]);

  /** The line at the top of the view, where it lies among all rows, and how far it is scrolled out of view; in pixels. */
  const anchor = useRef<{ number: number | undefined; place: number; offset: number; top: number; buffer: LogBuffer }>({ number: undefined, place: 0, offset: 0, top: 0, buffer });
  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const at = anchor.current;
    if (follow) element.scrollTop = element.scrollHeight;
    else if (at.number !== undefined && at.buffer === buffer) {
      const place = rows.rowOf(at.number, columns) * rowHeight;
      // Where nothing has moved, setting it would end a scroll that the browser animates.
      if (place !== at.place) element.scrollTop = Math.max(0, Math.round((place + at.offset) / scale));
    }
    const top = element.scrollTop * scale;
    const first = rows.lineAtRow(top / rowHeight, columns);
    anchor.current = { number: first.number, place: first.row * rowHeight, offset: top - first.row * rowHeight, top: element.scrollTop, buffer };
    measure();
  });

  /** Only the reader's own movement changes whether the end is followed. */
  const userMoved = useRef(0);
  useEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const mark = () => { userMoved.current = performance.now(); };
    for (const type of ["wheel", "pointerdown", "touchmove", "keydown"]) element.addEventListener(type, mark, { passive: true });
    return () => { for (const type of ["wheel", "pointerdown", "touchmove", "keydown"]) element.removeEventListener(type, mark); };
  }, []);
  const dragging = useRef(false);
  function onScroll() {
    const element = scroller.current;
    if (!element) return;
    const at = anchor.current;
    const moved = element.scrollTop - at.top;
    // Lines may have come since the last drawing, so only the distance counts.
    anchor.current = { ...at, offset: at.offset + moved * scale, top: element.scrollTop };
    const left = element.scrollHeight - element.scrollTop - element.clientHeight;
    if (dragging.current || performance.now() - userMoved.current < 500) {
      if (left < rowHeight && !follow) onFollow(true);
      if (left >= rowHeight && follow && element.scrollTop < view.top) onFollow(false);
      if (element.scrollTop < nearEdge && moved < 0) onEdge?.("top");
      if (left < nearEdge && moved > 0) onEdge?.("bottom");
    }
    measure();
  }

  useImperativeHandle(props.handle, () => ({
    reveal(number) {
      const element = scroller.current;
      if (!element) return;
      onFollow(false);
      const target = (rows.rowOf(number, columns) * rowHeight - view.height / 2) / scale;
      anchor.current = { ...anchor.current, number: undefined };
      element.scrollTop = Math.max(0, target);
      measure();
    },
    firstVisible: () => rows.lineAtRow(virtualTop / rowHeight, columns).number,
  }));

  const lines: ReactNode[] = [];
  const draw = (number: number, row: number, before: number | undefined): void => {
    const line = buffer.line(number);
    if (!line) return;
    lines.push(
      <Line
        key={number} line={line} number={number} top={Math.round(row * rowHeight - virtualTop + view.top + 8)} height={rows.heightOf(number, columns) * rowHeight}
        time={time} now={now} wrap={wrap} lead={lead} owner={owners?.[line.owner]} ownerColumns={ownerColumns} marks={props.marksOf?.(plainText(line.text)) ?? noMarks}
        current={number === props.current} aside={props.isMatch !== undefined && !props.isMatch(number)} gap={before !== undefined && before !== number - 1} open={props.isOpen?.(number) ?? false} onToggle={props.onToggle}
      />,
    );
  };
  const start = rows.lineAtRow(Math.max(0, virtualTop / rowHeight - overscan), columns);
  const bottom = virtualTop + view.height + overscan * rowHeight;
  let last: number | undefined;
  for (let number = start.number, row = start.row; number < buffer.end && row * rowHeight < bottom; number = rows.next(number)) {
    draw(number, row, last);
    row += rows.heightOf(number, columns);
    last = number;
  }
  // What a selection begins and ends in must exist for as long as it is selected.
  for (const number of held) if (number < start.number || number > (last ?? start.number)) draw(number, rows.rowOf(number, columns), undefined);
  const width = wrap ? undefined : Math.ceil((buffer.widest + fixedColumns) * view.char) + 2 * gutter;

  return (
    <div
      ref={scroller}
      className={css["scroller"]}
      role="log"
      aria-label={`Log of ${props.name}`}
      aria-live="off"
      tabIndex={0}
      style={{ fontSize, lineHeight: `${rowHeight}px` }}
      onScroll={onScroll}
      onPointerDown={() => { dragging.current = true; }}
      onPointerUp={() => { dragging.current = false; }}
      onCopy={(event) => copySelection(event.nativeEvent, buffer, rows)}
      onKeyDown={(event) => {
        if (event.key === "End") onFollow(true);
        if (event.key === "Home" || event.key === "PageUp" || event.key === "ArrowUp") onFollow(false);
      }}
    >
      <div className={css["content"]} style={{ height: shown, width, minWidth: "100%" }}>{lines}</div>
    </div>
  );
}

/** Unix milliseconds, renewed now and then while somebody looks. */
function useNow(wanted: boolean): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    if (!wanted) return;
    setNow(Date.now());
    const timer = setInterval(() => { if (!document.hidden) setNow(Date.now()); }, 5000);
    return () => clearInterval(timer);
  }, [wanted]);
  return now;
}
