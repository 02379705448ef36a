import { STREAM_WINDOW_BYTES } from "../ipc/contract/streams.ts";

/**
 * The credit of one bulk stream: what was sent and not acknowledged may reach the window's size, then the producer waits.
 * One batch may overshoot, so that a batch larger than the window still gets through.
 */
export class Credit {
  readonly #window: number;
  #outstanding = 0;
  #waiter: (() => void) | undefined;

  constructor(windowBytes = STREAM_WINDOW_BYTES) {
    this.#window = windowBytes;
  }

  get outstanding(): number {
    return this.#outstanding;
  }

  /** Resolves when the next batch may be sent; throws when `signal` aborts first. */
  async available(signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    while (this.#outstanding >= this.#window) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#waiter = resolve;
      const onAbort = (): void => resolve();
      signal.addEventListener("abort", onAbort, { once: true });
      await promise;
      signal.removeEventListener("abort", onAbort);
      signal.throwIfAborted();
    }
  }

  spend(bytes: number): void {
    this.#outstanding += bytes;
  }

  /** More than was spent is ignored: the other side is not trusted to count. */
  refund(bytes: number): void {
    this.#outstanding = Math.max(0, this.#outstanding - bytes);
    if (this.#outstanding < this.#window) this.#waiter?.();
  }
}
