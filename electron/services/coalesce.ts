/**
 * Gathers what a source yields in quick succession into batches, so that a chatty source costs one message per `intervalMs`
 * instead of one per item; the first item after a pause leaves at once. The source is read ahead by at most `limit`.
 *
 * @param source must end, or throw, when `signal` aborts
 * @param limit cost gathered after which the source waits for the consumer
 */
export async function* coalesce<T>(
  source: AsyncIterable<T>,
  options: { intervalMs: number; limit: number; cost: (item: T) => number; signal: AbortSignal },
): AsyncGenerator<T[], void, void> {
  let pending: T[] = [];
  let cost = 0;
  const state: { done: boolean; error?: unknown } = { done: false };
  let wakeConsumer: (() => void) | undefined;
  let wakeReader: (() => void) | undefined;
  let abandoned = false;

  async function read(): Promise<void> {
    try {
      for await (const item of source) {
        if (abandoned) return;
        pending.push(item);
        cost += options.cost(item);
        wakeConsumer?.();
        while (cost >= options.limit && !abandoned) await new Promise<void>((resolve) => (wakeReader = resolve));
        if (abandoned) return;
      }
    } catch (error) {
      state.error = error;
    } finally {
      state.done = true;
      wakeConsumer?.();
    }
  }

  const reading = read();
  let nextAt = 0;
  try {
    for (;;) {
      if (pending.length === 0 && !state.done) await new Promise<void>((resolve) => (wakeConsumer = resolve));
      const wait = nextAt - performance.now();
      if (wait > 0 && cost < options.limit && !state.done && !options.signal.aborted) await pause(wait);
      if (pending.length > 0) {
        const batch = pending;
        pending = [];
        cost = 0;
        wakeReader?.();
        nextAt = performance.now() + options.intervalMs;
        yield batch;
      } else if (state.done) {
        if (state.error !== undefined) throw state.error;
        return;
      }
    }
  } finally {
    abandoned = true;
    wakeReader?.();
    if (options.signal.aborted) await reading;
  }

  /** Ends early when the source has filled the batch or has ended. */
  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(finish, ms);
      wakeConsumer = () => {
        if (cost >= options.limit || state.done) finish();
      };
      function finish(): void {
        clearTimeout(timer);
        wakeConsumer = undefined;
        resolve();
      }
    });
  }
}
