import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../../../base/abort.ts";

/** Milliseconds between two looks for the message of an abort. */
const SLICE_MS = 20;

/**
 * Runs a generator to its end in slices, between which a worker hears that its work is no longer wanted.
 * @param inside runs each slice; for work in a ConfinedRoot
 */
export async function drive<T>(work: Generator<void, T>, signal: AbortSignal, inside: <R>(slice: () => R) => R = (slice) => slice()): Promise<T> {
  for (;;) {
    const end = inside(() => {
      const start = performance.now();
      for (let next = work.next(); ; next = work.next()) if (next.done === true || performance.now() - start > SLICE_MS) return next;
    });
    if (end.done === true) return end.value;
    await nextTurn();
    throwIfAborted(signal);
  }
}
