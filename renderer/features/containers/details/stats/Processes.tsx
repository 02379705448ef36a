import { useEffect, useState } from "react";
import type { ProcessList } from "../../../../../electron/ipc/contract/stats.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../../electron/ipc/errors.ts";
import { size } from "../../../../lib/size.ts";
import type { ContainerRow } from "../../../../stores/container-row.ts";
import { client } from "../../../../stores/host.ts";
import { Problem } from "../../../../ui/feedback/Problem.tsx";
import { usePageVisible } from "../../usePageVisible.ts";
import css from "./Stats.module.css";

const REFRESH_MS = 2000;

/** How the columns of ps are shown; others as they come. */
const known: Readonly<Record<string, { readonly name: string; readonly end?: true; readonly value?: (text: string) => string }>> = {
  PID: { name: "PID", end: true },
  PPID: { name: "Parent", end: true },
  USER: { name: "User" },
  UID: { name: "User" },
  "%CPU": { name: "CPU", end: true, value: (text) => `${text} %` },
  C: { name: "CPU", end: true },
  RSS: { name: "Memory", end: true, value: (text) => size(Number(text) * 1024) },
  ELAPSED: { name: "Running for", end: true },
  STIME: { name: "Started", end: true },
  TIME: { name: "CPU time", end: true },
  COMMAND: { name: "Command" },
  CMD: { name: "Command" },
};

/** The processes in a container, read again while they are looked at. */
export function Processes({ row }: { readonly row: ContainerRow }) {
  const running = row.state === "running" || row.state === "paused";
  const visible = usePageVisible();
  const [list, setList] = useState<ProcessList>();
  const [error, setError] = useState<IpcErrorInfo>();
  useEffect(() => {
    if (!running || !visible) return;
    const cancel = new AbortController();
    let timer: ReturnType<typeof setTimeout>;
    const read = async (): Promise<void> => {
      try {
        setList(await client().stats.processes({ id: row.id }, { signal: cancel.signal }));
        setError(undefined);
      } catch (problem) {
        if (!cancel.signal.aborted) setError(toIpcErrorInfo(problem));
      }
      if (!cancel.signal.aborted) timer = setTimeout(() => void read(), REFRESH_MS);
    };
    void read();
    return () => {
      cancel.abort();
      clearTimeout(timer);
    };
  }, [row.id, running, visible]);

  if (!running) return null;
  if (error && !list) return <Problem title="The processes could not be listed." cause={error.message} raw={error.cause} />;
  const columns = (list?.titles ?? []).map((title) => ({ title, ...(known[title] ?? { name: title }) }));
  return (
    <section className={css["processes"]} aria-label="Processes">
      <div className={css["processScroll"]} tabIndex={0} role="region" aria-label="List of processes">
        <table>
          <thead><tr>{columns.map((column) => <th key={column.title} scope="col" data-end={column.end}>{column.name}</th>)}</tr></thead>
          <tbody>
            {list?.processes.map((cells) => (
              <tr key={cells[Math.max(0, list.titles.indexOf("PID"))]}>
                {columns.map((column, index) => <td key={column.title} data-end={column.end} className={column.end ? "num" : column.name === "Command" ? "mono" : undefined}>{column.value ? column.value(cells[index] ?? "") : cells[index]}</td>)}
              </tr>
            ))}
          </tbody>
        </table>
      </div>
    </section>
  );
}
