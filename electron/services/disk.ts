/** What takes space: the engine's ledger, `/slipway/disk`, where there is one, and what Docker's disk usage tells elsewhere. */
import type { DiskItem, DiskKind, DiskRef, DiskReport, DiskUser, FreeEvent, FreePreview } from "../ipc/contract/disk.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { freePlain, previewPlain, readPlain } from "./disk-usage.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import { isUnknownPath } from "./registry-requests.ts";

export interface Disk {
  read(signal: AbortSignal): AsyncGenerator<DiskReport, void, void>;
  preview(items: readonly DiskRef[], signal: AbortSignal): Promise<FreePreview>;
  free(items: readonly DiskRef[], signal: AbortSignal): AsyncGenerator<FreeEvent, void, void>;
}

interface RawRef {
  Kind: DiskKind;
  Id: string;
  Name: string;
}

interface RawItem extends RawRef {
  Detail: string;
  Size: number | null;
  SharedSize: number | null;
  CreatedAt: string | null;
  LastUsedAt: string | null;
  Users: (RawRef & { Running: boolean })[];
  UserCount: number;
  Fixed: string | null;
}

interface RawReport {
  Root: string;
  Items: RawItem[];
  Kinds: Partial<Record<DiskKind, number>>;
  Total: number;
  Unmeasured: number;
  Disk: { Total: number; Free: number };
}

type RawEvent =
  | { Type: "removed"; Item: RawRef; Done: number; Of: number }
  | { Type: "failed"; Item: RawRef; Message: string }
  | { Type: "freed"; FreedBytes: number; Removed: number };

export function createDisk(connection: EngineConnection): Disk {
  const { docker, endpoint } = connection;
  /** Lines of an answer; undefined where the engine has no ledger. */
  async function open<T>(method: "GET" | "POST", path: string, body: object | undefined, signal: AbortSignal): Promise<AsyncGenerator<T, void, void> | undefined> {
    try {
      const stream = await dial<NodeJS.ReadableStream>(docker, { path, method, okStatuses: [200], stream: true, signal, ...(body !== undefined && { body }) });
      return told<T>(stream);
    } catch (error) {
      if (isUnknownPath(error)) return undefined;
      throw toIpcError(error, endpoint);
    }
  }

  return {
    async *read(signal) {
      const scope = new AbortController();
      try {
        const lines = await open<RawReport>("GET", "/slipway/disk", undefined, AbortSignal.any([signal, scope.signal]));
        if (lines === undefined) return yield await readPlain(docker, signal);
        for await (const line of lines) yield toReport(line);
      } finally {
        scope.abort();
      }
    },
    async preview(items, signal) {
      try {
        const { FreedBytes, Layers, Items, Refused } = await dial<{ FreedBytes: number; Layers: number; Items: RawItem[]; Refused: (RawRef & { Message: string })[] }>(docker, { path: "/slipway/disk/free?", method: "POST", query: { "dry-run": 1 }, body: bodyOf(items), okStatuses: [200], signal });
        return { freedBytes: FreedBytes, layers: Layers, items: Items.map(toItem), refused: Refused.map((raw) => ({ ...toRef(raw), message: raw.Message })), isExact: true };
      } catch (error) {
        if (isUnknownPath(error)) return previewPlain(docker, items, signal);
        throw toIpcError(error, endpoint);
      }
    },
    async *free(items, signal) {
      const scope = new AbortController();
      try {
        const lines = await open<RawEvent>("POST", "/slipway/disk/free", bodyOf(items), AbortSignal.any([signal, scope.signal]));
        if (lines === undefined) return yield* freePlain(connection, items, signal);
        for await (const line of lines) yield toEvent(line);
      } finally {
        scope.abort();
      }
    },
  };
}

/** The lines of a stream; an error that the engine tells in one of them ends it. */
async function* told<T>(stream: NodeJS.ReadableStream): AsyncGenerator<T, void, void> {
  for await (const line of jsonLines(stream) as AsyncGenerator<T | { error: string }, void, void>) {
    if (typeof line === "object" && line !== null && "error" in line) throw ipcError("internal", line.error);
    yield line as T;
  }
}

function bodyOf(items: readonly DiskRef[]): object {
  return { Items: items.map(({ kind, id }) => ({ Kind: kind, Id: id })) };
}

function toRef({ Kind, Id, Name }: RawRef): DiskRef & { name: string } {
  return { kind: Kind, id: Id, name: Name };
}

function toItem(raw: RawItem): DiskItem {
  return {
    ...toRef(raw), detail: raw.Detail, bytes: raw.Size, sharedBytes: raw.SharedSize, created: toTime(raw.CreatedAt), lastUsed: toTime(raw.LastUsedAt),
    users: raw.Users.map((user): DiskUser => ({ ...toRef(user), running: user.Running })), userCount: raw.UserCount, fixed: raw.Fixed,
  };
}

function toTime(text: string | null): number | null {
  return text === null ? null : Date.parse(text);
}

function toReport({ Root, Items, Kinds, Total, Unmeasured, Disk }: RawReport): DiskReport {
  return { items: Items.map(toItem), kinds: Kinds, totalBytes: Total, unmeasured: Unmeasured, root: Root, disk: { totalBytes: Disk.Total, freeBytes: Disk.Free }, isExact: true };
}

function toEvent(raw: RawEvent): FreeEvent {
  if (raw.Type === "freed") return { type: "freed", freedBytes: raw.FreedBytes, removed: raw.Removed };
  return raw.Type === "removed" ? { type: "removed", item: toRef(raw.Item), done: raw.Done, of: raw.Of } : { type: "failed", item: toRef(raw.Item), message: raw.Message };
}
