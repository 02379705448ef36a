import { createStore } from "zustand/vanilla";
import type { PortBinding } from "../../electron/ipc/contract/ports.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { keepSame } from "../lib/keep-same.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { client } from "./host.ts";

export interface PortsState {
  readonly phase: "loading" | "ready" | "failed";
  readonly rows: readonly PortBinding[];
  readonly error: IpcErrorInfo | undefined;
}

export const portsStore = createStore<PortsState>(() => ({ phase: "loading", rows: [], error: undefined }));

/** Starts and stops of containers come in groups; one reading serves a group. */
const gatherMs = 150;

const order = new ReadOrder();
let watchers = 0;
let gathering: ReturnType<typeof setTimeout> | undefined;
let reading = false;
let again = false;

/** Identifies a binding in a list. */
export function portKey(row: PortBinding): string {
  return `${row.containerId} ${row.hostIp} ${row.hostPort ?? "any"} ${row.containerPort}/${row.protocol}`;
}

/** Reads all bindings. A reading that is asked for during another follows it. */
export async function readPorts(): Promise<void> {
  if (reading) {
    again = true;
    return;
  }
  reading = true;
  try {
    do {
      again = false;
      const counts = order.ask();
      const list = await client().ports.list();
      if (!counts()) continue;
      portsStore.setState((state) => ({ phase: "ready", rows: keepSame(state.rows, list, portKey), error: undefined }));
    } while (again);
  } catch (error) {
    const info = toIpcErrorInfo(error);
    portsStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  } finally {
    reading = false;
  }
}

/** Keeps the bindings fresh until the returned function is called; nobody who looks means no work. */
export function watchPorts(): () => void {
  watchers++;
  void readPorts();
  return () => {
    watchers--;
  };
}

/** Some container changed, or everything did. */
export function onPortsChange(): void {
  if (watchers === 0) return;
  gathering ??= setTimeout(() => {
    gathering = undefined;
    if (watchers > 0) void readPorts();
  }, gatherMs);
}
