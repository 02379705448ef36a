/** Files of containers and volumes through `/slipway/.../files`; see engine/files/files.ts for what the engine promises. */
import type { IncomingMessage } from "node:http";
import { PassThrough } from "node:stream";
import { once } from "node:events";
import type { FileEntry, FileLayer, FileListing, FileMount, FilePart, FilesOwner, FoundFile, SearchBatch, UploadEvent } from "../ipc/contract/files.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import type { TerminalInput } from "./terminal.ts";

export interface Place {
  owner: FilesOwner;
  path: string;
}

/** Files of containers and volumes. @throws IpcError `notImplemented` on an engine that is not Slipway's */
export interface Files {
  list(request: Place & { offset: number; limit: number; changed: boolean }, signal?: AbortSignal): Promise<FileListing>;
  layers(owner: FilesOwner, signal?: AbortSignal): Promise<FileLayer[]>;
  stat(place: Place, follow: boolean, signal?: AbortSignal): Promise<FoundFile>;
  read(request: Place & { offset: number; length: number }, signal?: AbortSignal): Promise<FilePart>;
  writeText(request: Place & { text: string; version?: string | undefined }): Promise<FoundFile>;
  makeFolder(place: Place): Promise<FoundFile>;
  rename(owner: FilesOwner, from: string, to: string): Promise<FoundFile>;
  remove(place: Place): Promise<void>;
  setAttributes(request: Place & { mode?: number | undefined; user?: string | undefined; group?: string | undefined; recursive: boolean }): Promise<FoundFile>;
  revert(place: Place): Promise<{ how: "dropped" | "copied" }>;
  search(request: Place & { name: string; limit: number }, signal: AbortSignal): AsyncGenerator<SearchBatch, void, void>;
  /** The bytes of a file, or a folder as a tar. */
  open(place: Place, as: "file" | "tar", signal: AbortSignal): Promise<NodeJS.ReadableStream>;
  /** @param onReady receives where the data goes */
  upload(request: Place & { version?: string | undefined }, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<UploadEvent, void, void>;
}

interface RawEntry {
  Path?: string;
  Name: string;
  Type: FileEntry["type"];
  Size: number;
  Mode: number;
  Uid: number;
  Gid: number;
  User: string;
  Group: string;
  ModifiedAt: string;
  Version: string;
  Target: string;
  Layer: FileEntry["layer"];
  Change: FileEntry["change"];
  Mount: { Path: string; Type: FileMount["type"]; Name: string; ReadWrite: boolean } | null;
  End?: boolean;
}

export function createFiles({ docker, endpoint }: EngineConnection): Files {
  type Call = Parameters<typeof dial>[1];
  async function call<T>(owner: FilesOwner, path: string, request: Omit<Call, "path" | "okStatuses">): Promise<T> {
    try {
      return await dial<T>(docker, { path: `${base(owner)}${path}?`, okStatuses: [200, 201, 204], ...request });
    } catch (thrown) {
      const error = toIpcError(thrown, endpoint);
      if (error.code === "notFound" && error.message === "page not found") throw ipcError("notImplemented", "Files are shown by Slipway’s own engine only.");
      // The engine says so with one status for both.
      if (error.code === "conflict" && / exists already/.test(error.message)) throw ipcError("alreadyExists", error.message);
      if (error.code === "conflict" && /since it was read/.test(error.message)) throw ipcError("conflict", error.message, { details: { changed: true } });
      throw error;
    }
  }
  const found = async (raw: Promise<RawEntry>): Promise<FoundFile> => toFound(await raw);

  return {
    async list({ owner, path, offset, limit, changed }, signal) {
      const raw = await call<{ Path: string; Total: number; Truncated: boolean; Entries: RawEntry[] }>(owner, "", { method: "GET", query: { path: written(path), offset, limit, ...(changed ? { changed: 1 } : {}) }, signal });
      return { path: raw.Path, total: raw.Total, truncated: raw.Truncated, entries: raw.Entries.map(toEntry) };
    },
    async layers(owner, signal) {
      if (owner.kind === "volume") return [];
      const raw = await call<{ Layers: { Number: number; Instruction: string }[] }>(owner, "/layers", { method: "GET", signal });
      return raw.Layers.map(({ Number: number, Instruction: instruction }) => ({ number, instruction }));
    },
    stat: ({ owner, path }, follow, signal) => found(call(owner, "/stat", { method: "GET", query: { path: written(path), ...(follow ? { follow: 1 } : {}) }, signal })),
    async read({ owner, path, offset, length }, signal) {
      const stream = await call<IncomingMessage>(owner, "/content", { method: "GET", query: { path: written(path), offset, limit: length }, stream: true, signal });
      const parts: Buffer[] = [];
      for await (const part of stream) parts.push(part as Buffer);
      const header = stream.headers["x-slipway-file"];
      if (typeof header !== "string") throw ipcError("dataLoss", "The engine sent a file without saying what it is.");
      const raw = JSON.parse(Buffer.from(header, "base64").toString("utf8")) as RawEntry;
      return { file: toFound(raw), base64: Buffer.concat(parts).toString("base64"), end: raw.End === true };
    },
    writeText: ({ owner, path, text, version }) => found(call(owner, "/content", { method: "PUT", query: { path: written(path), ...(version === undefined ? {} : { version }) }, file: Buffer.from(text, "utf8") })),
    makeFolder: ({ owner, path }) => found(call(owner, "/folder", { method: "POST", query: { path: written(path) } })),
    rename: (owner, from, to) => found(call(owner, "/rename", { method: "POST", body: { From: from, To: to } })),
    remove: ({ owner, path }) => call<void>(owner, "", { method: "DELETE", query: { path: written(path) } }),
    setAttributes: ({ owner, path, mode, user, group, recursive }) => found(call(owner, "/attributes", { method: "POST", body: { Path: path, Mode: mode, User: user, Group: group, Recursive: recursive } })),
    async revert({ owner, path }) {
      return { how: (await call<{ How: "dropped" | "copied" }>(owner, "/revert", { method: "POST", query: { path: written(path) } })).How };
    },
    async *search({ owner, path, name, limit }, signal) {
      const stream = await call<NodeJS.ReadableStream>(owner, "/search", { method: "GET", query: { path: written(path), name, limit }, stream: true, signal });
      for await (const line of jsonLines(stream)) yield toBatch(line as RawFound);
    },
    open: ({ owner, path }, as, signal) => call<NodeJS.ReadableStream>(owner, as === "file" ? "/content" : "/archive", { method: "GET", query: { path: written(path) }, stream: true, signal }),
    async *upload({ owner, path, version }, onReady, signal) {
      const body = new PassThrough();
      const sent = found(call(owner, "/content", { method: "PUT", query: { path: written(path), ...(version === undefined ? {} : { version }) }, file: body, signal }));
      const failed = new AbortController();
      sent.catch(() => {
        failed.abort();
        body.destroy();
      });
      onReady(inputOf(body, AbortSignal.any([signal, failed.signal])));
      yield { type: "ready", bytes: 0 };
      yield { type: "done", file: await sent, bytes: 0 };
    },
  };
}

/** Where uploaded bytes go; a write waits until the engine has taken them. */
function inputOf(body: PassThrough, signal: AbortSignal): TerminalInput {
  return {
    async write(data) {
      if (signal.aborted) throw ipcError("cancelled", "The upload has ended.");
      if (!body.write(Buffer.from(data, "base64"))) await once(body, "drain", { signal });
    },
    end: () => void body.end(),
    resize: async () => undefined,
  };
}

function base(owner: FilesOwner): string {
  return `/slipway/${owner.kind}s/${encodeURIComponent(owner.id)}/files`;
}

/** A name that is not UTF-8 cannot be part of a query as it is. */
function written(path: string): string {
  return path.isWellFormed() ? path : JSON.stringify(path);
}

function toEntry(raw: RawEntry): FileEntry {
  return {
    name: raw.Name, type: raw.Type, size: raw.Size, mode: raw.Mode, uid: raw.Uid, gid: raw.Gid, user: raw.User, group: raw.Group, modified: Date.parse(raw.ModifiedAt), version: raw.Version,
    target: raw.Target, layer: raw.Layer, change: raw.Change,
    mount: raw.Mount === null ? null : { path: raw.Mount.Path, type: raw.Mount.Type, name: raw.Mount.Name, readWrite: raw.Mount.ReadWrite },
  };
}

function toFound(raw: RawEntry): FoundFile {
  return { ...toEntry(raw), path: raw.Path ?? "/" };
}

type RawFound = { path: string; type: FileEntry["type"]; size: number; mtimeMs: number } | { done: true; visited: number; truncated: boolean };

function toBatch(line: RawFound): SearchBatch {
  return "done" in line ? { found: [], done: { visited: line.visited, truncated: line.truncated } } : { found: [{ path: line.path, type: line.type, size: line.size, modified: line.mtimeMs }] };
}
