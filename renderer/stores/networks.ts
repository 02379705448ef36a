import { createStore } from "zustand/vanilla";
import type { DockerEvent } from "../../electron/ipc/contract/events.ts";
import type { NetworkForm, NetworkInfo } from "../../electron/ipc/contract/networks.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { keepSame } from "../lib/keep-same.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { removing, type Keep } from "./bin.ts";
import { onContainerEvent } from "./containers.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";

export interface NetworksState {
  readonly phase: "loading" | "ready" | "failed";
  readonly rows: readonly NetworkInfo[];
  readonly error: IpcErrorInfo | undefined;
  /** Counts connections made and ended, by network id: whoever shows a network's endpoints reads them again. */
  readonly rounds: ReadonlyMap<string, number>;
}

export const networksStore = createStore<NetworksState>(() => ({ phase: "loading", rows: [], error: undefined, rounds: new Map() }));

const gatherMs = 50;
const order = new ReadOrder();
let gathering: ReturnType<typeof setTimeout> | undefined;

/** Reads the whole list again. Networks that did not change keep their identity. */
export async function readNetworks(): Promise<void> {
  const counts = order.ask();
  try {
    const list = await client().networks.list();
    if (!counts()) return;
    networksStore.setState((state) => ({ phase: "ready", rows: keepSame(state.rows, list, (row) => row.id), error: undefined }));
  } catch (error) {
    if (!counts()) return;
    const info = toIpcErrorInfo(error);
    networksStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

/** A connection changes the container's row and the network's endpoints; anything else changes the list. */
export function onNetworkEvent(event: DockerEvent): void {
  if (event.action === "connect" || event.action === "disconnect") {
    const { rounds } = networksStore.getState();
    networksStore.setState({ rounds: new Map(rounds).set(event.id, (rounds.get(event.id) ?? 0) + 1) });
    const container = event.attributes["container"];
    if (container !== undefined) onContainerEvent({ ...event, objectType: "container", action: "network", id: container });
    return;
  }
  gathering ??= setTimeout(() => {
    gathering = undefined;
    void readNetworks();
  }, gatherMs);
}

/** @throws what the engine said */
export async function createNetwork(form: NetworkForm): Promise<{ id: string; warning: string }> {
  const made = await client().networks.create(form);
  await readNetworks();
  return made;
}

/**
 * Removes networks one after the other; failures appear as toasts.
 * @param keep can be taken back where the engine can, and is told of each that can
 * @returns the names of those that went
 */
export async function removeNetworks(rows: readonly NetworkInfo[], keep?: Keep): Promise<string[]> {
  const gone: string[] = [];
  for (const row of rows) {
    try {
      await removing({ kind: "network", name: row.id }, keep, () => client().networks.remove({ id: row.id }));
      gone.push(row.name);
    } catch (error) {
      report(`The network ${row.name} was not removed.`, error);
    }
  }
  await readNetworks();
  return gone;
}

/** Takes a container out of a network, with a way back in the message. */
export async function disconnectContainer(network: NetworkInfo, container: { readonly id: string; readonly name: string }): Promise<void> {
  try {
    await client().networks.disconnect({ network: network.id, container: container.id });
    notice({
      kind: "done",
      title: `${container.name} is no longer in ${network.name}.`,
      actions: [{ label: "Connect again", run: () => void client().networks.connect({ network: network.id, container: container.id }).catch((error: unknown) => report(`${container.name} was not connected to ${network.name}.`, error)) }],
    });
  } catch (error) {
    report(`${container.name} was not disconnected from ${network.name}.`, error);
  }
}
