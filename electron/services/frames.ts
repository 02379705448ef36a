/**
 * Docker's multiplexed stream: each frame is one byte of source (0 stdin, 1 stdout, 2 stderr), three zero bytes, a length
 * of four bytes, big endian, and the data. Docker Engine API, "Attach to a container", stream format.
 */
import type { LogSource } from "../ipc/contract/logs.ts";
import { ipcError } from "./ipc-error.ts";

export interface Frame {
  readonly source: LogSource;
  readonly data: Buffer;
}

const HEADER = 8;

/** Splits a stream into pieces of frames. A frame is handed on as its bytes arrive, so its length costs no memory. */
export class FrameReader {
  #header = Buffer.alloc(HEADER);
  #headerBytes = 0;
  #source: LogSource = "stdout";
  #left = 0;

  /** @throws IpcError `dataLoss` when the stream is not multiplexed */
  *read(chunk: Buffer): Generator<Frame, void, void> {
    let at = 0;
    while (at < chunk.length) {
      if (this.#left > 0) {
        const data = chunk.subarray(at, at + this.#left);
        at += data.length;
        this.#left -= data.length;
        yield { source: this.#source, data };
        continue;
      }
      const taken = chunk.copy(this.#header, this.#headerBytes, at, at + HEADER - this.#headerBytes);
      at += taken;
      this.#headerBytes += taken;
      if (this.#headerBytes === HEADER) this.#begin();
    }
  }

  #begin(): void {
    this.#headerBytes = 0;
    const [source, ...zeros] = this.#header.subarray(0, 4);
    if (source === undefined || source > 2 || zeros.some((byte) => byte !== 0)) throw ipcError("dataLoss", "The engine's output stream is not in Docker's format.");
    this.#source = source === 2 ? "stderr" : "stdout";
    this.#left = this.#header.readUInt32BE(4);
  }
}
