/** Logs into files of the host. */
import { openStream } from "../../bridge/streams.ts";
import { client } from "../../stores/host.ts";
import { plainText } from "../../ui/log/scan.ts";
import type { LogLens } from "./lens.ts";
import type { LogSession } from "./session.ts";

export interface ExportRequest {
  readonly session: LogSession;
  readonly lens: LogLens;
  /** Absolute, or beginning with `~/`. */
  readonly path: string;
  readonly overwrite: boolean;
  readonly times: boolean;
}

export interface ExportProgress {
  readonly lines: number;
  /** Characters. */
  readonly written: number;
}

export interface Exported {
  readonly lines: number;
  readonly path: string;
}

const pieceCharacters = 512 * 1024;

/** Writes the lines that are drawn, piece by piece. @throws IpcError, AbortError */
export async function exportShown({ session, lens, path, overwrite, times }: ExportRequest, tell: (progress: ExportProgress) => void, signal: AbortSignal): Promise<Exported> {
  const api = client();
  const { buffer } = session;
  const { rows } = lens;
  const names = session.sources.map(({ name }) => name);
  const width = names.length > 1 ? Math.max(...names.map((name) => name.length)) : 0;
  const { fileId } = await api.logs.beginFile({ path, overwrite });
  try {
    let piece = "";
    let lines = 0;
    let written = 0;
    for (let number = rows.lineAtRow(0, 0).number; number < buffer.end; number = rows.next(number)) {
      const line = buffer.line(number);
      if (!line) continue;
      piece += `${width > 0 ? `${(names[line.owner] ?? "").padEnd(width)} | ` : ""}${times ? `${line.time} ` : ""}${plainText(line.text)}\n`;
      lines++;
      if (piece.length < pieceCharacters) continue;
      await api.logs.writeFile({ fileId, text: piece });
      signal.throwIfAborted();
      written += piece.length;
      piece = "";
      tell({ lines, written });
    }
    await api.logs.writeFile({ fileId, text: piece });
    return { lines, path: (await api.logs.endFile({ fileId, keep: true })).path };
  } catch (error) {
    await api.logs.endFile({ fileId, keep: false }).catch(() => undefined);
    throw error;
  }
}

/** Lets the host write whole logs. @throws IpcError, AbortError */
export async function exportWhole({ session, path, overwrite, times }: ExportRequest, tell: (progress: ExportProgress) => void, signal: AbortSignal): Promise<Exported> {
  const api = client();
  const containers = session.sources.map(({ id, name }) => ({ id, name }));
  let done: Exported | undefined;
  for await (const progress of openStream(api, (streamId, streamSignal) => api.logs.export({ streamId, path, overwrite, containers, timestamps: times, ...session.span }, { signal: streamSignal }), signal)) {
    tell(progress);
    if (progress.path !== undefined) done = { lines: progress.lines, path: progress.path };
  }
  signal.throwIfAborted();
  if (!done) throw Object.assign(new Error("The file was not written to its end."), { code: "internal" });
  return done;
}
