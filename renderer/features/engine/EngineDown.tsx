import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { findHint } from "../../../electron/ipc/errors.ts";
import type { EngineStatus } from "../../../electron/ipc/contract/engine.ts";
import { engineStore, startEngine } from "../../stores/engine.ts";
import { hostStore } from "../../stores/host.ts";
import { href, navigate } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { FixLine, useRequirements } from "./Requirements.tsx";
import css from "./Engine.module.css";

/** Whether screens can work: the engine is connected and this window has its host. */
export function useEngineUp(): boolean {
  const link = useStore(hostStore, (host) => host.link);
  const state = useStore(engineStore, (engine) => engine.status?.state);
  return link === "open" && state === "connected";
}

/** In place of a screen while no engine answers: why, and the button that helps. */
export function EngineDown() {
  const link = useStore(hostStore, (host) => host.link);
  const status = useStore(engineStore, (engine) => engine.status);
  if (link === "lost") return <Problem fill title="The connection to Slipway was lost." cause="Containers are not affected. It is tried again by itself." actions={<Button onClick={() => location.reload()}>Reload</Button>} />;
  if (!status || link === "connecting") return <div className={css["wait"]} role="status">Connecting</div>;
  if (status.state === "starting") return <div className={css["wait"]} role="status">The engine is starting</div>;
  const denied = status.error && findHint(status.error, "permissionDenied");
  return (
    <div className={css["down"]}>
      <Problem
        fill
        calm={status.state === "stopped"}
        title={denied ? `This user may not use ${denied.path}.` : titleOf(status)}
        cause={denied ? (denied.group === undefined ? "Only its owner may." : `It is for the group ${denied.group}. Log in again after joining it.`) : causeOf(status)}
        raw={status.error?.cause}
        actions={
          <>
            <StartButton status={status} />
            <Button onClick={() => navigate(href.engine("connections"))}>Use another engine</Button>
          </>
        }
      >
        {denied?.group !== undefined && <CommandLine command={`sudo usermod -aG ${denied.group} $USER`} label="What usually helps" />}
        {status.managed && status.state === "failed" && <Missing />}
      </Problem>
      <Retry status={status} />
    </div>
  );
}

/** What this machine lacks for the built-in engine, where that may be the reason. */
function Missing() {
  const { found } = useRequirements();
  if (found?.fix == null || !found.all.some((one) => one.required && !one.found)) return null;
  const names = found.all.filter((one) => one.required && !one.found).map((one) => one.name);
  return (
    <>
      <p className={css["missing"]}>Missing on this machine: {names.join(", ")}.</p>
      <FixLine fix={found.fix} />
    </>
  );
}

/** Starts our engine, or tries another one again. */
export function StartButton({ status }: { readonly status: EngineStatus }) {
  const [busy, setBusy] = useState(false);
  async function start() {
    setBusy(true);
    await startEngine();
    setBusy(false);
  }
  return <Button variant="primary" disabled={busy} onClick={() => void start()}>{status.managed ? "Start engine" : "Try again"}</Button>;
}

export function titleOf(status: EngineStatus): string {
  switch (status.state) {
    case "starting":
      return "The engine is starting.";
    case "connecting":
      return "The engine does not answer.";
    case "stopped":
      return "The engine is stopped.";
    case "failed":
      return "The engine did not start.";
    case "connected":
      return "The engine is running.";
  }
}

/** Other systems have no Linux kernel of their own, which containers are made of. */
const elsewhere = /^(Mac|Win)/.test(navigator.platform);

function causeOf(status: EngineStatus): string {
  if (elsewhere && status.state === "connecting") return "Containers need a Linux kernel, so on this system Slipway connects to an engine elsewhere: any Docker socket, or a Linux machine through ssh.";
  if (status.error) return status.error.message;
  if (status.state === "stopped") return "Containers that were running keep running. Start the engine to see and control them.";
  return "";
}

function Retry({ status }: { readonly status: EngineStatus }) {
  const [now, setNow] = useState(Date.now);
  const at = status.retryAt;
  useEffect(() => {
    if (at === undefined) return;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [at]);
  if (at === undefined) return null;
  const seconds = Math.max(0, Math.ceil((at - now) / 1000));
  return <p className={`${css["retry"]} num`}>{seconds === 0 ? "Trying again" : `Trying again in ${seconds} s`}</p>;
}
