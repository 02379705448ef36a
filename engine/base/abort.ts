import { EngineError } from "./errors.ts";

/** Options of every function that does I/O. */
export interface IoOptions {
  /** Stops the work; its `reason` says why. */
  readonly signal?: AbortSignal | undefined;
}

/** Throws `cancelled` when `signal` is aborted. */
export function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted) throw abortError(signal);
}

/** The error for an aborted signal, with the signal's reason as its cause. */
export function abortError(signal: AbortSignal): EngineError {
  return new EngineError("cancelled", "the operation was cancelled", { cause: signal.reason });
}

/**
 * Resolves after `milliseconds`.
 * @throws EngineError `cancelled` when `signal` aborts first.
 */
export async function sleep(milliseconds: number, signal?: AbortSignal): Promise<void> {
  throwIfAborted(signal);
  await new Promise<void>((resolve, reject) => {
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", onAbort);
      resolve();
    }, milliseconds);
    const onAbort = (): void => {
      clearTimeout(timer);
      reject(abortError(signal!));
    };
    signal?.addEventListener("abort", onAbort, { once: true });
  });
}
