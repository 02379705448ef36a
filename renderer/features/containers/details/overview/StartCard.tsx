import type { ContainerInspectInfo } from "dockerode";
import { useEffect, useState, type ReactNode } from "react";
import { useStore } from "zustand";
import type { ContainerStart } from "../../../../../electron/ipc/contract/containers.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../../electron/ipc/errors.ts";
import { cx } from "../../../../lib/cx.ts";
import type { ContainerRow } from "../../../../stores/container-row.ts";
import { engineStore, isSlipway } from "../../../../stores/engine.ts";
import { client } from "../../../../stores/host.ts";
import { Card } from "../../../../ui/display/Facts.tsx";
import { Time } from "../../../../ui/display/Time.tsx";
import { Problem } from "../../../../ui/feedback/Problem.tsx";
import { healthSays, startSays, stepRows, stepWords, type Bar } from "./start-words.ts";
import css from "./Overview.module.css";

/** What the last start spent its time on, beside the one before; nothing on an engine that does not measure it. */
export function StartCard({ row, info }: { readonly row: ContainerRow; readonly info: ContainerInspectInfo }) {
  const measured = useStore(engineStore, isSlipway);
  const { starts, error } = useStarts(row.id, info, measured);
  if (!measured) return null;
  const [last, before] = starts ?? [];
  return (
    <Card title="Last start">
      {error ? <Problem title="The starts could not be read." cause={error.message} raw={error.cause} />
      : starts === undefined ? <p className={css["none"]}>Reading</p>
      : last === undefined ? <p className={css["none"]}>{row.state === "created" ? "It has not been started yet. Afterwards this says how long each step took." : "It has not been started since the engine was. The next start is measured."}</p>
      : <Start start={last} before={before} />}
    </Card>
  );
}

function Start({ start, before }: { readonly start: ContainerStart; readonly before: ContainerStart | undefined }) {
  const health = healthSays(start);
  const healthBefore = before && healthSays(before);
  return (
    <>
      <p className={cx(css["startSays"], start.outcome === "failed" && css["startFailed"])}>{startSays(start, before)}</p>
      {start.error && <p className={css["startSays"]}>{start.error}</p>}
      <table className={css["steps"]} aria-label="Steps of the last start">
        <thead>
          <tr><th scope="col"><span className="visually-hidden">Step</span></th><th scope="col"><span className="visually-hidden">Chart</span></th><th scope="col" className={css["number"]}>Took</th>{before && <th scope="col" className={css["number"]}>Before</th>}</tr>
        </thead>
        <tbody>
          {stepRows(start, before).map((each) => (
            <tr key={each.step}>
              <th scope="row" title={stepWords[each.step].means}>{stepWords[each.step].name}</th>
              <td><Track><BarAt bar={each.bar} className={cx(css["bar"], each.failed && css["barFailed"])} />{each.before && <BarAt bar={each.before.bar} className={css["barBefore"]} />}</Track></td>
              <td className={cx(css["number"], each.failed && css["startFailed"])}>{each.took}</td>
              {before && <td className={cx(css["number"], "quiet")}>{each.before?.took ?? "–"}</td>}
            </tr>
          ))}
          {health !== undefined && (
            <tr>
              <th scope="row" title="Since the start began, until the health check first passed">Healthy</th>
              <td><Track><BarAt bar={{ left: 0, width: 100 }} className={cx(css["bar"], css["barOpen"])} /></Track></td>
              <td className={css["number"]}>{health}</td>
              {before && <td className={cx(css["number"], "quiet")}>{healthBefore ?? "–"}</td>}
            </tr>
          )}
        </tbody>
      </table>
      <p className={css["startFoot"]}>Started <Time at={start.at} />{before && <>; the thin bars are the start before, <Time at={before.at} /></>}.</p>
    </>
  );
}

/** The table says it in numbers. */
function Track({ children }: { readonly children: ReactNode }) {
  return <div className={css["track"]} aria-hidden="true">{children}</div>;
}

function BarAt({ bar: { left, width }, className }: { readonly bar: Bar; readonly className: string | undefined }) {
  return <span className={className} style={{ left: `min(${left}%, calc(100% - 2px))`, width: `${width}%` }} />;
}

/** The starts of a container, read again whenever it was inspected again. */
function useStarts(id: string, info: ContainerInspectInfo, measured: boolean): { readonly starts: readonly ContainerStart[] | undefined; readonly error: IpcErrorInfo | undefined } {
  const [answer, setAnswer] = useState<{ readonly starts?: readonly ContainerStart[]; readonly error?: IpcErrorInfo }>({});
  useEffect(() => {
    if (!measured) return;
    const cancel = new AbortController();
    client().containers.starts({ id }, { signal: cancel.signal }).then(
      (starts) => setAnswer({ starts }),
      (error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error) });
      },
    );
    return () => cancel.abort();
  }, [id, info, measured]);
  return { starts: answer.starts, error: answer.error };
}
