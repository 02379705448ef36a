import type { LogBatch, LogChunk, LogExportBatch, LogSearchBatch, LogSearchEvent } from "../ipc/contract/logs.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import { ipcError } from "./ipc-error.ts";
import { jsonLines } from "./json-lines.ts";
import { exportLogs, type LogExportRequest } from "./log-export.ts";
import { chunksOf, isMissingRoute, openLog, openSearch, type LogRange, type LogSearchRequest } from "./log-streams.ts";

export interface LogRequest extends LogRange {
  containerId: string;
  follow: boolean;
}

export interface LogPageRequest {
  containerId: string;
  direction: "older" | "newer";
  time: string;
  lines: number;
  known: number;
}

const BATCH_INTERVAL_MS = 16;
/** Bytes gathered for one message, and read ahead of the window's credit. */
const BATCH_BYTES = 128 * 1024;
/** What a match costs beside its text. */
const EVENT_BYTES = 80;

export interface Logs {
  /** Batches of lines while the window has credit; without, the daemon's socket is not read. */
  follow(request: LogRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void>;
  page(request: LogPageRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void>;
  search(request: LogSearchRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogSearchBatch, void, void>;
  export(request: LogExportRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogExportBatch, void, void>;
}

export function createLogs(connection: EngineConnection): Logs {
  return {
    follow: (request, credit, signal) => follow(connection, request, credit, signal),
    page: (request, credit, signal) => page(connection, request, credit, signal),
    search: (request, credit, signal) => search(connection, request, credit, signal),
    export: (request, credit, signal) => exportLogs(connection, request, credit, signal),
  };
}

async function* follow(connection: EngineConnection, request: LogRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void> {
  yield* scoped(signal, async function* (combined) {
    const tty = await isTty(connection, request.containerId, combined);
    const stream = await openLog(connection, request.containerId, { ...request, tail: String(request.tail) }, "/containers", combined);
    yield* batchesOf(stream, tty, credit, combined);
  });
}

async function* page(connection: EngineConnection, { containerId, direction, time, lines, known }: LogPageRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void> {
  yield* scoped(signal, async function* (combined) {
    const tty = await isTty(connection, containerId, combined);
    const query = { follow: false, stdout: true, stderr: true, timestamps: true };
    if (direction === "older") {
      const stream = await openLog(connection, containerId, { ...query, tail: String(lines), until: time }, "/slipway/containers", combined).catch((error: unknown) => {
        if (!isMissingRoute(error)) throw error;
        // Docker counts the tail from the end of the log, so what lies behind it is read as well.
        return openLog(connection, containerId, { ...query, tail: String(lines + known), until: time }, "/containers", combined);
      });
      yield* batchesOf(stream, tty, credit, combined);
      return;
    }
    let left = lines;
    const stream = await openLog(connection, containerId, { ...query, tail: "all", since: time }, "/containers", combined);
    for await (const batch of batchesOf(stream, tty, credit, combined)) {
      const chunks = batch.chunks.map((chunk) => firstLines(chunk, Math.max(0, left - before(batch.chunks, chunk)))).filter((chunk) => chunk.lines > 0);
      left -= before(batch.chunks);
      yield { chunks, bytes: batch.bytes };
      if (left <= 0) return;
    }
  });
}

async function* search(connection: EngineConnection, request: LogSearchRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogSearchBatch, void, void> {
  yield* scoped(signal, async function* (combined) {
    const stream = await openSearch(connection, request, combined).catch((error: unknown) => {
      throw isMissingRoute(error) ? ipcError("notImplemented", "This engine does not search whole logs.") : error;
    });
    const events = jsonLines(stream) as AsyncGenerator<LogSearchEvent, void, void>;
    const cost = (event: LogSearchEvent): number => EVENT_BYTES + (event.type === "match" ? event.text.length : 0);
    for await (const batch of coalesce(events, { intervalMs: BATCH_INTERVAL_MS, limit: BATCH_BYTES, cost, signal: combined })) {
      const bytes = batch.reduce((sum, event) => sum + cost(event), 0);
      await credit.available(combined);
      credit.spend(bytes);
      yield { events: batch, bytes };
    }
  });
}

/** Runs a stream with a signal that also ends when its reader leaves. */
async function* scoped<T>(signal: AbortSignal, work: (combined: AbortSignal) => AsyncGenerator<T, void, void>): AsyncGenerator<T, void, void> {
  const scope = new AbortController();
  try {
    yield* work(AbortSignal.any([signal, scope.signal]));
  } finally {
    scope.abort();
  }
}

async function isTty(connection: EngineConnection, containerId: string, signal: AbortSignal): Promise<boolean> {
  return (await connection.docker.getContainer(containerId).inspect({ abortSignal: signal })).Config.Tty;
}

async function* batchesOf(stream: NodeJS.ReadableStream, tty: boolean, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void> {
  for await (const parts of coalesce(chunksOf(stream, tty), { intervalMs: BATCH_INTERVAL_MS, limit: BATCH_BYTES, cost: ({ bytes }) => bytes, signal })) {
    const chunks = parts.flatMap((part) => part.chunks);
    const bytes = parts.reduce((sum, part) => sum + part.bytes, 0);
    if (chunks.length === 0) continue;
    await credit.available(signal);
    credit.spend(bytes);
    yield { chunks, bytes };
  }
}

/** Lines of the chunks before `until`, or of all. */
function before(chunks: readonly LogChunk[], until?: LogChunk): number {
  let lines = 0;
  for (const chunk of chunks) {
    if (chunk === until) break;
    lines += chunk.lines;
  }
  return lines;
}

function firstLines(chunk: LogChunk, count: number): LogChunk {
  if (chunk.lines <= count) return chunk;
  return { source: chunk.source, text: chunk.text.split("\n").slice(0, count).join("\n"), lines: count };
}
