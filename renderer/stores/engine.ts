import { createStore } from "zustand/vanilla";
import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import { client } from "./host.ts";
import { report } from "./report.ts";

export interface EngineStoreState {
  /** Undefined until the host has said anything. */
  readonly status: EngineStatus | undefined;
}

export const engineStore = createStore<EngineStoreState>(() => ({ status: undefined }));

/** Starts our engine, or tries the connection again now. */
export function startEngine(): Promise<void> {
  return change("start", "The engine did not start.");
}

export function stopEngine(): Promise<void> {
  return change("stop", "The engine did not stop.");
}

export function restartEngine(): Promise<void> {
  return change("restart", "The engine did not restart.");
}

async function change(action: "start" | "stop" | "restart", failed: string): Promise<void> {
  try {
    engineStore.setState({ status: await client().engine[action]() });
  } catch (error) {
    report(failed, error);
  }
}

/** Whether the engine is Slipway's own, with what it has beyond Docker's interface: others hide it. */
export function isSlipway({ status }: EngineStoreState): boolean {
  return status?.version?.name === "Slipway";
}
