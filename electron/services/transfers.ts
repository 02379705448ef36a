/** The engine's transfers, `/slipway/transfers`: they live there, and go on whatever becomes of this program. */
import { setTimeout as sleep } from "node:timers/promises";
import type { TransferEvent, TransferInfo, TransferKind, TransferState } from "../ipc/contract/transfers.ts";
import type { EngineConnection } from "./connection.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import { Listeners } from "./listeners.ts";
import { isUnknownPath } from "./registry-requests.ts";

const CHANGES_INTERVAL_MS = 200;

export interface Transfers {
  watch(signal: AbortSignal): AsyncGenerator<TransferEvent, void, void>;
  start(request: { kind: TransferKind; reference: string; platform?: string | undefined; allTags: boolean }): Promise<TransferInfo>;
  pause(id: string): Promise<void>;
  resume(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  remove(id: string): Promise<void>;
}

interface RawTransfer {
  Id: string;
  Kind: TransferKind;
  Reference: string;
  Platform: string;
  AllTags: boolean;
  State: TransferState;
  Error: string;
  Current: number;
  Total: number;
  BytesPerSecond: number;
  SecondsLeft: number | null;
  Layers: { Id: string; Status: string; Current: number; Total: number }[];
  CreatedAt: string;
  UpdatedAt: string;
}

export function createTransfers(connection: EngineConnection, auth: RegistryAuth): Transfers {
  /** The engine tells of no removals. */
  const removed = new Listeners<string>();

  async function send<T>(method: "GET" | "POST" | "DELETE", path: string, more: { body?: object; headers?: Record<string, string> } = {}): Promise<T> {
    try {
      return await dial<T>(connection.docker, { path: `/slipway/transfers${path}`, method, okStatuses: [200, 201, 204], ...more });
    } catch (error) {
      if (isUnknownPath(error)) throw ipcError("notImplemented", "This engine keeps no transfers: only Slipway's own does.");
      throw toIpcError(error, connection.endpoint);
    }
  }

  return {
    watch: (signal) => watch(connection, removed, signal),
    async start({ kind, reference, platform, allTags }) {
      const { headers } = await auth.forReference(reference);
      const body = { Kind: kind, Reference: reference, AllTags: allTags, ...(platform === undefined ? {} : { Platform: platform }) };
      return toTransfer(await send<RawTransfer>("POST", "", { body, headers }));
    },
    async resume(id) {
      const { Reference } = await send<RawTransfer>("GET", `/${id}`);
      const { headers } = await auth.forReference(Reference);
      await send("POST", `/${id}/resume`, { headers });
    },
    pause: (id) => send("POST", `/${id}/pause`),
    cancel: (id) => send("POST", `/${id}/cancel`),
    async remove(id) {
      await send("DELETE", `/${id}`);
      removed.emit(id);
    },
  };
}

async function* watch({ docker }: EngineConnection, removed: Listeners<string>, signal: AbortSignal): AsyncGenerator<TransferEvent, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  try {
    let stream: NodeJS.ReadableStream;
    try {
      stream = await dial<NodeJS.ReadableStream>(docker, { path: "/slipway/transfers/events", method: "GET", okStatuses: [200], stream: true, signal: combined });
    } catch (error) {
      if (isUnknownPath(error)) return yield { type: "unsupported" };
      throw error;
    }
    const list = (await dial<RawTransfer[]>(docker, { path: "/slipway/transfers", method: "GET", okStatuses: [200], signal: combined })).map(toTransfer);
    yield { type: "all", transfers: list };
    // The stream begins with what is in the list already.
    const listed = new Map(list.map(({ id, updated, state }) => [id, { updated, state }]));
    for await (const changes of latest(jsonLines(stream), removed, combined)) {
      for (const [id, change] of changes) {
        const known = listed.get(id);
        listed.delete(id);
        if (change === undefined) {
          yield { type: "removed", id };
          continue;
        }
        const transfer = toTransfer(change);
        if (known === undefined || transfer.updated > known.updated || (transfer.updated === known.updated && transfer.state !== known.state)) yield { type: "changed", transfer };
      }
    }
  } finally {
    scope.abort();
  }
}

/** What changed since the last time, the last state of each; undefined for what is gone. */
async function* latest(lines: AsyncGenerator<unknown, void, void>, removed: Listeners<string>, signal: AbortSignal): AsyncGenerator<ReadonlyMap<string, RawTransfer | undefined>, void, void> {
  let pending = new Map<string, RawTransfer | undefined>();
  const state: { done: boolean; error?: unknown } = { done: false };
  let wake: () => void = () => undefined;
  const set = (id: string, transfer: RawTransfer | undefined): void => {
    pending.delete(id);
    pending.set(id, transfer);
    wake();
  };
  const stop = removed.add((id) => set(id, undefined));
  signal.addEventListener("abort", () => wake(), { once: true });
  const reading = (async () => {
    for await (const line of lines) set((line as RawTransfer).Id, line as RawTransfer);
  })();
  void reading.catch((error: unknown) => (state.error = error)).finally(() => {
    state.done = true;
    wake();
  });
  try {
    while (!signal.aborted) {
      if (pending.size === 0 && !state.done) await new Promise<void>((resolve) => (wake = resolve));
      if (pending.size > 0 && !signal.aborted) {
        const changes = pending;
        pending = new Map();
        yield changes;
        await sleep(CHANGES_INTERVAL_MS, undefined, { signal }).catch(() => undefined);
      } else if (state.done) {
        if (state.error !== undefined && !signal.aborted) throw state.error;
        return;
      }
    }
  } finally {
    stop();
  }
}

/** The engine's record in the contract's words. */
export function toTransfer(raw: RawTransfer): TransferInfo {
  return {
    id: raw.Id, kind: raw.Kind, reference: raw.Reference, platform: raw.Platform, allTags: raw.AllTags, state: raw.State, error: raw.Error,
    current: raw.Current, total: raw.Total, bytesPerSecond: raw.BytesPerSecond, secondsLeft: raw.SecondsLeft,
    layers: raw.Layers.map(({ Id, Status, Current, Total }) => ({ id: Id, status: Status, current: Current, total: Total })),
    created: Date.parse(raw.CreatedAt), updated: Date.parse(raw.UpdatedAt),
  };
}
