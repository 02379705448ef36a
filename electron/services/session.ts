import { Credit } from "./credit.ts";
import { ipcError } from "./ipc-error.ts";
import type { TerminalInput } from "./terminal.ts";

/** Streams one window may have open; a window that wants more has lost count of them. */
const STREAM_LIMIT = 256;

interface Stream {
  readonly credit: Credit;
  input?: TerminalInput;
}

/** What belongs to one connected window: its running streams. Another window cannot reach them, whatever ids it sends. */
export class Session {
  readonly #streams = new Map<string, Stream>();

  get size(): number {
    return this.#streams.size;
  }

  /** @throws IpcError `alreadyExists`, `resourceExhausted` */
  openStream(streamId: string): Credit {
    if (this.#streams.has(streamId)) throw ipcError("alreadyExists", `The stream ${streamId} is open already.`);
    if (this.#streams.size >= STREAM_LIMIT) throw ipcError("resourceExhausted", `This window has ${STREAM_LIMIT} streams open; close some first.`);
    const credit = new Credit();
    this.#streams.set(streamId, { credit });
    return credit;
  }

  closeStream(streamId: string): void {
    this.#streams.delete(streamId);
  }

  ack(streamId: string, bytes: number): void {
    this.#streams.get(streamId)?.credit.refund(bytes);
  }

  setInput(streamId: string, input: TerminalInput): void {
    const stream = this.#streams.get(streamId);
    if (stream !== undefined) stream.input = input;
  }

  /** @throws IpcError `notFound` when the terminal is not open, or not ready yet */
  input(streamId: string): TerminalInput {
    const input = this.#streams.get(streamId)?.input;
    if (input === undefined) throw ipcError("notFound", "This terminal is not open any more.");
    return input;
  }
}
