/** Pulls and pushes. The engine owns them, so that they outlive the window; where it keeps none, the window follows its own itself. */
import { createStore } from "zustand/vanilla";
import type { TransferInfo, TransferKind } from "../../electron/ipc/contract/transfers.ts";
import { toIpcErrorInfo } from "../../electron/ipc/errors.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";
import { applyProgress, freshTransfer, fromEngine, isUnderWay, refusedTransfer, type Transfer } from "./transfer.ts";

export type { Transfer } from "./transfer.ts";

export interface TransfersState {
  /** Newest first. */
  readonly list: readonly Transfer[];
  /** Whether the engine keeps transfers, pauses and resumes them, and looks into registries, as Slipway's own does; undefined until it has said so. */
  readonly kept: boolean | undefined;
}

export const transfersStore = createStore<TransfersState>(() => ({ list: [], kept: undefined }));

/** The transfer that a dialog shows now: its end is seen there and needs no notice. */
let watched: number | undefined;

/** Whether a list of all transfers is on the screen. */
let listed = false;

/** Says that all transfers are on the screen: none of their ends needs a notice. */
export function watchAllTransfers(on: boolean): void {
  listed = on;
}

/** Says which transfer is on the screen in full. */
export function watchTransfer(id: number | undefined): void {
  watched = id;
}

/** Transfers begun in this window: their end is told, and they can be stopped before the engine has them. */
const begun = new Map<number, AbortController>();
let lastId = 0;

let watching = new AbortController();

/** Reads all transfers and hears of changes from now on, until called again. */
export async function watchTransfers(): Promise<void> {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  try {
    for await (const event of await client().transfers.watch(undefined, { signal })) {
      if (signal.aborted) return;
      if (event.type === "unsupported") transfersStore.setState(({ list }) => ({ kept: false, list: list.filter((each) => each.remote === undefined) }));
      else if (event.type === "all") showAll(event.transfers);
      else if (event.type === "removed") transfersStore.setState(({ list }) => ({ list: list.filter((each) => each.remote !== event.id) }));
      else show(event.transfer);
    }
  } catch {
    // The stream ends with its connection; the feed calls again when there is a new one.
  }
}

function showAll(infos: readonly TransferInfo[]): void {
  const there = new Set(infos.map((info) => info.id));
  transfersStore.setState(({ list }) => ({ kept: true, list: list.filter((each) => each.remote === undefined || there.has(each.remote)) }));
  for (const info of infos) show(info);
}

/** Takes one in, under the number it has here, or that of the click it answers. */
function show(info: TransferInfo): void {
  const { list } = transfersStore.getState();
  const before = list.find((each) => each.remote === info.id) ?? list.find((each) => each.remote === undefined && each.phase === "running" && each.kind === info.kind && each.image === info.reference && begun.has(each.id));
  place(fromEngine(before?.id ?? ++lastId, info), before);
}

function place(now: Transfer, before: Transfer | undefined): void {
  transfersStore.setState(({ list }) => ({ list: [...list.filter((each) => each.id !== now.id && (now.remote === undefined || each.remote !== now.remote)), now].toSorted((a, b) => b.started - a.started || b.id - a.id) }));
  if (isUnderWay(now) || (before !== undefined && !isUnderWay(before))) return;
  if (!begun.delete(now.id) || watched === now.id || listed) return;
  if (now.phase === "done") notice({ kind: "done", topic: "transfers", title: `${now.kind === "pull" ? "Pulled" : "Pushed"} ${now.image}` });
  else if (now.phase === "failed" && now.error) report(`${now.image} was not ${now.kind === "pull" ? "pulled" : "pushed"}.`, Object.assign(new Error(now.error.message), { code: now.error.code, data: now.error }));
}

/**
 * Starts a pull that goes on whatever is on the screen.
 * @returns the transfer's number in this window
 */
export function pull(image: string): number {
  return begin("pull", image, false);
}

/**
 * Starts a push.
 * @param image with its tag; without one for all tags
 */
export function push(image: string, allTags = false): number {
  return begin("push", image, allTags);
}

function begin(kind: TransferKind, image: string, allTags: boolean): number {
  const same = (each: Transfer) => each.kind === kind && each.image === image && each.allTags === allTags;
  const running = transfersStore.getState().list.find((each) => same(each) && isUnderWay(each));
  if (running) return running.id;
  const id = ++lastId;
  const cancel = new AbortController();
  begun.set(id, cancel);
  transfersStore.setState(({ list }) => ({ list: [freshTransfer(id, kind, image, allTags), ...list.filter((each) => !same(each) || each.remote !== undefined)] }));
  void start(id, kind, image, allTags, cancel.signal);
  return id;
}

async function start(id: number, kind: TransferKind, image: string, allTags: boolean, signal: AbortSignal): Promise<void> {
  if (transfersStore.getState().kept !== false) {
    try {
      const info = await client().transfers.start({ kind, reference: image, allTags });
      const before = find(id);
      // The stream may have told its end already.
      if (before?.remote === undefined) place(fromEngine(id, info), before);
      if (signal.aborted) await client().transfers.cancel({ id: info.id });
      return;
    } catch (error) {
      if (toIpcErrorInfo(error).code !== "notImplemented") return fail(id, error, signal);
    }
  }
  await follow(id, kind, image, signal);
}

/** A transfer on an engine that keeps none. */
async function follow(id: number, kind: TransferKind, image: string, signal: AbortSignal): Promise<void> {
  try {
    let done = false;
    for await (const event of await client().images[kind]({ image }, { signal })) {
      const before = find(id);
      if (!before) continue;
      if (event.type === "progress") place(applyProgress(before, event), before);
      else if (event.type === "message") place({ ...before, message: event.text }, before);
      else {
        done = true;
        end(id, { phase: "done", changed: event.changed });
      }
    }
    if (!done) end(id, { phase: signal.aborted ? "cancelled" : "done" });
  } catch (error) {
    fail(id, error, signal);
  }
}

function fail(id: number, error: unknown, signal: AbortSignal): void {
  const info = toIpcErrorInfo(error);
  if (signal.aborted || info.code === "cancelled") end(id, { phase: "cancelled" });
  else end(id, { phase: "failed", error: refusedTransfer(find(id)?.image ?? "", info) });
}

function end(id: number, part: Partial<Transfer>): void {
  const before = find(id);
  if (before) place({ ...before, ...part, ended: Date.now(), bytesPerSecond: 0, secondsLeft: null }, before);
}

function find(id: number): Transfer | undefined {
  return transfersStore.getState().list.find((each) => each.id === id);
}

/** Stops a transfer that is under way. What it has is kept for another try. */
export function cancelTransfer(id: number): void {
  const transfer = find(id);
  if (transfer?.remote === undefined) begun.get(id)?.abort();
  else void ask(transfer, "cancelled", (remote) => client().transfers.cancel({ id: remote }));
}

/** Stops one where it is, until it is resumed. */
export function pauseTransfer(id: number): void {
  void ask(find(id), "paused", (remote) => client().transfers.pause({ id: remote }));
}

/** Lets one go on that is paused, was interrupted or failed. */
export function resumeTransfer(id: number): void {
  const transfer = find(id);
  if (!transfer || transfer.phase === "running") return;
  if (transfer.remote === undefined) begin(transfer.kind, transfer.image, transfer.allTags);
  else {
    if (!begun.has(id)) begun.set(id, new AbortController());
    void ask(transfer, "resumed", (remote) => client().transfers.resume({ id: remote }));
  }
}

/** Takes one that has ended off the list, and what it kept with it. */
export function dismissTransfer(id: number): void {
  const transfer = find(id);
  if (!transfer || isUnderWay(transfer)) return;
  transfersStore.setState(({ list }) => ({ list: list.filter((each) => each.id !== id) }));
  void ask(transfer, "dismissed", (remote) => client().transfers.remove({ id: remote }));
}

async function ask(transfer: Transfer | undefined, deed: string, call: (remote: string) => Promise<void>): Promise<void> {
  if (transfer?.remote === undefined) return;
  await call(transfer.remote).catch((error: unknown) => report(`The ${transfer.kind} of ${transfer.image} was not ${deed}.`, error));
}

/** Resolves with the transfer when it has ended; with undefined where it is gone. */
export function transferEnd(id: number): Promise<Transfer | undefined> {
  return new Promise((resolve) => {
    const look = () => {
      const transfer = find(id);
      if (isUnderWay(transfer)) return false;
      resolve(transfer);
      return true;
    };
    if (look()) return;
    const stop = transfersStore.subscribe(() => { if (look()) stop(); });
  });
}
