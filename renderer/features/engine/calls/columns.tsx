import { cx } from "../../../lib/cx.ts";
import { size } from "../../../lib/size.ts";
import { exactTime, took } from "../../../lib/time.ts";
import { Time } from "../../../ui/display/Time.tsx";
import type { Column } from "../../../ui/table/columns.ts";
import type { CallRow } from "./session.ts";
import { clientName, clock, shortIds, statusClass, statusText, targetParts } from "./words.ts";
import css from "./Calls.module.css";

const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });

/** The columns of the list of calls. */
export const callColumns: readonly Column<CallRow>[] = [
  { id: "at", header: "Time", track: "104px", from: 560, downFirst: true, compare: (a, b) => a.id - b.id, cell: ({ at }) => <time className="mono quiet" dateTime={new Date(at).toISOString()} title={exactTime(at)}>{clock(at)}</time> },
  { id: "method", header: "Method", track: "76px", from: 440, compare: (a, b) => names.compare(a.method, b.method), cell: ({ method }) => <span className="mono">{method}</span> },
  { id: "path", header: "Path", track: "minmax(110px, 4fr)", always: true, compare: (a, b) => names.compare(a.target, b.target), cell: ({ target }) => <Target target={target} /> },
  { id: "client", header: "Client", track: "minmax(130px, 1.6fr)", from: 700, compare: (a, b) => names.compare(clientName(a), clientName(b)), cell: (call) => <span className="cut" title={call.client}>{clientName(call)}</span> },
  { id: "status", header: "Status", track: "80px", compare: (a, b) => a.status - b.status, cell: (call) => <span className={cx("mono", css[`status-${statusClass(call)}`])}>{statusText(call)}</span> },
  { id: "took", header: "Took", track: "76px", align: "end", downFirst: true, compare: (a, b) => timeOf(a) - timeOf(b), cell: (call) => (call.open ? <Time at={call.began} as="length" /> : <span className="mono">{took(call.milliseconds)}</span>) },
  { id: "sent", header: "Answer", track: "84px", align: "end", from: 860, downFirst: true, compare: (a, b) => a.sent - b.sent, cell: (call) => <Bytes bytes={call.sent} of={call} /> },
  { id: "received", header: "Request", track: "84px", align: "end", from: 960, downFirst: true, compare: (a, b) => a.received - b.received, cell: (call) => <Bytes bytes={call.received} of={call} /> },
];

function timeOf(call: CallRow): number {
  return call.open ? Number.MAX_SAFE_INTEGER - call.began : call.milliseconds;
}

/** Of one that is open only the end tells how many they are. */
function Bytes({ bytes, of }: { readonly bytes: number; readonly of: CallRow }) {
  return of.open ? null : <span className="mono">{size(bytes)}</span>;
}

/** The path, with what is not the point of it less strong. */
export function Target({ target }: { readonly target: string }) {
  const { version, path, query } = targetParts(target);
  return <span className="mono cut" title={target}><span className="quiet">{version}</span>{shortIds(path)}<span className="quiet">{query}</span></span>;
}
