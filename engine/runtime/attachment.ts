import { EngineError, isSystemError } from "../base/errors.ts";
import { connectSeqpacket } from "../sys/seqpacket.ts";
import type { Seqpacket } from "../sys/seqpacket.ts";
import type { IoOptions } from "../base/abort.ts";
import type { StdioAttachment } from "./runtime.ts";

export interface AttachOptions extends IoOptions {
  /** This client writes to stdin. */
  readonly stdin: boolean;
  /** The process has an open stdin. */
  readonly openStdin: boolean;
  /** conmon closes stdin as soon as any client leaves, also one that never wrote. */
  readonly closesOnLeave: boolean;
}

/** First byte of conmon's packets. */
const STDOUT = 2;
const STDERR = 3;

/**
 * Connects to conmon's attach socket at `path`.
 * @throws EngineError `notFound` when conmon is gone
 */
export async function attachConmon(path: string, options: AttachOptions): Promise<StdioAttachment> {
  try {
    return new ConmonAttachment(await connectSeqpacket(path, options), options);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ECONNREFUSED")) throw new EngineError("notFound", "the container's output is gone: it is not running", { cause: error });
    throw error;
  }
}

class ConmonAttachment implements StdioAttachment {
  readonly #socket: Seqpacket;
  readonly #options: AttachOptions;
  #wake: ((gone: undefined) => void) | undefined;
  #detached = false;

  constructor(socket: Seqpacket, options: AttachOptions) {
    this.#socket = socket;
    this.#options = options;
  }

  get output(): AsyncIterable<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }> {
    return this.#packets();
  }

  async *#packets(): AsyncGenerator<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }> {
    const packets = this.#socket[Symbol.asyncIterator]();
    while (!this.#detached) {
      const next = await new Promise<IteratorResult<Uint8Array> | undefined>((resolve, reject) => {
        this.#wake = resolve;
        packets.next().then(resolve, reject);
      });
      if (next === undefined || next.done === true) return;
      const kind = next.value[0];
      if (kind === STDOUT || kind === STDERR) yield { stream: kind === STDOUT ? "stdout" : "stderr", data: next.value.subarray(1) };
    }
  }

  async writeStdin(chunk: Uint8Array): Promise<void> {
    if (!this.#options.openStdin || !this.#options.stdin) throw new EngineError("conflict", "stdin is not open: create the container with an open stdin and attach with it");
    if (this.#detached || chunk.length === 0) return;
    try {
      await this.#socket.write(chunk);
    } catch (error) {
      // The process has ended: like a pipe's reader that left, not the writer's fault.
      if (!isSystemError(error, "EPIPE", "ECONNRESET", "ERR_STREAM_DESTROYED", "ERR_STREAM_WRITE_AFTER_END")) throw error;
    }
  }

  closeStdin(): Promise<void> {
    if (this.#options.stdin && this.#options.openStdin) this.#socket.end();
    return Promise.resolve();
  }

  detach(): void {
    if (this.#detached) return;
    this.#detached = true;
    this.#wake?.(undefined);
    if (this.#options.closesOnLeave && !this.#options.stdin) void drain(this.#socket);
    else this.#socket[Symbol.dispose]();
  }
}

/** Stays connected for the sake of the process' stdin, and reads on so that conmon never waits for us. */
async function drain(socket: Seqpacket): Promise<void> {
  try {
    for await (const _ of socket);
  } catch {
    // The connection broke, which ends the duty.
  } finally {
    socket[Symbol.dispose]();
  }
}
