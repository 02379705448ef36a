import { EngineError } from "../base/errors.ts";
import type { ErrorCode, ErrorDetails } from "../base/errors.ts";

/** What a task module exports as `task`: it runs in a worker thread, may block it, and gets and gives only cloneable data. */
export type WorkerTask<Data = unknown, Result = unknown> = (data: Data, context: WorkerContext) => Promise<Result> | Result;

export interface WorkerContext {
  /** Aborted when the caller gave up; a task that does not look at it is ended with its thread a second later. */
  readonly signal: AbortSignal;
  /** The bytes that the caller streams in; empty when it streams none. */
  readonly input: AsyncIterable<Uint8Array>;
  /** Streams bytes out; resolves when more are wanted. The chunk's memory is given away when it is its buffer's only view. */
  emit(chunk: Uint8Array): Promise<void>;
}

/** Chunks in flight in each direction before the sender waits. */
export const WINDOW = 4;

export type ToWorker =
  | { readonly type: "task"; readonly module: string; readonly data: unknown; readonly hasInput: boolean }
  | { readonly type: "input"; readonly chunk: Uint8Array | null }
  | { readonly type: "inputFailed"; readonly error: PlainError }
  | { readonly type: "credit" }
  | { readonly type: "abort" };

export type FromWorker =
  | { readonly type: "done"; readonly result: unknown }
  | { readonly type: "failed"; readonly error: PlainError }
  | { readonly type: "output"; readonly chunk: Uint8Array }
  | { readonly type: "credit" };

/** An error as cloning keeps it: structured clone drops every field of an Error but message and stack. */
export interface PlainError {
  readonly kind: "engine" | "system" | "other";
  readonly message: string;
  readonly code: string | undefined;
  readonly details: ErrorDetails;
  readonly fields: { readonly errno: number | undefined; readonly syscall: string | undefined; readonly path: string | undefined };
  readonly stack: string | undefined;
}

/** Prepares anything thrown for the other side. */
export function toPlainError(error: unknown): PlainError {
  const { code, details, errno, syscall, path } = (error instanceof Error ? error : {}) as Partial<NodeJS.ErrnoException> & { details?: ErrorDetails };
  const kind = error instanceof Error && error.name === "EngineError" ? "engine" : errno !== undefined ? "system" : "other";
  const message = error instanceof Error ? error.message : String(error);
  return { kind, message, code, details: details ?? {}, fields: { errno, syscall, path }, stack: error instanceof Error ? error.stack : undefined };
}

/** The error as it was thrown on the other side: code and details are kept. */
export function fromPlainError(plain: PlainError): Error {
  if (plain.kind === "engine") return new EngineError(plain.code as ErrorCode, plain.message, { details: plain.details });
  const error: NodeJS.ErrnoException = new Error(plain.message);
  if (plain.code !== undefined) error.code = plain.code;
  if (plain.kind === "system") Object.assign(error, plain.fields);
  if (plain.stack !== undefined) error.stack = plain.stack;
  return error;
}

/** Counts what may still be sent, and lets the sender wait. */
export class Credit {
  #left = WINDOW;
  #wake: (() => void) | undefined;

  /** Resolves when one more may be sent, and takes it. */
  async take(): Promise<void> {
    while (this.#left === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#left--;
  }

  give(): void {
    this.#left++;
    this.#wake?.();
    this.#wake = undefined;
  }
}

/** A queue between messages and an async iteration: `null` ends it, an error fails it. */
export class ChunkQueue {
  readonly #items: (Uint8Array | Error | null)[] = [];
  #wake: (() => void) | undefined;

  push(item: Uint8Array | Error | null): void {
    this.#items.push(item);
    this.#wake?.();
    this.#wake = undefined;
  }

  /** The next chunk; null at the end. @throws the error pushed */
  async next(): Promise<Uint8Array | null> {
    while (this.#items.length === 0) await new Promise<void>((resolve) => (this.#wake = resolve));
    const item = this.#items[0]!;
    if (item instanceof Error) throw item;
    if (item !== null) this.#items.shift();
    return item;
  }
}
