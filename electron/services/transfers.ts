/** The engine's transfers, `/slipway/transfers`: they live there, and go on whatever becomes of this program. */
import type { TransferEvent, TransferInfo, TransferKind, TransferState } from "../ipc/contract/transfers.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { RegistryAuth } from "./credentials/registry-auth.ts";
import { withReason } from "./credentials/registry-auth.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import { isUnknownPath } from "./registry-requests.ts";

const CHANGES_INTERVAL_MS = 200;
const CHANGES_LIMIT = 1000;

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
  /** Logins that could not be sent along, by transfer: if it fails, that is why. */
  const problems = new Map<string, string>();
  async function send<T>(method: "GET" | "POST" | "DELETE", path: string, more: { body?: object; headers?: Record<string, string> } = {}): Promise<T> {
    try {
      return await dial<T>(connection.docker, { path: `/slipway/transfers${path}`, method, okStatuses: [200, 201, 204], ...more });
    } catch (error) {
      if (isUnknownPath(error)) throw ipcError("notImplemented", "This engine keeps no transfers: only Slipway's own does.");
      throw toIpcError(error, connection.endpoint);
    }
  }

  return {
    watch: (signal) => watch(connection, problems, signal),
    async start({ kind, reference, platform, allTags }) {
      const { headers, problem } = await auth.forReference(reference);
      const body = { Kind: kind, Reference: reference, AllTags: allTags, ...(platform === undefined ? {} : { Platform: platform }) };
      const transfer = toTransfer(await send<RawTransfer>("POST", "", { body, headers }));
      if (problem !== undefined) problems.set(transfer.id, problem);
      return transfer;
    },
    async resume(id) {
      const { Reference } = await send<RawTransfer>("GET", `/${id}`);
      const { headers, problem } = await auth.forReference(Reference);
      if (problem === undefined) problems.delete(id);
      else problems.set(id, problem);
      await send("POST", `/${id}/resume`, { headers });
    },
    pause: (id) => send("POST", `/${id}/pause`),
    cancel: (id) => send("POST", `/${id}/cancel`),
    remove: (id) => send("DELETE", `/${id}`),
  };
}

async function* watch({ docker }: EngineConnection, problems: Map<string, string>, signal: AbortSignal): AsyncGenerator<TransferEvent, void, void> {
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
    const list = (await dial<RawTransfer[]>(docker, { path: "/slipway/transfers", method: "GET", okStatuses: [200], signal: combined })).map((raw) => toTransfer(raw, problems.get(raw.Id)));
    yield { type: "all", transfers: list };
    // The stream begins with what is in the list already.
    const listed = new Map(list.map(({ id, updated, state }) => [id, { updated, state }]));
    const lines = jsonLines(stream) as AsyncGenerator<RawTransfer | { Id: string; Removed: true }, void, void>;
    for await (const changes of coalesce(lines, { intervalMs: CHANGES_INTERVAL_MS, limit: CHANGES_LIMIT, cost: () => 1, signal: combined })) {
      for (const [id, change] of new Map(changes.map((each) => [each.Id, each]))) {
        const known = listed.get(id);
        listed.delete(id);
        if ("Removed" in change) {
          problems.delete(id);
          yield { type: "removed", id };
          continue;
        }
        const transfer = toTransfer(change, problems.get(id));
        if (known === undefined || transfer.updated > known.updated || (transfer.updated === known.updated && transfer.state !== known.state)) yield { type: "changed", transfer };
      }
    }
  } finally {
    scope.abort();
  }
}

/** The engine's record in the contract's words. @param problem what may be the reason for a refusal */
function toTransfer(raw: RawTransfer, problem?: string): TransferInfo {
  const refused = problem !== undefined && raw.State === "failed" && /unauthorized|authentication|denied|log ?in|password/i.test(raw.Error);
  return {
    id: raw.Id, kind: raw.Kind, reference: raw.Reference, platform: raw.Platform, allTags: raw.AllTags, state: raw.State, error: refused ? withReason(raw.Error, problem) : raw.Error,
    current: raw.Current, total: raw.Total, bytesPerSecond: raw.BytesPerSecond, secondsLeft: raw.SecondsLeft,
    layers: raw.Layers.map(({ Id, Status, Current, Total }) => ({ id: Id, status: Status, current: Current, total: Total })),
    created: Date.parse(raw.CreatedAt), updated: Date.parse(raw.UpdatedAt),
  };
}
