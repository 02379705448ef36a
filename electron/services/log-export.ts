/** Whole logs into one file, merged by time. */
import type { LogExportBatch } from "../ipc/contract/logs.ts";
import type { EngineConnection } from "./connection.ts";
import type { Credit } from "./credit.ts";
import { draftFile } from "./draft-file.ts";
import { linesOf, openLog, type TimedLine } from "./log-streams.ts";

export interface LogExportRequest {
  path: string;
  overwrite: boolean;
  containers: { id: string; name: string }[];
  timestamps: boolean;
  since?: string | undefined;
  until?: string | undefined;
}

const PIECE_CHARACTERS = 256 * 1024;
const PROGRESS_MS = 200;

interface Source {
  readonly name: string;
  readonly lines: AsyncIterator<TimedLine, void>;
  head: TimedLine | undefined;
}

/** Each log ends, so the merge is exact: the earliest head of all goes next. Logs wait in their sockets for their turn. */
export async function* exportLogs(connection: EngineConnection, request: LogExportRequest, credit: Credit, signal: AbortSignal): AsyncGenerator<LogExportBatch, void, void> {
  const scope = new AbortController();
  const combined = AbortSignal.any([signal, scope.signal]);
  const draft = await draftFile(request.path, request.overwrite);
  let whole = false;
  try {
    const width = request.containers.length > 1 ? Math.max(...request.containers.map(({ name }) => name.length)) : 0;
    const sources = await Promise.all(request.containers.map((container) => openSource(connection, container, request, combined)));
    let piece = "";
    let lines = 0;
    let written = 0;
    let toldAt = performance.now();
    for (let source = earliest(sources); source !== undefined; source = earliest(sources)) {
      const { time, text } = source.head as TimedLine;
      piece += `${width > 0 ? `${source.name.padEnd(width)} | ` : ""}${request.timestamps ? `${time} ` : ""}${text}\n`;
      lines++;
      await advance(source);
      if (piece.length < PIECE_CHARACTERS) continue;
      combined.throwIfAborted();
      await draft.write(piece);
      written += piece.length;
      piece = "";
      if (performance.now() - toldAt < PROGRESS_MS) continue;
      toldAt = performance.now();
      await credit.available(combined);
      yield { lines, written, bytes: 0 };
    }
    combined.throwIfAborted();
    await draft.write(piece);
    await draft.keep();
    whole = true;
    yield { lines, written: written + piece.length, path: draft.path, bytes: 0 };
  } finally {
    scope.abort();
    if (!whole) await draft.discard();
  }
}

async function openSource(connection: EngineConnection, { id, name }: { id: string; name: string }, { since, until }: LogExportRequest, signal: AbortSignal): Promise<Source> {
  const { Config } = await connection.docker.getContainer(id).inspect({ abortSignal: signal });
  const stream = await openLog(connection, id, { follow: false, stdout: true, stderr: true, timestamps: true, tail: "all", since, until }, "/containers", signal);
  const source: Source = { name, lines: linesOf(stream, Config.Tty), head: undefined };
  await advance(source);
  return source;
}

async function advance(source: Source): Promise<void> {
  const next = await source.lines.next();
  source.head = next.done === true ? undefined : next.value;
}

function earliest(sources: readonly Source[]): Source | undefined {
  let first: Source | undefined;
  for (const source of sources) if (source.head !== undefined && (first?.head === undefined || source.head.time < first.head.time)) first = source;
  return first;
}
