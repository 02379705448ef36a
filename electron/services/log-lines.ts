/** Bytes of a log, as chunks of lines for the window. Pure. */
import type { LogChunk, LogSource } from "../ipc/contract/logs.ts";

/** A line without an end is cut into pieces of this many characters. */
const LONGEST_LINE = 256 * 1024;

interface Track {
  readonly decoder: InstanceType<typeof TextDecoder>;
  /** The beginning of a line whose end has not arrived. */
  rest: string;
}

/** Decodes and cuts the output of both sources; each keeps its own unfinished character and line. */
export class LogLines {
  readonly #tracks: Readonly<Record<LogSource, Track>> = { stdout: newTrack(), stderr: newTrack() };

  /** Whole lines of `data`, appended to `chunks` (to the last one when it is of the same source). */
  take(source: LogSource, data: Buffer, chunks: LogChunk[]): void {
    const track = this.#tracks[source];
    const text = track.rest + track.decoder.decode(data, { stream: true });
    const end = text.lastIndexOf("\n");
    track.rest = text.slice(end + 1);
    if (end >= 0) append(chunks, source, withoutReturns(text.slice(0, end)), false);
    if (track.rest.length >= LONGEST_LINE) {
      append(chunks, source, track.rest, true);
      track.rest = "";
    }
  }

  /** What has no end yet: at the end of the log, or when it should be shown although its line goes on. */
  finish(chunks: LogChunk[]): void {
    for (const source of ["stdout", "stderr"] as const) {
      const track = this.#tracks[source];
      const text = track.rest + track.decoder.decode();
      track.rest = "";
      if (text !== "") append(chunks, source, text, true);
    }
  }
}

function append(chunks: LogChunk[], source: LogSource, text: string, partial: boolean): void {
  const last = chunks.at(-1);
  const lines = countLines(text);
  if (last?.source === source && last.partial !== true) {
    last.text += `\n${text}`;
    last.lines += lines;
    if (partial) last.partial = true;
  } else {
    chunks.push({ source, text, lines, ...(partial ? { partial } : {}) });
  }
}

/** A TTY ends its lines with CR LF. */
function withoutReturns(text: string): string {
  return text.includes("\r") ? text.replaceAll(/\r+(?=\n|$)/g, "") : text;
}

function countLines(text: string): number {
  let count = 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

function newTrack(): Track {
  return { decoder: new TextDecoder("utf-8"), rest: "" };
}
