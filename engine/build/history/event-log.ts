import { createReadStream, createWriteStream } from "node:fs";
import type { WriteStream } from "node:fs";
import { isSystemError } from "../../base/errors.ts";
import type { BuildEvent } from "../build.ts";

/** Output is kept up to this many bytes; what comes later is only shown live. */
const MAX_BYTES = 64 << 20;

/** One build's events, a line of JSON each. */
export class EventLog {
  readonly #stream: WriteStream;
  #size = 0;
  #full = false;

  /** @param onError told once when the log cannot be written; the build goes on */
  constructor(path: string, onError: (error: unknown) => void) {
    this.#stream = createWriteStream(path, { flags: "w", mode: 0o600 });
    this.#stream.on("error", (error) => {
      this.#full = true;
      onError(error);
    });
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#size;
  }

  append(event: BuildEvent): void {
    const line = `${JSON.stringify(event)}\n`;
    const bytes = Buffer.byteLength(line);
    if (this.#full || (event.type === "stepOutput" && this.#size + bytes > MAX_BYTES)) return;
    this.#size += bytes;
    this.#stream.write(line);
  }

  /** Resolves when all that was appended can be read. */
  flush(): Promise<void> {
    if (this.#stream.destroyed || this.#stream.writableEnded) return Promise.resolve();
    return new Promise((resolve) => this.#stream.write("", () => resolve()));
  }

  close(): Promise<void> {
    if (this.#stream.destroyed) return Promise.resolve();
    return new Promise((resolve) => {
      this.#stream.once("close", resolve);
      this.#stream.end();
    });
  }
}

/** Events from a byte offset on, each with the offset behind it; a torn last line is left out. */
export async function* readEvents(path: string, start: number): AsyncGenerator<{ readonly event: BuildEvent; readonly end: number }> {
  let rest: Buffer = Buffer.alloc(0);
  let end = start;
  try {
    for await (const chunk of createReadStream(path, { start }) as AsyncIterable<Buffer>) {
      let buffer: Buffer = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
      for (let line = buffer.indexOf(10); line >= 0; line = buffer.indexOf(10)) {
        end += line + 1;
        yield { event: JSON.parse(buffer.toString("utf8", 0, line)) as BuildEvent, end };
        buffer = buffer.subarray(line + 1);
      }
      rest = buffer;
    }
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}
