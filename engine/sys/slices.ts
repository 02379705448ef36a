import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";

/** Milliseconds of work on the event loop between two breaks. */
const SLICE_MS = 4;

/** Long work on the event loop, in slices, so that others get their turn. */
export class Slices {
  readonly #options: IoOptions;
  #began = performance.now();

  constructor(options: IoOptions = {}) {
    this.#options = options;
  }

  /** Whether it is time for a break; asking costs little. */
  get due(): boolean {
    return performance.now() - this.#began > SLICE_MS;
  }

  /** Lets others have their turn. @throws EngineError `cancelled` */
  async rest(): Promise<void> {
    await nextTurn();
    throwIfAborted(this.#options.signal);
    this.#began = performance.now();
  }
}
