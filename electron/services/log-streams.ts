/** A container's log as the engine sends it, and as lines. */
import type { LogChunk, LogSource } from "../ipc/contract/logs.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { FrameReader } from "./frames.ts";
import { LogLines } from "./log-lines.ts";

export interface LogRange {
  tail: "all" | number;
  since?: string | number | undefined;
  until?: string | number | undefined;
  timestamps: boolean;
  stdout: boolean;
  stderr: boolean;
}

export interface LogSearchRequest {
  containerId: string;
  text: string;
  regex: boolean;
  matchCase: boolean;
  word: boolean;
  since?: string | undefined;
  until?: string | undefined;
  limit: number;
}

/** What arrived at once. */
export interface LogPart {
  readonly chunks: LogChunk[];
  /** As received. */
  readonly bytes: number;
}

/**
 * dockerode's `logs` buffers the whole answer unless `follow` is set; this streams both.
 * @param under `/containers`, or where our engine has the same with an extension
 */
export function openLog(connection: EngineConnection, containerId: string, query: Omit<LogRange, "tail"> & { tail: string; follow: boolean }, under: "/containers" | "/slipway/containers", signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  const { follow, stdout, stderr, timestamps, tail, since, until } = query;
  return dial<NodeJS.ReadableStream>(connection.docker, {
    path: `${under}/${encodeURIComponent(containerId)}/logs?`,
    method: "GET",
    query: { follow, stdout, stderr, timestamps, tail, ...(since !== undefined && { since: unixTime(since) }), ...(until !== undefined && { until: unixTime(until) }) },
    okStatuses: [200],
    stream: true,
    signal,
  });
}

export function openSearch(connection: EngineConnection, { containerId, text, regex, matchCase, word, since, until, limit }: LogSearchRequest, signal: AbortSignal): Promise<NodeJS.ReadableStream> {
  return dial<NodeJS.ReadableStream>(connection.docker, {
    path: `/slipway/containers/${encodeURIComponent(containerId)}/logs/search?`,
    method: "GET",
    query: { text, regex, case: matchCase, word, limit, ...(since !== undefined && { since: unixTime(since) }), ...(until !== undefined && { until: unixTime(until) }) },
    okStatuses: [200],
    stream: true,
    signal,
  });
}

/** Whether a daemon said that it has no such path, which is not to say that it has no such container. */
export function isMissingRoute(error: unknown): boolean {
  return error instanceof Error && "statusCode" in error && (error.statusCode === 404 || error.statusCode === 405 || error.statusCode === 501) && !/no such container/i.test(error.message);
}

/** The lines of a log stream, in pieces as they arrive. What has no end comes last. */
export async function* chunksOf(stream: NodeJS.ReadableStream, tty: boolean): AsyncGenerator<LogPart, void, void> {
  const frames = tty ? undefined : new FrameReader();
  const lines = new LogLines();
  for await (const data of stream) {
    const buffer = data as Buffer;
    const chunks: LogChunk[] = [];
    if (frames === undefined) lines.take("stdout", buffer, chunks);
    else for (const { source, data: part } of frames.read(buffer)) lines.take(source, part, chunks);
    yield { chunks, bytes: buffer.length };
  }
  const last: LogChunk[] = [];
  lines.finish(last);
  if (last.length > 0) yield { chunks: last, bytes: 0 };
}

/** One line of a log. */
export interface TimedLine {
  /** RFC 3339 with nanoseconds: fixed width, so that they compare as text. */
  readonly time: string;
  readonly text: string;
  readonly source: LogSource;
}

/** Line by line, for a log read with times. */
export async function* linesOf(stream: NodeJS.ReadableStream, tty: boolean): AsyncGenerator<TimedLine, void, void> {
  for await (const { chunks } of chunksOf(stream, tty)) {
    for (const { source, text } of chunks) {
      for (const line of text.split("\n")) {
        const space = line.indexOf(" ");
        yield space < 0 ? { time: line, text: "", source } : { time: line.slice(0, space), text: line.slice(space + 1), source };
      }
    }
  }
}

/** Docker takes seconds with up to nine decimals, never an exponent. */
function unixTime(moment: string | number): string {
  if (typeof moment === "number") return moment.toFixed(6).replace(/\.?0+$/, "");
  const fraction = /\.(\d+)Z$/.exec(moment)?.[1] ?? "0";
  return `${Math.floor(Date.parse(moment) / 1000)}.${fraction.padEnd(9, "0")}`;
}
