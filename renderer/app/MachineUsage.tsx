import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { MachineEvent } from "../../electron/ipc/contract/system.ts";
import { useCalm } from "../lib/calm.ts";
import { size } from "../lib/size.ts";
import { useVisible } from "../lib/useVisible.ts";
import { engineStore } from "../stores/engine.ts";
import { client, hostStore } from "../stores/host.ts";
import { Tip } from "../ui/overlay/Tip.tsx";
import css from "./App.module.css";

type Usage = Extract<MachineEvent, { type: "usage" }>;

const INTERVAL_MS = 3000;
/** While nobody touches the window. */
const CALM_INTERVAL_MS = 30_000;

/** In the status bar: how busy the engine's machine is. Nothing is asked or sent while the window is hidden. */
export function MachineUsage() {
  const visible = useVisible();
  const intervalMs = useCalm() ? CALM_INTERVAL_MS : INTERVAL_MS;
  const open = useStore(hostStore, (host) => host.link === "open");
  const connection = useStore(engineStore, (engine) => (engine.status?.state === "connected" ? engine.status.connection.id : undefined));
  const usage = useUsage(visible && open ? connection : undefined, intervalMs);
  if (!usage) return null;
  const { cpu, memoryUsedBytes, memoryTotalBytes, diskFreeBytes, diskTotalBytes } = usage;
  return (
    <>
      <Tip text="Processors of the engine's machine"><span className={`${css["statusItem"]} ${css["machine"]} num`}>CPU {Math.round(cpu * 100)} %</span></Tip>
      <Tip text={`Memory of the engine's machine: ${size(memoryUsedBytes)} of ${size(memoryTotalBytes)} in use`}><span className={`${css["statusItem"]} ${css["machine"]} ${css["machineMore"]} num`}>Memory {size(memoryUsedBytes)}</span></Tip>
      {diskTotalBytes > 0 && <Tip text={`Where the engine keeps its data: ${size(diskFreeBytes)} of ${size(diskTotalBytes)} free`}><span className={`${css["statusItem"]} ${css["machine"]} num`}>Disk {size(diskFreeBytes)} free</span></Tip>}
    </>
  );
}

/** @param connection the engine to look at; undefined looks at none */
function useUsage(connection: string | undefined, intervalMs: number): Usage | undefined {
  const [usage, setUsage] = useState<Usage>();
  useEffect(() => {
    if (connection === undefined) return;
    const stop = new AbortController();
    const watch = async () => {
      for await (const event of await client().system.machine({ intervalMs }, { signal: stop.signal })) setUsage(event.type === "usage" ? event : undefined);
    };
    watch().catch(() => { if (!stop.signal.aborted) setUsage(undefined); }); // The bar says less then.
    return () => {
      stop.abort();
    };
  }, [connection, intervalMs]);
  return connection === undefined ? undefined : usage;
}
