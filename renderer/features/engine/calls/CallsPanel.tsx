import { Copy, Eraser, Pause, Play, Radio } from "lucide-react";
import { useDeferredValue, useEffect, useMemo, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { cx } from "../../../lib/cx.ts";
import { plural } from "../../../lib/time.ts";
import { useKept } from "../../../lib/useKept.ts";
import { engineStore } from "../../../stores/engine.ts";
import { client, hostStore } from "../../../stores/host.ts";
import { report } from "../../../stores/report.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { copyText } from "../../../ui/display/Copy.tsx";
import { Empty } from "../../../ui/feedback/Empty.tsx";
import { Problem } from "../../../ui/feedback/Problem.tsx";
import { Select } from "../../../ui/field/Field.tsx";
import { SearchField } from "../../../ui/field/SearchField.tsx";
import type { Sort } from "../../../ui/table/columns.ts";
import { DataTable } from "../../../ui/table/DataTable.tsx";
import { TableSkeleton } from "../../../ui/table/TableSkeleton.tsx";
import { CallDetails } from "./CallDetails.tsx";
import { callColumns } from "./columns.tsx";
import { curlOf } from "./curl.ts";
import { CallsSession, type CallRow } from "./session.ts";
import { clientName, isOwn, isPlain, matchesCall, plainFilter, shortIds, targetParts, type CallFilter } from "./words.ts";
import css from "./Calls.module.css";

const nothing: ReadonlySet<string> = new Set();
const methods = ["GET", "POST", "PUT", "DELETE", "HEAD"].map((value) => ({ value, label: value }));
const statuses = [{ value: "2", label: "2xx: done" }, { value: "3", label: "3xx: so already" }, { value: "4", label: "4xx: refused" }, { value: "5", label: "5xx: failed" }, { value: "1", label: "1xx: taken over" }, { value: "open", label: "Open" }, { value: "left", label: "Client left" }];

/** Every call on the engine's socket, live. It is watched only while this is on the screen. */
export function CallsPanel() {
  const connected = useStore(engineStore, ({ status }) => status?.state === "connected");
  const endpoint = useStore(engineStore, ({ status }) => status?.endpoint ?? "");
  const link = useStore(hostStore, (host) => host.link === "open");
  const [session, setSession] = useState(() => new CallsSession());
  useSyncExternalStore(session.subscribe, session.getVersion);
  useEffect(() => {
    if (!connected || !link) return;
    const next = new CallsSession();
    setSession(next);
    void next.run();
    return () => next.dispose();
  }, [connected, link]);
  const [filter, setFilter] = useKept<CallFilter>("calls.filter", plainFilter);
  const [sort, setSort] = useKept<Sort>("calls.sort", { column: "at", down: true });
  const [picked, setPicked] = useState(nothing);
  const [shownId, setShownId] = useState<number>();
  const words = useDeferredValue(filter);
  const { rows, phase, error, socket } = session;
  const matching = useMemo(() => rows.filter((row) => matchesCall(row, words)), [rows, words]);
  const clients = useMemo(() => [...new Set(rows.filter((row) => !isOwn(row)).map(clientName))].sort(), [rows]);
  const chosen = useMemo(() => matching.filter((row) => picked.has(rowId(row))), [matching, picked]);
  const selected = useMemo(() => (chosen.length > 0 ? new Set(chosen.map(rowId)) : nothing), [chosen]);
  const shown = shownId === undefined ? undefined : rows.find(({ id }) => id === shownId);

  if (phase === "unsupported") return <Unsupported />;
  const change = (part: Partial<CallFilter>): void => setFilter({ ...filter, ...part });
  const own = rows.filter(isOwn).length;
  const waiting = session.waiting.filter((row) => matchesCall(row, words)).length;
  return (
    <div className={css["panel"]}>
      <div className={css["bar"]} role="toolbar" aria-label="Calls">
        <span className={css["words"]} role="status">{status(session, matching.length)}</span>
        <SearchField label="Search calls" value={filter.text} onChange={(text) => change({ text })} />
        <Select aria-label="Client" className={css["select"] ?? ""} value={filter.client} options={[{ value: "others", label: "Other clients" }, { value: "all", label: "All clients" }, ...clients.map((value) => ({ value, label: value })), ...(clients.includes(filter.client) || ["others", "all"].includes(filter.client) ? [] : [{ value: filter.client, label: filter.client }])]} onChange={(event) => change({ client: event.target.value })} />
        <Select aria-label="Method" className={css["select"] ?? ""} value={filter.method} options={[{ value: "", label: "Any method" }, ...methods]} onChange={(event) => change({ method: event.target.value })} />
        <Select aria-label="Status" className={css["select"] ?? ""} value={filter.status} options={[{ value: "", label: "Any status" }, ...statuses]} onChange={(event) => change({ status: event.target.value })} />
        <span className={css["group"]}>
          {session.paused ? <Button size="small" icon={<Play />} onClick={() => session.resume()}>{waiting > 0 ? `Resume, ${waiting.toLocaleString("en")} new` : "Resume"}</Button> : <IconButton label="Pause" disabled={phase !== "live"} onClick={() => session.pause()}><Pause /></IconButton>}
          <IconButton label="Clear" disabled={rows.length === 0} onClick={() => { session.clear(); setShownId(undefined); }}><Eraser /></IconButton>
        </span>
      </div>
      <div className={cx(css["split"], shown !== undefined && css["withDetails"])}>
        <div className={css["list"]}>
          {phase === "failed" && error ? <Problem fill title="The calls could not be listed." cause={error.message} raw={error.cause} />
          : phase === "opening" ? <TableSkeleton label="Reading the calls" />
          : (
            <DataTable<CallRow>
              label="Calls"
              noun="call"
              rows={matching}
              columns={callColumns}
              rowId={rowId}
              rowName={rowName}
              sort={sort}
              onSort={setSort}
              selected={selected}
              onSelect={setPicked}
              onOpen={({ id }) => setShownId(id)}
              opened={shown && rowId(shown)}
              filterKey={JSON.stringify(words)}
              menu={(list) => [
                { label: list.length === 1 ? "Copy as curl" : `Copy ${list.length} as curl`, icon: <Copy />, run: () => void copyCurls(list, endpoint, socket) },
                { label: list.length === 1 ? "Copy path" : `Copy ${list.length} paths`, icon: <Copy />, run: () => void copyText(list.map(({ target }) => target).join("\n")) },
              ]}
              bulk={<Button variant="ghost" size="small" icon={<Copy />} onClick={() => void copyCurls(chosen, endpoint, socket)}>Copy as curl</Button>}
              empty={isPlain(filter)
                ? <><p>{filter.client === "others" ? "No other client has called this engine since it started, or the list was cleared." : "No call yet."} Anything that uses its socket appears here at once, for instance <code className="mono">docker ps</code>.</p>{own > 0 && filter.client === "others" && <p className={css["emptyAction"]}><Button size="small" onClick={() => change({ client: "all" })}>Show this window’s {plural(own, "call")}</Button></p>}</>
                : <><p>No call matches.</p><p className={css["emptyAction"]}><Button size="small" onClick={() => setFilter(plainFilter)}>Show all</Button></p></>}
            />
          )}
        </div>
        {shown && <CallDetails key={shown.id} row={shown} endpoint={endpoint} socket={socket} onClose={() => setShownId(undefined)} />}
      </div>
    </div>
  );
}

function status({ phase, paused, missed, rows }: CallsSession, matching: number): string {
  if (phase !== "live") return "";
  const count = matching === rows.length ? plural(rows.length, "call") : `${matching.toLocaleString("en")} of ${plural(rows.length, "call")}`;
  return [count, paused ? "paused" : "live", missed > 0 ? `${missed.toLocaleString("en")} came too fast to list` : ""].filter(Boolean).join(", ");
}

/** One command a line, with the bodies that are kept. */
async function copyCurls(rows: readonly CallRow[], endpoint: string, socket: string): Promise<void> {
  try {
    const commands = await Promise.all(rows.map(async (row) => curlOf(row, (await client().calls.details({ id: row.id }).catch(() => undefined))?.content ?? null, endpoint, socket).command));
    await copyText(commands.join("\n"));
  } catch (error) {
    report("The commands were not copied.", error);
  }
}

function rowId({ id }: CallRow): string {
  return String(id);
}

function rowName({ method, target }: CallRow): string {
  return `${method} ${shortIds(targetParts(target).path)}`;
}

/** On an engine that is not Slipway's: what it lacks, and why. */
function Unsupported() {
  const name = useStore(engineStore, ({ status: engine }) => engine?.version?.name ?? "This engine");
  return (
    <Empty icon={<Radio />} title={`${name} does not list its calls`} command="journalctl -fu docker">
      The list comes from Slipway’s own engine, which notes every call on its socket as it serves it. On another engine a window sees only its own calls; dockerd writes its to its log once it runs with “debug”.
    </Empty>
  );
}
