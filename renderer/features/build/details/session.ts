/** One build on its way into the window: its state, and a log for each step. No React. */
import type { BuildEvent } from "../../../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { openStream } from "../../../bridge/streams.ts";
import { client } from "../../../stores/host.ts";
import { LogBuffer } from "../../../ui/log/buffer.ts";
import { applyEvent, emptyBuild, type BuildState } from "./build-state.ts";

/** What one step printed. */
export class StepLog {
  readonly buffer = new LogBuffer(undefined, false);
  #version = 0;
  readonly #listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.#version;

  append(source: "stdout" | "stderr", text: string): void {
    if (text === "") return;
    const whole = text.endsWith("\n");
    this.buffer.append([{ source, text: whole ? text.slice(0, -1) : text, partial: !whole }]);
    this.#version++;
  }

  tell(): void {
    for (const listener of this.#listeners) listener();
  }
}

export class BuildSession {
  readonly id: string;
  state: BuildState = emptyBuild;
  phase: "opening" | "live" | "ended" | "failed" = "opening";
  error: IpcErrorInfo | undefined;
  version = 0;
  readonly #logs = new Map<number, StepLog>();
  readonly #listeners = new Set<() => void>();
  readonly #dirty = new Set<StepLog>();
  #cancel = new AbortController();
  #frame = 0;

  constructor(id: string) {
    this.id = id;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  log(step: number): StepLog {
    const known = this.#logs.get(step);
    if (known) return known;
    const log = new StepLog();
    this.#logs.set(step, log);
    return log;
  }

  /** Reads the build from its beginning. */
  open(): void {
    this.#cancel.abort();
    this.#cancel = new AbortController();
    this.#logs.clear();
    this.state = emptyBuild;
    this.phase = "opening";
    this.error = undefined;
    void this.#read(this.#cancel.signal);
  }

  dispose(): void {
    this.#cancel.abort();
    cancelAnimationFrame(this.#frame);
    this.#listeners.clear();
  }

  async #read(signal: AbortSignal): Promise<void> {
    try {
      const api = client();
      for await (const batch of openStream(api, (streamId, streamSignal) => api.builds.follow({ streamId, id: this.id }, { signal: streamSignal }), signal)) {
        if (signal.aborted) return;
        this.#take(batch.events);
      }
      if (!signal.aborted) this.phase = "ended";
    } catch (error) {
      if (signal.aborted) return;
      this.phase = "failed";
      this.error = toIpcErrorInfo(error);
    }
    if (!signal.aborted) this.#changed();
  }

  #take(events: readonly BuildEvent[]): void {
    for (const event of events) {
      if (event.type === "stepOutput") {
        const log = this.log(event.step);
        log.append(event.stream, event.text);
        this.#dirty.add(log);
      }
      this.state = applyEvent(this.state, event);
    }
    this.phase = "live";
    this.#changed();
  }

  /** At most once a frame, however fast the events come. */
  #changed(): void {
    this.version++;
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const log of this.#dirty) log.tell();
      this.#dirty.clear();
      for (const listener of this.#listeners) listener();
    });
  }
}
