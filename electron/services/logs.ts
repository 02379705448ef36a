import type { LogBatch, LogChunk } from "../ipc/contract/logs.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import { dial } from "./docker-client.ts";
import { FrameReader } from "./frames.ts";
import { LogLines } from "./log-lines.ts";

export interface LogRequest {
  containerId: string;
  follow: boolean;
  tail: "all" | number;
  since?: number | undefined;
  until?: number | undefined;
  timestamps: boolean;
  stdout: boolean;
  stderr: boolean;
}

const BATCH_INTERVAL_MS = 16;
/** Bytes gathered for one message, and read ahead of the window's credit. */
const BATCH_BYTES = 128 * 1024;

export interface Logs {
  /** Batches of lines while the window has credit; without, the daemon's socket is not read. */
  follow(request: LogRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void>;
}

export function createLogs(connection: EngineConnection): Logs {
  return { follow: (request, credit, signal) => follow(connection, request, credit, signal) };
}

async function* follow(connection: EngineConnection, request: LogRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogBatch, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  try {
    const { Config } = await connection.docker.getContainer(request.containerId).inspect({ abortSignal: combined });
    const stream = await openLog(connection, request, combined);
    const frames = Config.Tty ? undefined : new FrameReader();
    const lines = new LogLines();
    for await (const buffers of coalesce(bytesOf(stream), { intervalMs: BATCH_INTERVAL_MS, limit: BATCH_BYTES, cost: (data) => data.length, signal: combined })) {
      const chunks: LogChunk[] = [];
      let bytes = 0;
      for (const buffer of buffers) {
        bytes += buffer.length;
        if (frames === undefined) lines.take("stdout", buffer, chunks);
        else for (const { source, data } of frames.read(buffer)) lines.take(source, data, chunks);
      }
      if (chunks.length === 0) continue;
      await credit.available(combined);
      credit.spend(bytes);
      yield { chunks, bytes };
    }
    const last: LogChunk[] = [];
    lines.finish(last);
    if (last.length > 0) yield { chunks: last, bytes: 0 };
  } finally {
    scope.abort();
  }
}

/** dockerode's `logs` buffers the whole answer unless `follow` is set; this streams both. */
function openLog(connection: EngineConnection, request: LogRequest, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  return dial<NodeJS.ReadableStream>(connection.docker, {
    path: `/containers/${encodeURIComponent(request.containerId)}/logs?`,
    method: "GET",
    query: {
      follow: request.follow,
      stdout: request.stdout,
      stderr: request.stderr,
      timestamps: request.timestamps,
      tail: String(request.tail),
      ...(request.since === undefined ? {} : { since: unixTime(request.since) }),
      ...(request.until === undefined ? {} : { until: unixTime(request.until) }),
    },
    okStatuses: [200],
    stream: true,
    signal,
  });
}

/** Docker takes seconds with up to nine decimals, never an exponent. */
function unixTime(seconds: number): string {
  return seconds.toFixed(6).replace(/\.?0+$/, "");
}

async function* bytesOf(stream: NodeJS.ReadableStream): AsyncGenerator<Buffer, void, void> {
  for await (const chunk of stream) yield chunk as Buffer;
}
