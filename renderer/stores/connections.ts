/** Engines to choose from, their tests, and the change to another one. */
import { createStore } from "zustand/vanilla";
import type { ConnectionForm, ConnectionInfo, ConnectionTest } from "../../electron/ipc/contract/connections.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { client } from "./host.ts";
import { report } from "./report.ts";

export interface ConnectionsState {
  readonly phase: "loading" | "ready" | "failed";
  readonly rows: readonly ConnectionInfo[];
  readonly error: IpcErrorInfo | undefined;
  /** By id: how the last test ended, or that one is under way. */
  readonly tests: ReadonlyMap<string, ConnectionTest | "running">;
}

export const connectionsStore = createStore<ConnectionsState>(() => ({ phase: "loading", rows: [], error: undefined, tests: new Map() }));

/** Reads which connections there are. */
export async function readConnections(): Promise<void> {
  try {
    connectionsStore.setState({ rows: await client().connections.list(), phase: "ready", error: undefined });
  } catch (error) {
    const info = toIpcErrorInfo(error);
    connectionsStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

/** Asks an engine who it is; the answer appears in the store. */
export async function testConnection(id: string): Promise<void> {
  note(id, "running");
  try {
    note(id, await client().connections.test({ id }));
  } catch (error) {
    const { message, cause } = toIpcErrorInfo(error);
    note(id, { ok: false, message, milliseconds: 0, ...(cause !== undefined && { cause }) });
  }
}

function note(id: string, result: ConnectionTest | "running"): void {
  connectionsStore.setState(({ tests }) => ({ tests: new Map(tests).set(id, result) }));
}

/** Changes over to another engine, in every window of the host. */
export async function switchConnection(id: string, name: string): Promise<void> {
  try {
    // The change itself is told by the event stream, here as in every other window.
    await client().connections.use({ id });
    await readConnections();
  } catch (error) {
    report(`Slipway did not change over to ${name}.`, error);
  }
}

/** @throws what the host said about the form */
export async function addConnection(form: ConnectionForm): Promise<ConnectionInfo> {
  const added = await client().connections.add(form);
  await readConnections();
  void testConnection(added.id);
  return added;
}

export async function removeConnection(row: ConnectionInfo): Promise<void> {
  try {
    await client().connections.remove({ id: row.id });
  } catch (error) {
    report(`${row.name} was not removed.`, error);
  }
  await readConnections();
}
