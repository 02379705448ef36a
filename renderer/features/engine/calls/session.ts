import type { ApiCall } from "../../../../electron/ipc/contract/calls.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { Watched } from "../../../lib/watched.ts";
import { client } from "../../../stores/host.ts";

/** A call as it is listed. */
export interface CallRow extends ApiCall {
  /** When it began by this machine's clock, for the time of one that is open. */
  readonly began: number;
}

/** Calls that are listed; the oldest go first. */
const mostRows = 5000;

/** The calls on the engine's socket, from `run` until `dispose`. Nothing is read before and after. */
export class CallsSession extends Watched {
  phase: "opening" | "live" | "unsupported" | "failed" = "opening";
  error: IpcErrorInfo | undefined;
  /** Where the engine listens, on its own machine. */
  socket = "";
  /** In the order in which they began. */
  rows: readonly CallRow[] = [];
  paused = false;
  /** Calls that came while it was paused. */
  waiting: readonly CallRow[] = [];
  /** Calls that came too fast to be told of. */
  missed = 0;
  readonly #known = new Map<number, CallRow>();
  /** Those up to here were cleared away, but for the ones that were open. */
  #cleared = 0;
  readonly #ended = new AbortController();

  async run(): Promise<void> {
    const { signal } = this.#ended;
    try {
      for await (const event of await client().calls.watch(undefined, { signal })) {
        if (event.type === "unsupported") this.phase = "unsupported";
        else if (event.type === "begin") this.socket = event.socket;
        else this.take(event.calls, event.missed);
        this.changed();
      }
    } catch (error) {
      if (signal.aborted) return;
      this.phase = "failed";
      this.error = toIpcErrorInfo(error);
      this.changed();
    }
  }

  /** Takes in what is new or has changed. */
  take(calls: readonly ApiCall[], missed = 0): void {
    this.phase = "live";
    this.missed += missed;
    const now = Date.now();
    for (const call of calls) {
      const before = this.#known.get(call.id);
      if (before === undefined && call.id <= this.#cleared) continue;
      this.#known.set(call.id, { ...call, began: before?.began ?? now - call.milliseconds });
    }
    this.#bound();
    if (this.paused) this.waiting = [...this.#known.values()].filter(({ id }) => id > (this.rows.at(-1)?.id ?? 0));
    else this.#show();
  }

  /** Keeps the list as it is; the calls that come meanwhile are there afterwards, with their bodies. */
  pause(): void {
    this.paused = true;
    this.changed();
  }

  resume(): void {
    this.paused = false;
    this.waiting = [];
    this.#show();
    this.changed();
  }

  /** Forgets what has ended. */
  clear(): void {
    for (const [id, { open }] of this.#known) {
      this.#cleared = Math.max(this.#cleared, id);
      if (!open) this.#known.delete(id);
    }
    this.missed = 0;
    this.waiting = [];
    this.#show();
    this.changed();
  }

  dispose(): void {
    this.#ended.abort();
  }

  #show(): void {
    this.rows = [...this.#known.values()];
  }

  #bound(): void {
    let over = this.#known.size - mostRows;
    for (const [id, { open }] of this.#known) {
      if (over <= 0) return;
      if (open) continue;
      this.#known.delete(id);
      over--;
    }
  }
}
