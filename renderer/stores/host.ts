import { createStore } from "zustand/vanilla";
import type { IpcClient } from "../../electron/ipc/contract/contract.ts";

export interface HostState {
  /** `lost` after a connection that had worked; a new one is tried by itself. */
  readonly link: "connecting" | "open" | "lost";
}

export const hostStore = createStore<HostState>(() => ({ link: "connecting" }));

let current: IpcClient | undefined;

/** The client of the connection that is open now. */
export function client(): IpcClient {
  if (!current) throw Object.assign(new Error("The window is not connected to Slipway."), { code: "unavailable" });
  return current;
}

/** Called by the event feed when a connection opens or ends. */
export function setClient(next: IpcClient | undefined, link: HostState["link"]): void {
  current = next;
  hostStore.setState({ link });
}
