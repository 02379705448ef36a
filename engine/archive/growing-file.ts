import { open } from "node:fs/promises";
import { EngineError } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";

/**
 * A file that one thread still writes while another reads it: a layer is unpacked during its download, through the page cache and
 * without passing bytes between threads. The handle is shared memory: [0] how many bytes may be read, [1] a counter that wakes the reader.
 */
export interface GrowingFileHandle {
  readonly path: string;
  readonly state: SharedArrayBuffer;
}

const LENGTH = 0;
const PHASE = 1;
const GROWING = 0n;
const COMPLETE = 1n;
const FAILED = 2n;

/** The writer's side. */
export class GrowingFile {
  readonly handle: GrowingFileHandle;
  readonly #state: BigInt64Array;

  /** @param length bytes that are in the file already */
  constructor(path: string, length = 0) {
    const state = new SharedArrayBuffer(16);
    this.handle = { path, state };
    this.#state = new BigInt64Array(state);
    this.advance(length);
  }

  /** Says that the first `length` bytes are written. */
  advance(length: number): void {
    Atomics.store(this.#state, LENGTH, BigInt(length));
    Atomics.notify(this.#state, LENGTH);
  }

  /** Says that no more bytes will come. */
  complete(): void {
    this.#end(COMPLETE);
  }

  /** Says that the writer gave up: the reader fails with `unavailable`. */
  fail(): void {
    this.#end(FAILED);
  }

  #end(phase: bigint): void {
    Atomics.store(this.#state, PHASE, phase);
    // The reader waits on the length: it has to change for a wait that is about to begin.
    Atomics.add(this.#state, LENGTH, END_MARK);
    Atomics.notify(this.#state, LENGTH);
  }
}

/** Added to the length at the end; no file is as large. */
const END_MARK = 1n << 56n;
const CHUNK = 256 * 1024;

/** Reads a growing file to its end, in another thread or in the same one. */
export async function* readGrowingFile(handle: GrowingFileHandle, options: IoOptions = {}): AsyncGenerator<Buffer> {
  const state = new BigInt64Array(handle.state);
  const file = await open(handle.path, "r");
  try {
    for (let position = 0; ; ) {
      // In this order: once the phase is complete, the length is final.
      const phase = Atomics.load(state, PHASE);
      const seen = Atomics.load(state, LENGTH);
      if (phase === FAILED) throw new EngineError("unavailable", "the download ended early");
      const available = Number(seen & (END_MARK - 1n)) - position;
      if (available > 0) {
        const buffer = Buffer.allocUnsafeSlow(Math.min(CHUNK, available));
        const { bytesRead } = await file.read(buffer, 0, buffer.length, position);
        if (bytesRead === 0) throw new EngineError("dataLoss", `the file ${handle.path} is shorter than what was written to it`);
        position += bytesRead;
        yield buffer.subarray(0, bytesRead);
      } else if (phase === GROWING) {
        // A time limit only so that an abort is noticed.
        await Atomics.waitAsync(state, LENGTH, seen, 250).value;
      } else {
        return;
      }
      throwIfAborted(options.signal);
    }
  } finally {
    await file.close();
  }
}
