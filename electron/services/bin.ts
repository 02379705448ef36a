/** What the engine keeps of removed things, `/slipway/bin`. */
import type { BinEntry, BinEvent, BinKind, BroughtBack } from "../ipc/contract/bin.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import { isUnknownPath } from "./registry-requests.ts";

const CHANGES_INTERVAL_MS = 200;
const CHANGES_LIMIT = 100;

export interface Bin {
  watch(signal: AbortSignal): AsyncGenerator<BinEvent, void, void>;
  remove(request: { kind: BinKind; name: string; force: boolean; volumes: boolean; keepHours: number }): Promise<BinEntry>;
  restore(id: string, name?: string): Promise<BroughtBack>;
  discard(id: string): Promise<{ freedBytes: number }>;
}

interface RawEntry {
  Id: string;
  Kind: BinKind;
  Name: string;
  Detail: string;
  Volumes: number;
  Size: number | null;
  RemovedAt: string;
  ExpiresAt: string;
}

export function createBin(connection: EngineConnection): Bin {
  async function send<T>(method: "POST" | "DELETE", path: string, more: { query?: object; body?: object } = {}): Promise<T> {
    try {
      return await dial<T>(connection.docker, { path: `/slipway/bin${path}`, method, okStatuses: [200, 201], ...more });
    } catch (error) {
      if (isUnknownPath(error)) throw ipcError("notImplemented", "This engine keeps nothing that is removed: only Slipway's own does.");
      throw toIpcError(error, connection.endpoint);
    }
  }

  return {
    watch: (signal) => watch(connection, signal),
    remove: async ({ kind, name, force, volumes, keepHours }) => toEntry(await send<RawEntry>("POST", "", { body: { Kind: kind, Name: name, Force: force, Volumes: volumes, KeepSeconds: keepHours * 3600 } })),
    async restore(id, name) {
      const { Kind, Id, Name, Warnings } = await send<{ Kind: BinKind; Id: string; Name: string; Warnings: string[] }>("POST", `/${id}/restore?`, { query: name === undefined ? {} : { name } });
      return { kind: Kind, id: Id, name: Name, warnings: Warnings };
    },
    discard: async (id) => ({ freedBytes: (await send<{ SpaceReclaimed: number }>("DELETE", `/${id}`)).SpaceReclaimed }),
  };
}

async function* watch({ docker }: EngineConnection, signal: AbortSignal): AsyncGenerator<BinEvent, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  try {
    let stream: NodeJS.ReadableStream;
    try {
      stream = await dial<NodeJS.ReadableStream>(docker, { path: "/slipway/bin/events", method: "GET", okStatuses: [200], stream: true, signal: combined });
    } catch (error) {
      if (isUnknownPath(error)) return yield { type: "unsupported" };
      throw error;
    }
    const lists = jsonLines(stream) as AsyncGenerator<RawEntry[], void, void>;
    for await (const batch of coalesce(lists, { intervalMs: CHANGES_INTERVAL_MS, limit: CHANGES_LIMIT, cost: () => 1, signal: combined })) yield { type: "all", entries: batch.at(-1)!.map(toEntry) };
  } finally {
    scope.abort();
  }
}

function toEntry(raw: RawEntry): BinEntry {
  return { id: raw.Id, kind: raw.Kind, name: raw.Name, detail: raw.Detail, volumes: raw.Volumes, size: raw.Size, removed: Date.parse(raw.RemovedAt), expires: Date.parse(raw.ExpiresAt) };
}
