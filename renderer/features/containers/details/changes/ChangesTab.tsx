import { useVirtualizer } from "@tanstack/react-virtual";
import { ChevronRight, FileDiff, RotateCw } from "lucide-react";
import { useMemo, useRef, useState } from "react";
import { size } from "../../../../lib/size.ts";
import { plural } from "../../../../lib/time.ts";
import { useKept } from "../../../../lib/useKept.ts";
import type { ContainerRow } from "../../../../stores/container-row.ts";
import { Button, IconButton } from "../../../../ui/button/Button.tsx";
import { CopyButton } from "../../../../ui/display/Copy.tsx";
import { Empty } from "../../../../ui/feedback/Empty.tsx";
import { Problem } from "../../../../ui/feedback/Problem.tsx";
import { SearchField } from "../../../../ui/field/SearchField.tsx";
import { Segments } from "../../../../ui/field/Segments.tsx";
import { TableSkeleton } from "../../../../ui/table/TableSkeleton.tsx";
import { changeTree, shownChanges, type ChangeKind, type ChangeOrder, type ShownChange } from "./tree.ts";
import { useChanges } from "./useChanges.ts";
import css from "./Changes.module.css";

const kinds: readonly ChangeKind[] = ["added", "modified", "deleted"];
const words: Record<ChangeKind, string> = { added: "Added", modified: "Changed", deleted: "Deleted" };
const marks: Record<ChangeKind, string> = { added: "A", modified: "C", deleted: "D" };
const rowHeight = 28;

/** What was written in a container, against its image, as a tree. */
export function ChangesTab({ row }: { readonly row: ContainerRow }) {
  const { changes, bytes, error, loading, reload } = useChanges(row.id);
  const [query, setQuery] = useState("");
  const [only, setOnly] = useState<ReadonlySet<ChangeKind>>(() => new Set(kinds));
  const [closed, setClosed] = useState<ReadonlySet<string>>(() => new Set());
  const [order, setOrder] = useKept<ChangeOrder>("changes.order", "name");
  const tree = useMemo(() => changeTree(changes ?? [], order), [changes, order]);
  const measured = useMemo(() => changes?.some((change) => change.bytes !== undefined) ?? false, [changes]);
  const shown = useMemo(() => shownChanges(tree, closed, query, only), [tree, closed, query, only]);

  if (error && !changes) return <Problem fill title={`What changed in ${row.name} could not be read.`} cause={error.message} raw={error.cause} actions={<Button onClick={reload}>Try again</Button>} />;
  if (!changes) return <TableSkeleton label="Reading what changed" />;
  if (changes.length === 0) {
    return (
      <Empty icon={<FileDiff />} title="Nothing was written" action={<Button icon={<RotateCw />} onClick={reload}>Look again</Button>} command={`docker diff ${row.name}`}>
        Files that {row.name} adds, changes or deletes appear here, compared with its image. What is in volumes is not part of the container.
      </Empty>
    );
  }
  function toggle(kind: ChangeKind): void {
    const next = new Set(only);
    if (!next.delete(kind)) next.add(kind);
    setOnly(next);
  }
  function fold(path: string, open: boolean): void {
    const next = new Set(closed);
    if (open) next.delete(path);
    else next.add(path);
    setClosed(next);
  }
  return (
    <div className={css["changes"]}>
      <div className={css["bar"]}>
        {kinds.map((kind) => (
          <button key={kind} type="button" className={css["count"]} aria-pressed={only.has(kind)} onClick={() => toggle(kind)}>
            <span className={css["mark"]} data-kind={kind} aria-hidden="true">{marks[kind]}</span>
            {words[kind]} <span className="num">{tree.counts[kind].toLocaleString("en")}</span>
          </button>
        ))}
        <span className={css["bytes"]}>{measured ? `${size(tree.bytes)} in files` : bytes !== undefined && `${size(bytes)} written`}</span>
        {measured && <Segments label="Order" value={order} options={[{ value: "name", label: "By name" }, { value: "size", label: "By size" }]} onChange={setOrder} />}
        <SearchField label="Search paths" value={query} onChange={setQuery} />
        <IconButton label="Compare again" disabled={loading} onClick={reload}><RotateCw /></IconButton>
      </div>
      {shown.length === 0 ? <p className={css["none"]}>No changed path matches.</p> : <Tree key={row.id} rows={shown} measured={measured} onFold={fold} />}
    </div>
  );
}

function Tree({ rows, measured, onFold }: { readonly rows: readonly ShownChange[]; readonly measured: boolean; readonly onFold: (path: string, open: boolean) => void }) {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState(0);
  const virtual = useVirtualizer({ count: rows.length, getScrollElement: () => scroller.current, estimateSize: () => rowHeight, overscan: 12 });
  const current = Math.min(active, rows.length - 1);
  function go(to: number): void {
    const next = Math.max(0, Math.min(rows.length - 1, to));
    setActive(next);
    virtual.scrollToIndex(next, { align: "auto" });
    requestAnimationFrame(() => scroller.current?.querySelector<HTMLElement>(`[data-at="${next}"]`)?.focus());
  }
  function onKeyDown(event: React.KeyboardEvent): void {
    const row = rows[current];
    if (!row) return;
    const folder = row.node.children.length > 0;
    if (event.key === "ArrowDown") go(current + 1);
    else if (event.key === "ArrowUp") go(current - 1);
    else if (event.key === "Home") go(0);
    else if (event.key === "End") go(rows.length - 1);
    else if (event.key === "ArrowRight" && row.open) go(current + 1);
    else if (event.key === "ArrowRight" && folder) onFold(row.node.path, true);
    else if (event.key === "ArrowLeft" && row.open) onFold(row.node.path, false);
    else if (event.key === "ArrowLeft") go(rows.findLastIndex((each, index) => index < current && each.depth < row.depth));
    else if (event.key === "Enter" && folder) onFold(row.node.path, !row.open);
    else return;
    event.preventDefault();
  }
  return (
    <div ref={scroller} className={css["tree"]}>
      <div role="tree" aria-label="Changed paths" style={{ height: virtual.getTotalSize(), position: "relative" }} onKeyDown={onKeyDown}>
        {virtual.getVirtualItems().map((item) => {
          const row = rows[item.index];
          if (!row) return null;
          const { node, depth, open } = row;
          const folder = node.children.length > 0;
          return (
            <div
              key={node.path}
              role="treeitem"
              aria-level={depth + 1}
              aria-expanded={folder ? open : undefined}
              aria-label={`${node.name}${node.kind ? `, ${words[node.kind].toLowerCase()}` : ""}${node.bytes > 0 ? `, ${size(node.bytes)}` : ""}`}
              aria-selected={item.index === current}
              data-at={item.index}
              tabIndex={item.index === current ? 0 : -1}
              className={css["row"]}
              style={{ transform: `translateY(${item.start}px)`, paddingLeft: 12 + depth * 18 }}
              onFocus={() => setActive(item.index)}
              onClick={() => folder && onFold(node.path, !open)}
            >
              <ChevronRight className={css["chevron"]} data-open={open || undefined} data-none={!folder || undefined} aria-hidden="true" />
              <span className={css["mark"]} data-kind={node.kind} aria-hidden="true">{node.kind ? marks[node.kind] : ""}</span>
              <span className={`${css["name"]} mono cut`} data-kind={node.kind} title={node.path}>{node.name}{folder && "/"}</span>
              <CopyButton text={node.path} label="Copy path" />
              {folder && <span className={css["below"]}>{kinds.filter((kind) => node.counts[kind] > 0).map((kind) => `${node.counts[kind].toLocaleString("en")} ${words[kind].toLowerCase()}`).join(", ")}</span>}
              {measured && <span className={css["size"]}>{node.bytes > 0 || node.kind !== "deleted" && !folder ? size(node.bytes) : ""}</span>}
            </div>
          );
        })}
      </div>
      <p className="visually-hidden" role="status">{plural(rows.length, "path")} shown</p>
    </div>
  );
}
