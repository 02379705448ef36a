import { ChevronDown, ChevronUp } from "lucide-react";
import { memo, useEffect, useMemo, useRef, useState, type KeyboardEvent } from "react";
import { findJsonRows, jsonRows, type JsonRow } from "../../lib/json-rows.ts";
import { IconButton } from "../button/Button.tsx";
import { SearchField } from "../field/SearchField.tsx";
import { Copyable, CopyButton, copyText } from "./Copy.tsx";
import css from "./JsonView.module.css";

/** A daemon's own answer, printed and coloured: to search, to jump to a path, to copy the path or value of a line, or all of it. */
export function JsonView({ value, label = "Inspect" }: { readonly value: object; readonly label?: string }) {
  const rows = useMemo(() => jsonRows(value), [value]);
  const [query, setQuery] = useState("");
  const [current, setCurrent] = useState<number | null>(null);
  const found = useMemo(() => findJsonRows(rows, query), [rows, query]);
  const marks = useMemo(() => new Set(found), [found]);
  const scroller = useRef<HTMLDivElement>(null);
  const row = current === null ? undefined : rows[current];
  const at = current === null ? -1 : found.indexOf(current);

  function show(index: number | undefined, block: "center" | "nearest" = "center"): void {
    if (index === undefined) return;
    setCurrent(index);
    scroller.current?.querySelector(`[data-line="${index}"]`)?.scrollIntoView({ block });
  }
  useEffect(() => {
    if (found.length > 0) show(found[0]);
  }, [found]);
  function step(by: number): void {
    if (found.length > 0) show(found[(at < 0 ? (by > 0 ? 0 : found.length - 1) : at + by + found.length) % found.length]);
  }
  function onKeyDown(event: KeyboardEvent): void {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const from = current ?? 0;
    const to = { ArrowDown: from + 1, ArrowUp: from - 1, Home: 0, End: rows.length - 1, PageDown: from + 20, PageUp: from - 20 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    show(Math.max(0, Math.min(rows.length - 1, to)), "nearest");
  }
  return (
    <div className={css["inspect"]}>
      <div className={css["bar"]} onKeyDown={(event) => {
        if (event.key === "Enter" && event.target instanceof HTMLInputElement) step(event.shiftKey ? -1 : 1);
      }}>
        <SearchField label="Search, or .path" value={query} onChange={setQuery} />
        <span className={css["count"]} role="status">{query.trim() === "" ? "" : found.length === 0 ? "Nothing found" : `${at + 1} of ${found.length}`}</span>
        <IconButton label="Previous match" disabled={found.length === 0} onClick={() => step(-1)}><ChevronUp /></IconButton>
        <IconButton label="Next match" disabled={found.length === 0} onClick={() => step(1)}><ChevronDown /></IconButton>
        <div className={css["place"]}>
          {row && (
            <>
              <Copyable text={row.path} what="path" />
              <button type="button" className={css["copyValue"]} onClick={() => void copyText(typeof row.value === "string" ? row.value : JSON.stringify(row.value, null, 2))}>Copy value</button>
            </>
          )}
        </div>
        <CopyButton text={JSON.stringify(value, null, 2)} label="Copy JSON" always />
      </div>
      <div ref={scroller} className={css["json"]} role="region" tabIndex={0} aria-label={label} onKeyDown={onKeyDown}>
        {rows.map((each, index) => <Line key={index} row={each} index={index} current={index === current} marked={marks.has(index)} onChoose={setCurrent} />)}
      </div>
    </div>
  );
}

interface LineProps {
  readonly row: JsonRow;
  readonly index: number;
  readonly current: boolean;
  readonly marked: boolean;
  readonly onChoose: (index: number) => void;
}

const Line = memo(function Line({ row, index, current, marked, onChoose }: LineProps) {
  return (
    <div className={css["line"]} data-line={index} data-current={current || undefined} data-marked={marked || undefined} aria-current={current || undefined} onClick={() => onChoose(index)}>
      {"  ".repeat(row.depth)}{row.key !== undefined && <><span className={css["key"]}>{row.key}</span>: </>}{row.kind === "plain" ? row.text : <span className={css[row.kind]}>{row.text}</span>}{row.comma && ","}
      {"\n"}
    </div>
  );
});
