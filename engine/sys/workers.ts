import { stat } from "node:fs/promises";
import { availableParallelism } from "node:os";
import { Worker } from "node:worker_threads";
import { abortError, throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, messageOf } from "../base/errors.ts";
import { ChunkQueue, Credit, fromPlainError, toPlainError } from "./worker-protocol.ts";
import type { FromWorker, ToWorker } from "./worker-protocol.ts";

export interface PoolOptions {
  /** Threads at once; the number of processors unless given, at least four. */
  readonly threads?: number | undefined;
  /** An unused thread ends after this time, in milliseconds (5000): idle memory stays low. */
  readonly idleMs?: number | undefined;
}

export interface TaskOptions extends IoOptions {
  /** Bytes streamed to the task, with back-pressure. */
  readonly input?: AsyncIterable<Uint8Array> | undefined;
}

/** A task that ignores its signal is ended with its thread after this time. */
const GRACE_MS = 1000;
const MAIN = new URL("./worker-main.ts", import.meta.url);

interface Job {
  readonly module: URL;
  readonly data: unknown;
  readonly options: TaskOptions;
  readonly onOutput: (chunk: Uint8Array, consumed: () => void) => void;
  /** It waits no longer. A listener left on the signal would keep the job and its result for as long as the signal lives. */
  readonly leaveQueue: () => void;
  readonly resolve: (result: unknown) => void;
  readonly reject: (error: unknown) => void;
}

/** Tasks wait for the network and the disk between their computing: more of them than processors keep a small machine busy. */
const MIN_THREADS = 4;

/**
 * Threads for work that would block the event loop. Started when needed, ended when idle. A task is a module that exports `task`
 * ({@link WorkerTask}) and cloneable data.
 */
export class WorkerPool {
  readonly #threads: number;
  readonly #idleMs: number;
  readonly #idle: { readonly worker: Worker; readonly timer: NodeJS.Timeout }[] = [];
  readonly #queue: Job[] = [];
  readonly #busy = new Set<Worker>();
  #running = 0;
  #closed = false;

  constructor(options: PoolOptions = {}) {
    this.#threads = options.threads ?? Math.max(MIN_THREADS, availableParallelism());
    this.#idleMs = options.idleMs ?? 5000;
  }

  /** Whether a task runs or waits. */
  get busy(): boolean {
    return this.#running > 0 || this.#queue.length > 0;
  }

  /**
   * Runs a task and returns its result. Tasks wait their turn when all threads are busy.
   * @throws what the task throws (EngineError with code and details, system errors with their code); EngineError `cancelled`
   */
  run<Result>(module: URL, data: unknown, options: TaskOptions = {}): Promise<Result> {
    return this.#enqueue(module, data, options, (_chunk, consumed) => consumed()) as Promise<Result>;
  }

  /** Runs a task whose result is what it emits. Cancelling the stream cancels the task; its errors fail the stream. */
  stream(module: URL, data: unknown, options: TaskOptions = {}): ReadableStream<Uint8Array> {
    const cancel = new AbortController();
    const signal = options.signal === undefined ? cancel.signal : AbortSignal.any([options.signal, cancel.signal]);
    const waiting: (() => void)[] = [];
    return new ReadableStream<Uint8Array>({
      start: (controller) => {
        const onOutput = (chunk: Uint8Array, consumed: () => void): void => {
          if (cancel.signal.aborted) return;
          controller.enqueue(chunk);
          if ((controller.desiredSize ?? 0) > 0) consumed();
          else waiting.push(consumed);
        };
        this.#enqueue(module, data, { ...options, signal }, onOutput).then(
          () => cancel.signal.aborted || controller.close(),
          (error: unknown) => cancel.signal.aborted || controller.error(error),
        );
      },
      pull: () => waiting.shift()?.(),
      cancel: (reason) => cancel.abort(reason),
    }, { highWaterMark: 2 });
  }

  /** Ends all threads; running tasks fail with `cancelled`. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    for (const job of this.#queue.splice(0)) {
      job.leaveQueue();
      job.reject(closed());
    }
    const idle = this.#idle.splice(0);
    for (const { timer } of idle) clearTimeout(timer);
    await Promise.all([...idle.map(({ worker }) => worker), ...this.#busy].map((worker) => worker.terminate()));
  }

  async #enqueue(module: URL, data: unknown, options: TaskOptions, onOutput: Job["onOutput"]): Promise<unknown> {
    throwIfAborted(options.signal);
    if (this.#closed) throw closed();
    // libuv's threads must exist before the first worker: they share the root directory of the thread that makes them, see ConfinedRoot.
    await stat("/");
    return new Promise((resolve, reject) => {
      const { signal } = options;
      const onAbort = (): void => {
        this.#queue.splice(this.#queue.indexOf(job), 1);
        reject(abortError(signal!));
      };
      const job: Job = { module, data, options, onOutput, leaveQueue: () => signal?.removeEventListener("abort", onAbort), resolve, reject };
      this.#queue.push(job);
      signal?.addEventListener("abort", onAbort, { once: true });
      this.#next();
    });
  }

  #next(): void {
    while (this.#running < this.#threads && !this.#closed) {
      const job = this.#queue.shift();
      if (job === undefined) return;
      job.leaveQueue();
      this.#running++;
      const idle = this.#idle.pop();
      clearTimeout(idle?.timer);
      const worker = idle?.worker ?? new Worker(MAIN, { execArgv: [] });
      worker.ref();
      this.#busy.add(worker);
      void perform(worker, job, () => this.#closed).then((reusable) => {
        this.#busy.delete(worker);
        this.#running--;
        if (reusable && !this.#closed) this.#park(worker);
        else void worker.terminate();
        this.#next();
      });
    }
  }

  #park(worker: Worker): void {
    worker.unref();
    const entry = {
      worker,
      timer: setTimeout(() => {
        this.#idle.splice(this.#idle.indexOf(entry), 1);
        void worker.terminate();
      }, this.#idleMs).unref(),
    };
    this.#idle.push(entry);
  }
}

function closed(): EngineError {
  return new EngineError("cancelled", "the engine is stopping");
}

/** Runs one job on one worker and settles it. Resolves with whether the worker can be used again. */
function perform(worker: Worker, job: Job, isClosed: () => boolean): Promise<boolean> {
  const { signal, input } = job.options;
  const credit = new Credit();
  const chunks = new ChunkQueue();
  const post = (message: ToWorker, transfer: ArrayBuffer[] = []): void => worker.postMessage(message, transfer);
  return new Promise((release) => {
    let grace: NodeJS.Timeout | undefined;
    let over = false;
    const finish = (reusable: boolean): void => {
      over = true;
      clearTimeout(grace);
      chunks.push(null);
      credit.give();
      signal?.removeEventListener("abort", onAbort);
      worker.off("message", onMessage).off("error", onError).off("exit", onExit);
      release(reusable);
    };
    const fail = (error: unknown, reusable: boolean): void => {
      job.reject(signal?.aborted === true ? abortError(signal) : error);
      finish(reusable);
    };
    const onMessage = (message: FromWorker): void => {
      switch (message.type) {
        case "done":
          job.resolve(message.result);
          return finish(true);
        case "failed":
          return fail(fromPlainError(message.error), true);
        case "output":
          return job.onOutput(message.chunk, () => over || post({ type: "credit" }));
        case "credit":
          return credit.give();
      }
    };
    const onError = (error: unknown): void => fail(new EngineError("internal", `a worker thread failed: ${messageOf(error)}`, { cause: error }), false);
    const onExit = (): void => fail(isClosed() ? closed() : new EngineError("internal", "a worker thread ended early"), false);
    const onAbort = (): void => {
      post({ type: "abort" });
      post({ type: "inputFailed", error: toPlainError(abortError(signal!)) });
      grace = setTimeout(() => fail(abortError(signal!), false), GRACE_MS);
    };
    worker.on("message", onMessage).on("error", onError).on("exit", onExit);
    signal?.addEventListener("abort", onAbort, { once: true });
    post({ type: "task", module: job.module.href, data: job.data, hasInput: input !== undefined });
    if (signal?.aborted === true) onAbort();
    if (input !== undefined) void feed(input, credit, post, () => over);
  });
}

/** Sends the input as the worker takes it; stops reading, and closes the source, when the task is over. */
async function feed(input: AsyncIterable<Uint8Array>, credit: Credit, post: (message: ToWorker, transfer?: ArrayBuffer[]) => void, isOver: () => boolean): Promise<void> {
  try {
    for await (const chunk of input) {
      await credit.take();
      if (isOver()) return;
      // A copy: the source may use its memory again.
      const own = new Uint8Array(chunk);
      post({ type: "input", chunk: own }, [own.buffer]);
    }
    if (!isOver()) post({ type: "input", chunk: null });
  } catch (error) {
    if (!isOver()) post({ type: "inputFailed", error: toPlainError(error) });
  }
}
