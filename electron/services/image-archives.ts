/** Images as files of the host's disk, and as bytes that come from a window. */
import { randomBytes } from "node:crypto";
import { createReadStream } from "node:fs";
import { link, open, rename, rm, stat } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, dirname, join, normalize } from "node:path";
import { PassThrough, Transform } from "node:stream";
import type { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ArchiveEvent } from "../ipc/contract/image-archives.ts";
import { toFileError } from "./build-files.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { fromDaemonSentence } from "./docker-errors.ts";
import { splitTag } from "./images.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import type { TerminalInput } from "./terminal.ts";

const STEP_MS = 100;

/** What an archive is read as. */
export type Reading = { kind: "load" } | { kind: "import"; reference?: string | undefined; message: string; changes: string[] };

export interface ImageArchives {
  /** The archive's bytes, for a download. */
  open(names: readonly string[], signal: AbortSignal): Promise<Readable>;
  /** @throws IpcError `alreadyExists`, `notFound` (image or folder), `forbidden`, `resourceExhausted` */
  save(names: readonly string[], path: string, replace: boolean, signal: AbortSignal): AsyncGenerator<ArchiveEvent, void, void>;
  read(path: string, what: Reading, signal: AbortSignal): AsyncGenerator<ArchiveEvent, void, void>;
  /** @param onReady receives where the window's bytes go */
  upload(what: Reading, totalBytes: number | null, onReady: (input: TerminalInput) => void, signal: AbortSignal): AsyncGenerator<ArchiveEvent, void, void>;
}

export function createImageArchives(connection: EngineConnection): ImageArchives {
  const openArchive = (names: readonly string[], signal: AbortSignal): Promise<Readable> => {
    const query = new URLSearchParams(names.map((name): [string, string] => ["names", name]));
    return dial<Readable>(connection.docker, { path: `/images/get?${query}`, method: "GET", okStatuses: [200], stream: true, signal });
  };
  return {
    open: openArchive,
    save: (names, path, replace, signal) => withProgress(null, signal, (count, combined) => save(() => openArchive(names, combined), expand(path), replace, count, combined)),
    async *read(asked, what, signal) {
      const path = expand(asked);
      const total = await sizeOf(path);
      yield* withProgress(total, signal, async (count, combined) => {
        const file = createReadStream(path, { highWaterMark: 256 * 1024 });
        const loaded = await send(connection, what, file.pipe(count), combined).finally(() => file.destroy());
        return { type: "loaded", images: loaded };
      });
    },
    async *upload(what, totalBytes, onReady, signal) {
      const source = new PassThrough({ highWaterMark: 1024 * 1024 });
      onReady(inputOf(source));
      yield { type: "progress", bytes: 0, totalBytes };
      try {
        yield* withProgress(totalBytes, signal, async (count, combined) => ({ type: "loaded", images: await send(connection, what, source.pipe(count), combined) }));
      } finally {
        source.destroy();
      }
    },
  };
}

/** Runs `work`, and tells of the bytes that passed `count` at most ten times a second, then what came of it. */
async function* withProgress(totalBytes: number | null, signal: AbortSignal, work: (count: Transform, signal: AbortSignal) => Promise<ArchiveEvent>): AsyncGenerator<ArchiveEvent, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  const steps = new PassThrough({ objectMode: true, highWaterMark: 10_000 });
  let bytes = 0;
  let told = 0;
  const count = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      const now = performance.now();
      if (now - told >= STEP_MS) {
        told = now;
        steps.write(bytes);
      }
      done(null, chunk);
    },
  });
  combined.addEventListener("abort", () => count.destroy(), { once: true });
  const result = work(count, combined);
  result.then(() => steps.end(), (error: unknown) => steps.destroy(error as Error));
  try {
    for await (const batch of coalesce(steps as AsyncIterable<number>, { intervalMs: STEP_MS, limit: 1000, cost: () => 1, signal: combined })) {
      yield { type: "progress", bytes: batch.at(-1) ?? bytes, totalBytes };
    }
    yield await result;
  } finally {
    scope.abort();
    await result.catch(() => undefined);
  }
}

async function save(openArchive: () => Promise<Readable>, path: string, replace: boolean, count: Transform, signal: AbortSignal): Promise<ArchiveEvent> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  try {
    if (!replace && (await exists(path))) throw taken(path);
    const archive = await openArchive();
    const file = await open(temporary, "wx", 0o666).catch((error: unknown) => {
      archive.destroy();
      throw toFileError(error, path);
    });
    try {
      await pipeline(archive, count, file.createWriteStream({ flush: true }), { signal });
      const { size } = await stat(temporary);
      if (replace) await rename(temporary, path);
      else await link(temporary, path);
      return { type: "saved", path, bytes: size };
    } catch (error) {
      throw fileTrouble(error, path);
    }
  } finally {
    await rm(temporary, { force: true }).catch(() => undefined);
  }
}

function fileTrouble(error: unknown, path: string): unknown {
  if (!(error instanceof Error) || !("code" in error) || !("syscall" in error)) return error;
  if (error.code === "EEXIST") return taken(path);
  return ["EISDIR", "ENOENT", "EACCES", "EPERM", "EROFS", "ENOTDIR", "ENOSPC", "EDQUOT", "ENOTEMPTY"].includes(String(error.code)) ? toFileError(error, path) : error;
}

function taken(path: string): Error {
  return ipcError("alreadyExists", `${path} exists already.`);
}

async function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, (error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return false;
    throw toFileError(error, path);
  });
}

/** Of a regular file. @throws IpcError */
async function sizeOf(path: string): Promise<number> {
  const info = await stat(path).catch((error: unknown) => {
    throw toFileError(error, path);
  });
  if (!info.isFile()) throw ipcError("invalidArgument", `${path} is not a file.`);
  return info.size;
}

function expand(path: string): string {
  return normalize(path === "~" || path.startsWith("~/") ? join(homedir(), path.slice(1)) : path);
}

/** Sends an archive to the engine. @returns references, or ids of images without one */
async function send({ docker }: EngineConnection, what: Reading, file: Readable, signal: AbortSignal): Promise<string[]> {
  const path = what.kind === "load" ? "/images/load?" : `/images/create?${importQuery(what)}`;
  const stream = await dial<Readable>(docker, { path, method: "POST", file, okStatuses: [200], stream: true, signal });
  const loaded: string[] = [];
  for await (const line of jsonLines(stream) as AsyncIterable<{ stream?: string; status?: string; error?: string; errorDetail?: { message?: string } }>) {
    const problem = line.errorDetail?.message ?? line.error;
    if (problem !== undefined) throw fromDaemonSentence(problem);
    const name = what.kind === "load" ? /^Loaded image(?: ID)?: (\S+)/.exec(line.stream ?? "")?.[1] : /^sha256:[0-9a-f]{64}$/.exec(line.status ?? "")?.[0];
    if (name !== undefined) loaded.push(name);
  }
  return what.kind === "import" && what.reference !== undefined && loaded.length > 0 ? [what.reference] : loaded;
}

function importQuery({ reference, message, changes }: Extract<Reading, { kind: "import" }>): URLSearchParams {
  const query = new URLSearchParams([["fromSrc", "-"], ...changes.map((change): [string, string] => ["changes", change])]);
  if (message !== "") query.set("message", message);
  if (reference !== undefined) {
    const { repo, tag } = splitTag(reference);
    query.set("repo", repo);
    query.set("tag", tag);
  }
  return query;
}

function inputOf(source: PassThrough): TerminalInput {
  return {
    async write(data) {
      if (source.destroyed || source.writableEnded) throw ipcError("conflict", "The upload has ended.");
      if (source.write(Buffer.from(data, "latin1"))) return;
      await new Promise<void>((resolve) => {
        source.once("drain", resolve);
        source.once("close", resolve);
      });
    },
    end: () => void source.end(),
    resize: () => Promise.resolve(),
  };
}
