import { sleep } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { isTemporary } from "./failures.ts";

const FIRST_DELAY_MS = 200;
const MAX_DELAY_MS = 10_000;
/** A registry that wants us to wait longer gets its error shown instead. */
const MAX_RETRY_AFTER_MS = 60_000;

/** Counts tries of one piece of work and waits between them. */
export class Retries {
  readonly #maxAttempts: number;
  readonly #signal: AbortSignal | undefined;
  #failures = 0;

  constructor(maxAttempts: number, signal: AbortSignal | undefined) {
    this.#maxAttempts = maxAttempts;
    this.#signal = signal;
  }

  /** To be called after progress: the count of failures begins anew. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits before the next try. @throws `error` itself when it is final or tries are used up; EngineError `cancelled` */
  async waitAfter(error: unknown): Promise<void> {
    this.#failures++;
    if (!isTemporary(error) || this.#failures >= this.#maxAttempts) throw error;
    const asked = error.details.retryAfterMs;
    if (asked !== undefined && asked > MAX_RETRY_AFTER_MS) {
      throw new EngineError(error.code, `${error.message} (it asks to wait ${Math.round(asked / 1000)} seconds)`, { cause: error, details: error.details });
    }
    const backoff = Math.min(FIRST_DELAY_MS * 2 ** (this.#failures - 1), MAX_DELAY_MS);
    // Half of the wait is random, so that many clients do not come back at the same instant.
    await sleep(Math.max(asked ?? 0, backoff / 2 + Math.random() * (backoff / 2)), this.#signal);
  }
}

/** Runs `work` until it succeeds, fails for good, or tries are used up. */
export async function retrying<T>(maxAttempts: number, signal: AbortSignal | undefined, work: () => Promise<T>): Promise<T> {
  const retries = new Retries(maxAttempts, signal);
  for (;;) {
    try {
      return await work();
    } catch (error) {
      await retries.waitAfter(error);
    }
  }
}

/** A `Retry-After` header in milliseconds: seconds or a date. */
export function retryAfterMs(header: string | undefined, now: number = Date.now()): number | undefined {
  if (header === undefined) return undefined;
  if (/^\d{1,9}$/.test(header)) return Number(header) * 1000;
  const date = Date.parse(header);
  return Number.isNaN(date) ? undefined : Math.max(0, date - now);
}
