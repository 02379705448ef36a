import { useCallback, useEffect, useImperativeHandle, useLayoutEffect, useRef, useState, useSyncExternalStore, type ReactNode, type Ref } from "react";
import { Line } from "./Line.tsx";
import type { LogBuffer } from "./buffer.ts";
import css from "./Log.module.css";

/** Where lines come from. */
export interface LogSource {
  readonly buffer: LogBuffer;
  readonly subscribe: (listener: () => void) => () => void;
  /** Grows with every change. */
  readonly getVersion: () => number;
}

export interface LogLinesHandle {
  /** Shows a line in the middle and stops following. */
  reveal(number: number): void;
  toEnd(): void;
  /** Number of the first line in view. */
  firstVisible(): number;
}

export interface LogLinesProps {
  readonly session: LogSource;
  readonly name: string;
  readonly follow: boolean;
  readonly onFollow: (follow: boolean) => void;
  readonly showTime: boolean;
  readonly wrap: boolean;
  readonly fontSize: number;
  readonly needle: string;
  readonly current: number | undefined;
  readonly handle: Ref<LogLinesHandle>;
}

/** Browsers stop at about 16 million pixels; beyond this the scroll bar stands for more rows than it has pixels. */
const tallest = 12_000_000;
const overscan = 24;
const timeColumns = 25;
const gutter = 24;

/** The lines in view out of any number of lines; only these exist in the page. */
export function LogLines(props: LogLinesProps) {
  const { session, follow, onFollow, showTime, wrap, fontSize } = props;
  useSyncExternalStore(session.subscribe, session.getVersion);
  const scroller = useRef<HTMLDivElement>(null);
  const [view, setView] = useState({ top: 0, height: 0, width: 0, char: 7 });
  const rowHeight = Math.round(fontSize * 1.5);
  const { buffer } = session;

  const columns = wrap ? Math.max(20, Math.floor((view.width - 2 * gutter) / view.char) - (showTime ? timeColumns : 0)) : 0;
  const totalRows = buffer.rowOf(buffer.end, columns);
  const full = totalRows * rowHeight + 16;
  const shown = Math.min(full, tallest);
  const scale = shown > view.height ? (full - view.height) / (shown - view.height) : 1;
  const virtualTop = view.top * scale;

  const state = useRef({ follow, full, first: buffer.first, session });
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

  useLayoutEffect(() => {
    const element = scroller.current;
    if (!element) return;
    const before = state.current;
    if (follow) element.scrollTop = element.scrollHeight;
    else if (before.session === session && buffer.first > before.first && scale === 1) element.scrollTop -= before.full > full ? before.full - full : (buffer.first - before.first) * rowHeight;
    state.current = { follow, full, first: buffer.first, session };
    measure();
  }, [follow, full, buffer.first, session, rowHeight, scale, measure]);

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
    const atEnd = element.scrollHeight - element.scrollTop - element.clientHeight < rowHeight;
    if (dragging.current || performance.now() - userMoved.current < 500) {
      if (atEnd && !follow) onFollow(true);
      if (!atEnd && follow && element.scrollTop < view.top) onFollow(false);
    }
    measure();
  }

  useImperativeHandle(props.handle, () => ({
    reveal(number) {
      const element = scroller.current;
      if (!element) return;
      onFollow(false);
      const target = (buffer.rowOf(number, columns) * rowHeight - view.height / 2) / scale;
      element.scrollTop = Math.max(0, target);
      measure();
    },
    toEnd: () => onFollow(true),
    firstVisible: () => buffer.lineAtRow(virtualTop / rowHeight, columns).number,
  }));

  const lines: ReactNode[] = [];
  const start = buffer.lineAtRow(Math.max(0, virtualTop / rowHeight - overscan), columns);
  const bottom = virtualTop + view.height + overscan * rowHeight;
  for (let number = start.number, row = start.row; number < buffer.end && row * rowHeight < bottom; number++) {
    const line = buffer.line(number);
    const height = buffer.heightOf(number, columns);
    if (line) {
      const top = row * rowHeight - virtualTop + view.top + 8;
      lines.push(<Line key={number} line={line} top={Math.round(top)} height={height * rowHeight} showTime={showTime} wrap={wrap} needle={props.needle} current={number === props.current} />);
    }
    row += height;
  }
  const width = wrap ? undefined : Math.ceil((buffer.widest + (showTime ? timeColumns : 0)) * view.char) + 2 * gutter;

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
      onKeyDown={(event) => {
        if (event.key === "End") onFollow(true);
        if (event.key === "Home" || event.key === "PageUp" || event.key === "ArrowUp") onFollow(false);
      }}
    >
      <div className={css["content"]} style={{ height: shown, width, minWidth: "100%" }}>{lines}</div>
    </div>
  );
}
