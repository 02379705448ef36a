import { EngineError } from "../../base/errors.ts";
import type { StatusResponse } from "./messages.ts";

/** What waits for a slow reader, in bytes of output; more output is left out, states of steps never. */
const MAX_WAITING = 16 << 20;
/** A client may ask for the progress of a build that has just ended. */
const KEPT_MS = 30_000;
const MAX_SOLVES = 1_000;

/** What a client's own frontend asked for, in a build that it steers itself. */
export interface FrontendCall {
  readonly frontend: string;
  readonly attrs: Readonly<Record<string, string>>;
}

/** One build as clients see it: its progress, and for one that the client steers, what it wants. */
export class Solve {
  /** Resolves when the client says which result it wants; rejects with its error. */
  readonly returned = Promise.withResolvers<FrontendCall>();
  readonly calls = new Map<string, FrontendCall>();
  #backlog: Partial<StatusResponse>[] = [];
  readonly #readers = new Set<Reader>();
  #ended = false;

  constructor() {
    this.returned.promise.catch(() => undefined);
  }

  send(status: Partial<StatusResponse>): void {
    if (this.#readers.size === 0) this.#backlog.push(status);
    for (const reader of this.#readers) reader.push(status);
  }

  end(): void {
    this.#ended = true;
    for (const reader of this.#readers) reader.end();
  }

  get idle(): boolean {
    return this.#readers.size === 0;
  }

  /** All that was not read yet, then what comes, until the build ends. */
  async *read(signal: AbortSignal): AsyncGenerator<Partial<StatusResponse>> {
    const reader = new Reader();
    for (const status of this.#backlog.splice(0)) reader.push(status);
    if (this.#ended) reader.end();
    this.#readers.add(reader);
    const stop = (): void => reader.end();
    signal.addEventListener("abort", stop, { once: true });
    try {
      yield* reader.take();
    } finally {
      signal.removeEventListener("abort", stop);
      this.#readers.delete(reader);
    }
  }
}

class Reader {
  #queue: Partial<StatusResponse>[] = [];
  #bytes = 0;
  #ended = false;
  #wake = Promise.withResolvers<void>();

  push(status: Partial<StatusResponse>): void {
    const output = (status.logs ?? []).reduce((sum, { msg }) => sum + msg.length, 0);
    if (output > 0 && this.#bytes + output > MAX_WAITING) return;
    this.#bytes += output;
    this.#queue.push(status);
    this.#wake.resolve();
  }

  end(): void {
    this.#ended = true;
    this.#wake.resolve();
  }

  async *take(): AsyncGenerator<Partial<StatusResponse>> {
    for (;;) {
      const batch = this.#queue;
      this.#queue = [];
      this.#bytes = 0;
      yield* batch;
      if (this.#queue.length > 0) continue;
      if (this.#ended) return;
      this.#wake = Promise.withResolvers<void>();
      await this.#wake.promise;
    }
  }
}

/** Builds by the references that clients choose. */
export class Solves {
  readonly #solves = new Map<string, Solve>();
  readonly #begun = new Set<string>();

  /** The build of this name, which may begin later. @throws EngineError `resourceExhausted` */
  get(ref: string): Solve {
    const known = this.#solves.get(ref);
    if (known !== undefined) return known;
    if (this.#solves.size >= MAX_SOLVES) throw new EngineError("resourceExhausted", `${MAX_SOLVES} builds are under way`);
    const solve = new Solve();
    this.#solves.set(ref, solve);
    return solve;
  }

  /** @throws EngineError `alreadyExists` for one that runs or has just ended */
  begin(ref: string): Solve {
    if (ref === "" || ref.length > 200) throw new EngineError("invalidArgument", "a build needs a reference");
    if (this.#begun.has(ref)) throw new EngineError("alreadyExists", `the build ${JSON.stringify(ref)} exists already`);
    const solve = this.get(ref);
    this.#begun.add(ref);
    return solve;
  }

  end(ref: string): void {
    this.#solves.get(ref)?.end();
    setTimeout(() => {
      this.#solves.delete(ref);
      this.#begun.delete(ref);
    }, KEPT_MS).unref();
  }

  /** Forgets a name that nobody waits for and no build has. */
  release(ref: string): void {
    if (!this.#begun.has(ref) && this.#solves.get(ref)?.idle === true) this.#solves.delete(ref);
  }
}
