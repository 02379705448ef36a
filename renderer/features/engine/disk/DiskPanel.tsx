import { HardDrive, RefreshCw, Trash2 } from "lucide-react";
import { useCallback, useDeferredValue, useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import type { DiskItem, DiskKind, FreePreview } from "../../../../electron/ipc/contract/disk.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { size } from "../../../lib/size.ts";
import { useKept } from "../../../lib/useKept.ts";
import { diskKey, diskRef, diskStore, type DiskState, dismissFailures, freeDisk, lookAtDisk, previewFree, readDisk, stopFreeing } from "../../../stores/disk.ts";
import { navigate, openDialog } from "../../../stores/route.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Bar } from "../../../ui/display/Bar.tsx";
import { Empty } from "../../../ui/feedback/Empty.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { SearchField } from "../../../ui/field/SearchField.tsx";
import { confirm } from "../../../ui/overlay/confirms.ts";
import type { Sort } from "../../../ui/table/columns.ts";
import { DataTable } from "../../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { diskColumns } from "./columns.tsx";
import { FreeDetails } from "./FreeDetails.tsx";
import { Overview } from "./Overview.tsx";
import { addressOf, kindName, kinds, nounOf, settled, whyNot } from "./words.ts";
import css from "./Disk.module.css";

const nothing: ReadonlySet<string> = new Set();

/** What takes space, what others share of it, and what the disk gets back when some of it goes. */
export function DiskPanel() {
  const { phase, items, totals, reads, error, freeing, failures } = useStore(diskStore);
  const [query, setQuery] = useKept("disk.query", "");
  const [kept, setKind] = useKept<DiskKind | "all">("disk.kind", "all");
  const [sort, setSort] = useKept<Sort>("disk.sort", { column: "size", down: true });
  const [picked, setPicked] = useState(nothing);
  const words = useDeferredValue(query);

  useEffect(lookAtDisk, []);

  const all = useMemo(() => [...items.values()], [items]);
  const counts = useMemo(() => new Map(kinds.map(({ kind }) => [kind, all.filter((item) => item.kind === kind).length])), [all]);
  const kind = kept !== "all" && (counts.get(kept) ?? 0) > 0 ? kept : null;
  const shown = useMemo(() => all.filter((item) => (kind === null || item.kind === kind) && matches(item, words)), [all, kind, words]);
  const selected = useSame(useMemo(() => settled(picked, items), [picked, items]));
  const { preview, failure, pending } = usePreview(selected, reads);
  const why = useCallback((item: DiskItem) => whyNot(item, selected), [selected]);
  const select = (ids: ReadonlySet<string>) => setPicked(settled(ids, items));

  function ask(): void {
    if (!preview) return;
    const number = numberOf(preview);
    confirm({ title: `Free ${number}`, body: <FreeDetails preview={preview} />, action: `Free ${number}`, run: () => {
      setPicked(nothing);
      void freeDisk(preview);
    } });
  }

  if (totals === undefined) {
    return phase === "failed" && error ? <Problem fill title="What takes space could not be read." cause={error.message} raw={error.cause} actions={<Button onClick={() => void readDisk()}>Try again</Button>} />
      : <TableSkeleton label="Reading what takes space" />;
  }
  // The engine and its builder keep a little from the start.
  const isBare = all.every((item) => item.fixed !== null && item.kind !== "container");
  return (
    <div className={css["panel"]}>
      <Overview
        totals={totals}
        counts={counts}
        chosen={kind}
        onChoose={(next) => setKind(next ?? "all")}
        tools={
          <>
            <SearchField label="Search what takes space" value={query} onChange={setQuery} />
            <IconButton label={phase === "reading" ? "Measuring" : "Measure again"} disabled={phase === "reading" || freeing !== undefined} onClick={() => void readDisk()}><RefreshCw /></IconButton>
          </>
        }
      />
      {!totals.isExact && <p className={css["note"]}>This engine tells of images, containers, volumes and its build cache. Shared layers, logs, leftovers of transfers and exact figures are told by Slipway's own engine.</p>}
      {phase === "failed" && error && <div className={css["message"]}><Problem title="What takes space could not be read to the end." cause={error.message} raw={error.cause} actions={<Button size="small" onClick={() => void readDisk()}>Try again</Button>} /></div>}
      {freeing && (
        <div className={css["progress"]} role="status">
          <span className="cut">Freeing {size(freeing.bytes)}: {freeing.done.toLocaleString("en")} of {freeing.of.toLocaleString("en")} done{freeing.name !== "" && freeing.done > 0 && `, last ${freeing.name}`}</span>
          <Bar label="Freeing" value={freeing.of === 0 ? undefined : freeing.done / freeing.of} />
          <Button size="small" onClick={stopFreeing}>Stop</Button>
        </div>
      )}
      {failures.length > 0 && (
        <div className={css["message"]}>
          <Problem
            title={failures.length === 1 ? `The ${nounOf(failures[0]!.kind)} ${failures[0]!.name} was not freed.` : `${failures.length} were not freed.`}
            cause={failures.length === 1 ? failures[0]!.message : <Failures list={failures} />}
            actions={<Button size="small" onClick={dismissFailures}>Dismiss</Button>}
          />
        </div>
      )}
      {isBare && phase === "ready" ? (
        <Empty icon={<HardDrive />} title="Nothing takes space yet" command="docker system df" action={<Button variant="primary" onClick={() => openDialog("pull")}>Pull an image</Button>}>
          Images, containers, volumes, logs and the build cache appear here with what each takes, what they share, and what the disk gets back when some of them go. So far there are only the engine's own records.
        </Empty>
      ) : (
        <DataTable<DiskItem>
          label="What takes space"
          noun="item"
          rows={shown}
          columns={diskColumns}
          rowId={diskKey}
          rowName={rowName}
          sort={sort}
          onSort={setSort}
          selected={selected}
          onSelect={select}
          whyNot={why}
          onOpen={open}
          onDelete={() => ask()}
          filterKey={`${kind}:${words}`}
          bulk={
            <>
              <span className={css["frees"]} role="status" data-pending={pending || undefined}>
                {failure ? `What this frees could not be worked out: ${failure.message}` : preview ? <Frees preview={preview} /> : "Working out what this frees"}
              </span>
              <Button variant="danger" size="small" icon={<Trash2 />} disabled={!preview || pending || freeing !== undefined || preview.items.length === 0} onClick={ask}>{preview && !pending ? `Free ${numberOf(preview)}` : "Free"}</Button>
            </>
          }
          empty={<><p>{query ? `Nothing matches “${query}”.` : "Nothing of this kind takes space."}</p><p className={css["again"]}><Button size="small" onClick={() => { setQuery(""); setKind("all"); }}>Show all</Button></p></>}
        />
      )}
    </div>
  );
}

function Failures({ list }: { readonly list: DiskState["failures"] }) {
  return (
    <>
      {list.slice(0, 10).map(({ kind, name, message }) => <span key={`${kind} ${name}`} className={css["failed"]}>{kindName(kind)} {name}: {message}</span>)}
      {list.length > 10 && <span className={css["failed"]}>and {list.length - 10} more</span>}
    </>
  );
}

function Frees({ preview: { freedBytes, isExact, items } }: { readonly preview: FreePreview }) {
  const sum = items.reduce((all, { bytes }) => all + (bytes ?? 0), 0);
  return <>{isExact ? "" : "at least "}{freedBytes.toLocaleString("en")} bytes come free{isExact && sum > freedBytes && `; the rest of ${size(sum)} is needed by others too`}</>;
}

function numberOf({ freedBytes, isExact }: FreePreview): string {
  return `${isExact ? "" : "at least "}${size(freedBytes)}`;
}

/** The set that was there before, while it has the same in it. */
function useSame(set: ReadonlySet<string>): ReadonlySet<string> {
  const last = useRef(set);
  if (set.size !== last.current.size || [...set].some((key) => !last.current.has(key))) last.current = set;
  return last.current;
}

/**
 * What the engine says of the selection; the last answer stays while the next one is worked out.
 * @param reads rises when everything was measured again
 */
function usePreview(selected: ReadonlySet<string>, reads: number): { readonly preview: FreePreview | undefined; readonly failure: IpcErrorInfo | undefined; readonly pending: boolean } {
  const [answer, setAnswer] = useState<{ readonly of: ReadonlySet<string>; readonly preview?: FreePreview; readonly failure?: IpcErrorInfo }>();
  useEffect(() => {
    if (selected.size === 0) return setAnswer(undefined);
    const cancel = new AbortController();
    previewFree([...selected].map(diskRef), cancel.signal)
      .then((preview) => setAnswer({ of: selected, preview }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ of: selected, failure: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
    // Numbers that come one by one ask for no new answer, the last of them does.
  }, [selected, reads]);
  return { preview: answer?.preview, failure: answer?.failure, pending: answer?.of !== selected };
}

function open(item: DiskItem): void {
  const to = addressOf(item);
  if (to !== undefined) navigate(to);
}

function rowName(item: DiskItem): string {
  return `${kindName(item.kind)} ${item.name}`;
}

function matches({ name, detail, kind, id, users }: DiskItem, query: string): boolean {
  const words = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (words.length === 0) return true;
  const text = `${name} ${detail} ${kindName(kind)} ${id} ${users.map((user) => user.name).join(" ")}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
