import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import type { PullLayer, PullProgress } from "../../electron/ipc/contract/images.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";

/** One pull, from its start until it is dismissed. */
export interface Transfer {
  readonly id: number;
  readonly image: string;
  readonly phase: "running" | "done" | "failed" | "cancelled";
  readonly layers: readonly PullLayer[];
  readonly downloadedBytes: number;
  readonly totalBytes: number;
  readonly bytesPerSecond: number;
  readonly message: string;
  readonly started: number;
  readonly ended: number | undefined;
  /** False when everything was here already. */
  readonly changed: boolean;
  readonly error: IpcErrorInfo | undefined;
}

export interface TransfersState {
  /** Newest first. */
  readonly list: readonly Transfer[];
}

export const transfersStore = createStore<TransfersState>(() => ({ list: [] }));

/** The transfer that a dialog shows now: its end is seen there and needs no notice. */
let watched: number | undefined;

/** Says which transfer is on the screen in full. */
export function watchTransfer(id: number | undefined): void {
  watched = id;
}

const cancels = new Map<number, AbortController>();
const finished = new Set<number>();
let lastId = 0;
const kept = 20;

/**
 * Starts a pull that goes on whatever is on the screen.
 * @returns the transfer's id
 */
export function pull(image: string): number {
  const running = transfersStore.getState().list.find((each) => each.image === image && each.phase === "running");
  if (running) return running.id;
  const id = ++lastId;
  const transfer: Transfer = { id, image, phase: "running", layers: [], downloadedBytes: 0, totalBytes: 0, bytesPerSecond: 0, message: "", started: Date.now(), ended: undefined, changed: true, error: undefined };
  transfersStore.setState(({ list }) => ({ list: [transfer, ...list.filter((each) => each.image !== image || each.phase === "running")].slice(0, kept) }));
  const cancel = new AbortController();
  cancels.set(id, cancel);
  void run(id, image, cancel.signal);
  return id;
}

/** Stops a running pull. */
export function cancelTransfer(id: number): void {
  cancels.get(id)?.abort();
}

/** Takes a finished pull off the list. */
export function dismissTransfer(id: number): void {
  transfersStore.setState(({ list }) => ({ list: list.filter((each) => each.id !== id || each.phase === "running") }));
}

/** Resolves with the transfer when it has ended. */
export function transferEnd(id: number): Promise<Transfer | undefined> {
  return new Promise((resolve) => {
    const look = () => {
      const transfer = transfersStore.getState().list.find((each) => each.id === id);
      if (transfer?.phase === "running") return false;
      resolve(transfer);
      return true;
    };
    if (look()) return;
    const stop = transfersStore.subscribe(() => { if (look()) stop(); });
  });
}

async function run(id: number, image: string, signal: AbortSignal): Promise<void> {
  try {
    for await (const event of await client().images.pull({ image }, { signal })) {
      if (event.type === "progress") update(id, (transfer) => applyProgress(transfer, event));
      else if (event.type === "message") update(id, (transfer) => ({ ...transfer, message: event.text }));
      else {
        finished.add(id);
        update(id, (transfer) => ({ ...transfer, phase: "done", changed: event.changed, ended: Date.now(), bytesPerSecond: 0 }));
      }
    }
    if (!finished.delete(id)) update(id, (transfer) => ({ ...transfer, phase: signal.aborted ? "cancelled" : "done", ended: Date.now() }));
    if (!signal.aborted && watched !== id) notice({ kind: "done", title: `Pulled ${image}` });
  } catch (error) {
    const info = toIpcErrorInfo(error);
    const cancelled = signal.aborted || info.code === "cancelled";
    if (!cancelled && watched !== id) report(`${image} was not pulled.`, error);
    update(id, (transfer) => ({ ...transfer, phase: cancelled ? "cancelled" : "failed", error: cancelled ? undefined : info, ended: Date.now(), bytesPerSecond: 0 }));
  } finally {
    cancels.delete(id);
  }
}

/** A transfer after one step: layers that changed take their place, new ones go to the end. */
export function applyProgress(transfer: Transfer, step: PullProgress): Transfer {
  const layers = [...transfer.layers];
  for (const layer of step.layers) {
    const at = layers.findIndex((each) => each.id === layer.id);
    if (at < 0) layers.push(layer);
    else layers[at] = layer;
  }
  return { ...transfer, layers, downloadedBytes: step.downloadedBytes, totalBytes: step.totalBytes, bytesPerSecond: step.bytesPerSecond };
}

function update(id: number, change: (transfer: Transfer) => Transfer): void {
  transfersStore.setState(({ list }) => ({ list: list.map((each) => (each.id === id ? change(each) : each)) }));
}
