import { RotateCw, Square } from "lucide-react";
import { useEffect, useState } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { EngineStatus } from "../../../electron/ipc/contract/engine.ts";
import type { SystemInfo } from "../../../electron/ipc/contract/system.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { restartEngine, stopEngine } from "../../stores/engine.ts";
import { client } from "../../stores/host.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Skeleton } from "../../ui/display/Bar.tsx";
import { CommandLine, Copyable } from "../../ui/display/Copy.tsx";
import { Card, Cards, Facts } from "../../ui/display/Facts.tsx";
import { StateGlyph } from "../../ui/display/StateGlyph.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { confirm } from "../../ui/overlay/confirms.ts";
import { DiskCard } from "./DiskCard.tsx";
import { StartButton, titleOf } from "./EngineDown.tsx";
import css from "./Engine.module.css";

/** The engine itself: state, version, socket, machine, space. */
export function EngineOverview({ status }: { readonly status: EngineStatus }) {
  const connected = status.state === "connected";
  const { info, error } = useSystemInfo(connected ? status.connection.id : undefined);
  const { version } = status;
  return (
    <div className={css["page"]}>
      <section className={css["state"]} aria-label="State">
        <StateGlyph state={connected ? "running" : status.state === "stopped" ? "exited" : status.state === "failed" ? "failed" : "busy"} />
        <div className={css["stateText"]}>
          <p className={css["stateTitle"]}>{titleOf(status)}</p>
          <p className="quiet">{status.error?.message ?? (version ? `${version.name} ${version.version}` : "")}</p>
        </div>
        {!connected && status.state !== "starting" && <StartButton status={status} />}
        {connected && status.managed && (
          <>
            <Button icon={<RotateCw />} onClick={() => void restartEngine()}>Restart</Button>
            <Button icon={<Square />} onClick={askStop}>Stop</Button>
          </>
        )}
      </section>
      {status.error?.cause && <Problem title={status.error.message} raw={status.error.cause} />}
      {error && <Problem title="The engine's information could not be read." cause={error.message} raw={error.cause} />}
      <Cards>
        <Card title="Connection">
          <Facts
            rows={[
              ["Name", status.connection.name],
              ["Address", <Copyable key="socket" text={status.endpoint} what="address" />],
              ["Engine", version ? `${version.name} ${version.version}` : undefined],
              ["API version", version?.apiVersion],
              ["Managed by", status.managed ? "Slipway" : "Another program: it is started and stopped there"],
            ]}
          />
        </Card>
        <Card title="From a terminal">
          <div className={css["command"]}><CommandLine command={`export DOCKER_HOST=${status.endpoint}`} label="Point Docker clients at this engine" /></div>
          <p className={css["note"]}>After this line, docker, compose and every other Docker client in that terminal use the same containers and images as this window.</p>
        </Card>
        {connected && (
          <Card title="Machine">
            {info ? (
              <Facts
                rows={[
                  ["System", info.operatingSystem],
                  ["Kernel", `${info.kernelVersion}, ${info.architecture}`],
                  ["Processors", String(info.cpus)],
                  ["Memory", size(info.memoryBytes)],
                  ["Data", <Copyable key="data" text={info.rootDirectory} what="data directory" />],
                  ["Storage", info.storageDriver],
                  ["Control groups", `Version ${info.cgroupVersion}`],
                  ["Mode", info.rootless ? "Rootless: as your own user" : "Root"],
                  ["Containers", `${plural(info.containers, "container")}, ${info.containersRunning} running`],
                ]}
              />
            ) : <div className={css["skeletons"]}>{[52, 64, 40, 58, 46].map((width) => <Skeleton key={width} width={`${width}%`} />)}</div>}
          </Card>
        )}
        {connected && <DiskCard managed={status.managed} />}
        {info && info.warnings.length > 0 && (
          <Card title="Warnings"><ul className={css["warnings"]}>{info.warnings.map((warning) => <li key={warning}>{warning.replace(/^WARNING:\s*/, "")}</li>)}</ul></Card>
        )}
      </Cards>
    </div>
  );
}

function askStop(): void {
  confirm({
    title: "Stop the engine",
    body: "Running containers keep running, but nothing can be listed, started or stopped until the engine is started again. Terminals and running pulls end.",
    action: "Stop engine",
    run: stopEngine,
  });
}

/** @param connection which engine to ask; undefined while there is none */
function useSystemInfo(connection: string | undefined): { info: SystemInfo | undefined; error: IpcErrorInfo | undefined } {
  const [answer, setAnswer] = useState<{ info: SystemInfo | undefined; error: IpcErrorInfo | undefined }>({ info: undefined, error: undefined });
  useEffect(() => {
    if (connection === undefined) return;
    const cancel = new AbortController();
    client()
      .system.info(undefined, { signal: cancel.signal })
      .then((info) => setAnswer({ info, error: undefined }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ info: undefined, error: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
  }, [connection]);
  return answer;
}
