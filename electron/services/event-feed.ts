import type { DesktopEvent } from "../ipc/contract/events.ts";
import type { EngineStatus } from "../ipc/contract/engine.ts";
import type { ConnectionSignal } from "./connection.ts";
import { Listeners } from "./listeners.ts";
import { userSettings, type SettingsStore } from "./settings.ts";

/** Events a window may be behind; then it reads its lists again instead. */
const BACKLOG_LIMIT = 5000;
const BATCH_INTERVAL_MS = 16;

/** What events are made from, whichever engine is the current one. */
export interface FeedSource {
  readonly listeners: Listeners<ConnectionSignal>;
  readonly status: () => EngineStatus;
  readonly settings: SettingsStore;
}

/** What feeds the stores of every window: settings, engine state and Docker events in one order. */
export class EventFeed {
  readonly #source: FeedSource;
  readonly #extra = new Listeners<DesktopEvent>();

  constructor(source: FeedSource) {
    this.#source = source;
  }

  /** Tells every window of settings that were changed in one of them. */
  announceSettings(): void {
    this.#extra.emit({ type: "settings", settings: userSettings(this.#source.settings.settings) });
  }

  /** Batches until `signal` aborts; the first one begins with the engine's state. See `ipc/contract/events.ts`. */
  async *subscribe(signal: AbortSignal): AsyncGenerator<DesktopEvent[], void, void> {
    const first = this.#source.status();
    let pending: DesktopEvent[] = [{ type: "engine", status: first }];
    if (first.state === "connected") pending.push({ type: "resync", reason: "connected" });
    pending.push({ type: "settings", settings: userSettings(this.#source.settings.settings) });
    let wake: (() => void) | undefined;

    const push = (event: DesktopEvent): void => {
      if (pending.length >= BACKLOG_LIMIT) pending = [{ type: "engine", status: this.#source.status() }, { type: "resync", reason: "overflow" }];
      else pending.push(event);
      wake?.();
    };
    const removers = [this.#source.listeners.add((heard) => push(toDesktopEvent(heard))), this.#extra.add(push)];
    const onAbort = (): void => wake?.();
    signal.addEventListener("abort", onAbort, { once: true });
    try {
      while (!signal.aborted) {
        if (pending.length === 0) await new Promise<void>((resolve) => (wake = resolve));
        wake = undefined;
        if (signal.aborted) return;
        if (pending.length > 0) {
          const batch = pending;
          pending = [];
          yield batch;
          // What follows within one frame goes out as one message.
          await new Promise((resolve) => setTimeout(resolve, BATCH_INTERVAL_MS));
        }
      }
    } finally {
      signal.removeEventListener("abort", onAbort);
      for (const remove of removers) remove();
    }
  }
}

function toDesktopEvent(heard: ConnectionSignal): DesktopEvent {
  switch (heard.type) {
    case "status":
      return { type: "engine", status: heard.status };
    case "resync":
      return { type: "resync", reason: heard.reason };
    case "event":
      return { type: "docker", event: heard.event };
  }
}
