/** Runs asynchronous work one after the other, in the order of arrival (SPEC LOCK-1). */
export class Queue {
  #tail: Promise<unknown> = Promise.resolve();

  /** Runs `work` after everything queued before it. A failure concerns its own caller only. */
  run<T>(work: () => Promise<T> | T): Promise<T> {
    const result = this.#tail.then(work);
    this.#tail = result.catch(() => undefined);
    return result;
  }
}
