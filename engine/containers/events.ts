import { Emitter, type Event } from "../base/events.ts";

/** What happened in the engine, in the form of Docker's event messages. */
export interface EngineEvent {
  readonly Type: "container" | "image" | "network" | "volume" | "daemon";
  readonly Action: string;
  readonly Actor: { readonly ID: string; readonly Attributes: Readonly<Record<string, string>> };
  readonly scope: "local";
  /** Seconds since the epoch. */
  readonly time: number;
  /** Nanoseconds since the epoch; beyond a double's precision, so the microseconds count. */
  readonly timeNano: number;
}

const KEPT = 4096;

/** Broadcasts events and keeps the last thousands for `events --since`. */
export class EventHub {
  readonly #emitter = new Emitter<EngineEvent>();
  readonly #ring: EngineEvent[] = [];
  #next = 0;
  #lastNano = 0;

  readonly onDidHappen: Event<EngineEvent> = this.#emitter.event;

  publish(type: EngineEvent["Type"], action: string, id: string, attributes: Readonly<Record<string, string>>): void {
    const milliseconds = Date.now();
    // Strictly rising, so that order and `since` agree.
    this.#lastNano = Math.max(milliseconds * 1e6, this.#lastNano + 1024);
    const event: EngineEvent = { Type: type, Action: action, Actor: { ID: id, Attributes: attributes }, scope: "local", time: Math.floor(this.#lastNano / 1e9), timeNano: this.#lastNano };
    this.#ring[this.#next] = event;
    this.#next = (this.#next + 1) % KEPT;
    this.#emitter.fire(event);
  }

  /** Kept events between two moments in nanoseconds, oldest first. */
  past(sinceNano: number, untilNano: number): EngineEvent[] {
    const ordered = [...this.#ring.slice(this.#next), ...this.#ring.slice(0, this.#next)];
    return ordered.filter((event) => event.timeNano >= sinceNano && event.timeNano <= untilNano);
  }
}
