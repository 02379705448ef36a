import type { Disposable } from "../base/disposable.ts";

/** Keeps the named things from collection until disposed. */
export interface Lease extends Disposable {
  /** Waits for a sweep that is running. @param ids digests of blobs and keys of snapshots */
  add(...ids: readonly string[]): Promise<void>;
}

/**
 * What work in progress needs: blobs and snapshots that no record names yet. Leases live in memory, as the work does: after a crash
 * nothing is in progress, and what was left behind is collected.
 *
 * A sweep and the taking of leases exclude each other. So whoever holds a lease and then finds a blob keeps it.
 */
export class Leases {
  readonly #held = new Map<string, number>();
  #sweep: Promise<unknown> = Promise.resolve();

  /** Opens a lease; waits for a sweep that is running. */
  async acquire(...ids: readonly string[]): Promise<Lease> {
    const own: string[] = [];
    const lease: Lease = {
      add: async (...more) => {
        await this.#swept();
        for (const id of more) this.#held.set(id, (this.#held.get(id) ?? 0) + 1);
        own.push(...more);
      },
      [Symbol.dispose]: () => {
        for (const id of own.splice(0)) {
          const count = this.#held.get(id)! - 1;
          if (count === 0) this.#held.delete(id);
          else this.#held.set(id, count);
        }
      },
    };
    await lease.add(...ids);
    return lease;
  }

  async #swept(): Promise<void> {
    for (let running: Promise<unknown> | undefined; running !== this.#sweep; ) {
      running = this.#sweep;
      await running.catch(() => undefined);
    }
  }

  has(id: string): boolean {
    return this.#held.has(id);
  }

  ids(): Iterable<string> {
    return this.#held.keys();
  }

  /** Runs a sweep: one at a time, and no lease is given out meanwhile. */
  async sweeping<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#sweep;
    const run = before.catch(() => undefined).then(work);
    this.#sweep = run;
    return run;
  }
}
