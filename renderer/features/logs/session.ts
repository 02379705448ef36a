/** One log on its way into a buffer: follows, pauses, begins again. No React. */
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { openStream } from "../../bridge/streams.ts";
import { client } from "../../stores/host.ts";
import { LogBuffer } from "../../ui/log/buffer.ts";

export type LogPhase = "opening" | "live" | "paused" | "ended" | "failed";

const firstTail = 10_000;
/** Milliseconds without a line after which an empty log is called empty. */
const openMs = 300;

export class LogSession {
  readonly containerId: string;
  buffer = new LogBuffer();
  phase: LogPhase = "opening";
  error: IpcErrorInfo | undefined;
  /** Whether the log is longer than what was asked for at first. */
  earlier = false;
  /** Number of the first line that was printed after the log was opened; what came before is history, not news. */
  newsFrom: number | undefined;
  /** Grows with every change, for React. */
  version = 0;
  readonly #listeners = new Set<() => void>();
  #cancel = new AbortController();
  #tail: number | "all" = firstTail;
  #resume: (() => void) | undefined;
  #frame = 0;
  #opened = "";

  constructor(containerId: string) {
    this.containerId = containerId;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  /** Reads the log from its tail, or goes on after what is already here. */
  open(): void {
    this.#opened = new Date().toISOString();
    this.newsFrom = undefined;
    this.#cancel.abort();
    this.#cancel = new AbortController();
    this.phase = "opening";
    this.error = undefined;
    this.#resume = undefined;
    this.#changed();
    void this.#read(this.#cancel.signal);
  }

  /** Reads the log again from its very beginning, as far as the buffer reaches. */
  openAll(): void {
    this.#tail = "all";
    this.buffer = new LogBuffer();
    this.earlier = false;
    this.open();
  }

  /** Forgets what is shown; new lines still come. */
  clear(): void {
    const next = new LogBuffer();
    next.first = next.end = this.buffer.end;
    this.buffer = next;
    this.earlier = false;
    this.#changed();
  }

  /** While paused nothing is read: the engine waits, the container does not notice. */
  pause(): void {
    if (this.phase !== "live" && this.phase !== "opening") return;
    this.phase = "paused";
    this.#changed();
  }

  resume(): void {
    if (this.phase !== "paused") return;
    this.phase = "live";
    this.#resume?.();
    this.#changed();
  }

  dispose(): void {
    this.#cancel.abort();
    this.#resume?.();
    cancelAnimationFrame(this.#frame);
    this.#listeners.clear();
  }

  async #read(signal: AbortSignal): Promise<void> {
    const opened = setTimeout(() => this.#live(signal), openMs);
    const { lastTime } = this.buffer;
    const again = lastTime !== "";
    if (again) this.buffer.continueAfterLast();
    try {
      const api = client();
      const batches = openStream(
        api,
        (streamId, streamSignal) => api.logs.follow({ streamId, containerId: this.containerId, follow: true, timestamps: true, tail: again ? "all" : this.#tail, ...(again && { since: Math.floor(Date.parse(lastTime) / 1000) }) }, { signal: streamSignal }),
        signal,
      );
      for await (const batch of batches) {
        while (this.#isPaused() && !signal.aborted) await new Promise<void>((done) => { this.#resume = done; });
        if (signal.aborted) return;
        const { end } = this.buffer;
        this.buffer.append(batch.chunks);
        if (this.newsFrom === undefined && this.buffer.lastTime > this.#opened) this.newsFrom = end;
        this.earlier = this.#tail !== "all" && this.buffer.first === 0 && this.buffer.end >= this.#tail;
        this.phase = this.#isPaused() ? "paused" : "live";
        this.#changed();
      }
      if (!signal.aborted) this.phase = "ended";
    } catch (error) {
      if (signal.aborted) return;
      this.phase = "failed";
      this.error = toIpcErrorInfo(error);
    } finally {
      clearTimeout(opened);
      if (!signal.aborted) this.#changed();
    }
  }

  #isPaused(): boolean {
    return this.phase === "paused";
  }

  #live(signal: AbortSignal): void {
    if (signal.aborted || this.phase !== "opening") return;
    this.phase = "live";
    this.#changed();
  }

  /** At most once a frame, however fast the lines come. */
  #changed(): void {
    this.version++;
    if (this.#frame) return;
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      for (const listener of this.#listeners) listener();
    });
  }
}
