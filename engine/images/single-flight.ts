import { throwIfAborted } from "../base/abort.ts";
import { isCancelled } from "../base/errors.ts";

/** Lets work that several want at once run once. */
export class SingleFlight<T> {
  readonly #running = new Map<string, Promise<T>>();

  has(key: string): boolean {
    return this.#running.has(key);
  }

  /**
   * Runs `work`, or waits for who runs it already under `key`. When that one is cancelled, the next in line takes over.
   * @param onWait called before waiting for someone else
   * @throws what the work throws; EngineError `cancelled`
   */
  async run(key: string, signal: AbortSignal | undefined, work: () => Promise<T>, onWait: () => void = () => undefined): Promise<T> {
    for (;;) {
      throwIfAborted(signal);
      const running = this.#running.get(key);
      if (running === undefined) break;
      onWait();
      try {
        return await running;
      } catch (error) {
        if (!isCancelled(error)) throw error;
      }
    }
    const own = work().finally(() => this.#running.delete(key));
    this.#running.set(key, own);
    return own;
  }
}
