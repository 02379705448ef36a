/** What is taken out of containers: what they changed, images, archives. */
import { once } from "node:events";
import { createWriteStream } from "node:fs";
import { link, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import type { CompleteCommitForm, ContainerChange, ContainerSize, ExportEvent } from "../ipc/contract/containers.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { toIpcError } from "./docker-errors.ts";
import { ipcError } from "./ipc-error.ts";

const PROGRESS_INTERVAL_MS = 200;

export interface ContainerCopies {
  changes(id: string, signal?: AbortSignal): Promise<ContainerChange[]>;
  sizes(ids: readonly string[], signal?: AbortSignal): Promise<ContainerSize[]>;
  commit(form: CompleteCommitForm, signal?: AbortSignal): Promise<{ imageId: string }>;
  /** @throws IpcError `alreadyExists`, `notFound` for a missing folder, `forbidden`, `resourceExhausted` */
  export(request: { id: string; path: string; replace: boolean }, signal: AbortSignal): AsyncGenerator<ExportEvent, void, void>;
}

export function createContainerCopies(connection: EngineConnection): ContainerCopies {
  return {
    async changes(id, signal) {
      const ask = (prefix: string) => dial<{ Path: string; Kind: 0 | 1 | 2; Bytes?: number }[] | null>(connection.docker, { path: `${prefix}/containers/${encodeURIComponent(id)}/changes`, method: "GET", okStatuses: [200], signal });
      const found = await ask("/slipway").catch((error: unknown) => {
        const { code, message } = toIpcError(error, connection.endpoint);
        // Another engine has no sizes to tell.
        if (code === "notFound" && message === "page not found") return ask("");
        throw error;
      });
      const kinds = ["modified", "added", "deleted"] as const;
      return (found ?? []).map(({ Path: path, Kind, Bytes }) => ({ path, kind: kinds[Kind], ...(Bytes !== undefined && { bytes: Bytes }) }));
    },
    async sizes(ids, signal) {
      const wanted = new Set(ids);
      const list = await dial<{ Id: string; SizeRw?: number }[]>(connection.docker, { path: "/containers/json?", method: "GET", query: { all: true, size: true, ...(ids.length <= 100 ? { filters: JSON.stringify({ id: ids }) } : {}) }, okStatuses: [200], signal });
      return list.filter(({ Id }) => wanted.has(Id)).map(({ Id, SizeRw }) => ({ id: Id, bytes: SizeRw ?? 0 }));
    },
    async commit({ id, image, author, comment, pause, changes }, signal) {
      const { repository, tag } = splitReference(image);
      const answer = await dial<{ Id: string }>(connection.docker, {
        path: "/commit?",
        method: "POST",
        query: { container: id, repo: repository, tag, pause, ...(author === undefined ? {} : { author }), ...(comment === undefined ? {} : { comment }), ...(changes.length === 0 ? {} : { changes: changes.join("\n") }) },
        okStatuses: [200, 201],
        signal,
      });
      return { imageId: answer.Id };
    },
    export: (request, signal) => exportTo(connection, request, signal),
  };
}

/** Repository and tag of a reference, as the API wants them apart. */
export function splitReference(image: string | undefined): { repository: string; tag: string } {
  if (image === undefined) return { repository: "", tag: "" };
  const colon = image.lastIndexOf(":");
  return colon > image.lastIndexOf("/") ? { repository: image.slice(0, colon), tag: image.slice(colon + 1) } : { repository: image, tag: "" };
}

async function* exportTo({ docker }: EngineConnection, request: { id: string; path: string; replace: boolean }, signal: AbortSignal): AsyncGenerator<ExportEvent, void, void> {
  const path = request.path.startsWith("~/") ? join(homedir(), request.path.slice(2)) : request.path;
  if (!request.replace && (await stat(path).catch(() => undefined)) !== undefined) throw taken(path);
  const part = `${path}.${process.pid}-${Date.now()}.part`;
  const file = createWriteStream(part, { flags: "wx", mode: 0o600 });
  const failed = new Promise<never>((_, reject) => file.on("error", reject));
  failed.catch(() => undefined);
  try {
    await Promise.race([once(file, "open"), failed]);
    const stream = await dial<NodeJS.ReadableStream>(docker, { path: `/containers/${encodeURIComponent(request.id)}/export`, method: "GET", okStatuses: [200], stream: true, signal });
    let bytes = 0;
    let nextAt = 0;
    yield { type: "progress", bytes, path };
    for await (const chunk of stream as AsyncIterable<Buffer>) {
      signal.throwIfAborted();
      bytes += chunk.length;
      if (!file.write(chunk)) await Promise.race([once(file, "drain"), failed]);
      if (performance.now() < nextAt) continue;
      nextAt = performance.now() + PROGRESS_INTERVAL_MS;
      yield { type: "progress", bytes, path };
    }
    signal.throwIfAborted();
    file.end();
    await finished(file);
    await show(part, path, request.replace);
    yield { type: "done", bytes, path };
  } catch (error) {
    throw fileError(error, path);
  } finally {
    file.destroy();
    await rm(part, { force: true });
  }
}

/** Gives the complete file its name; one that appeared meanwhile is not lost. */
async function show(part: string, path: string, replace: boolean): Promise<void> {
  if (replace) await rename(part, path);
  else await link(part, path);
}

function taken(path: string): Error {
  return ipcError("alreadyExists", `${path} exists already.`);
}

/** A sentence for what the disk of the host refuses; other errors pass unchanged. */
function fileError(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  switch (error.code) {
    case "EEXIST":
      return taken(path);
    case "ENOENT":
    case "ENOTDIR":
      return ipcError("notFound", `The folder of ${path} does not exist.`, { cause: error.message });
    case "EACCES":
    case "EPERM":
    case "EROFS":
      return ipcError("forbidden", `${path} cannot be written there.`, { cause: error.message });
    case "ENOSPC":
    case "EDQUOT":
      return ipcError("resourceExhausted", `The disk is full: ${path} was not written.`, { cause: error.message });
    case "EISDIR":
      return ipcError("invalidArgument", `${path} is a folder.`, { cause: error.message });
    default:
      return error;
  }
}
