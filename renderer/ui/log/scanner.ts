/** Searches in a thread of its own, and ends that thread when an expression takes too long. */
import type { TextQuery } from "../../lib/text-query.ts";
import type { ScanAnswer, ScanPart, ScanQuery, ScanRequest } from "./scan.ts";

export interface Scanner {
  /** @throws SlowExpression, AbortError */
  scan(query: ScanQuery, parts: readonly ScanPart[], signal: AbortSignal): Promise<Uint16Array[]>;
  /** Where each text matches. @throws SlowExpression, AbortError */
  marks(query: TextQuery, texts: readonly string[], signal: AbortSignal): Promise<number[][]>;
  dispose(): void;
}

/** An expression that does not come to an end. */
export class SlowExpression extends Error {
  override readonly name = "SlowExpression";
}

/** A few thousand lines take milliseconds; an expression that needs this long for them backtracks without end. */
const patienceMs = 4000;

export class WorkerScanner implements Scanner {
  readonly #start: () => Worker;
  readonly #patienceMs: number;
  #worker: Worker | undefined;
  #next = 1;
  readonly #waiting = new Map<number, { readonly resolve: (answer: ScanAnswer) => void; readonly reject: (error: unknown) => void; readonly timer: ReturnType<typeof setTimeout> }>();

  constructor(start: () => Worker = startWorker, patience = patienceMs) {
    this.#start = start;
    this.#patienceMs = patience;
  }

  async scan(query: ScanQuery, parts: readonly ScanPart[], signal: AbortSignal): Promise<Uint16Array[]> {
    const answer = await this.#ask({ id: this.#next++, type: "scan", query, parts }, signal);
    return "hits" in answer ? answer.hits : [];
  }

  async marks(query: TextQuery, texts: readonly string[], signal: AbortSignal): Promise<number[][]> {
    const answer = await this.#ask({ id: this.#next++, type: "marks", query, texts }, signal);
    return "marks" in answer ? answer.marks : [];
  }

  dispose(): void {
    this.#fail(new DOMException("The log was closed.", "AbortError"));
  }

  #ask(request: ScanRequest, signal: AbortSignal): Promise<ScanAnswer> {
    signal.throwIfAborted();
    if (!this.#worker) {
      this.#worker = this.#start();
      this.#worker.onmessage = (event: MessageEvent<ScanAnswer>) => {
        const waiting = this.#waiting.get(event.data.id);
        this.#waiting.delete(event.data.id);
        clearTimeout(waiting?.timer);
        waiting?.resolve(event.data);
      };
      this.#worker.onerror = () => this.#fail(new Error("The search ended unexpectedly."));
    }
    const worker = this.#worker;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => this.#fail(new SlowExpression("This expression takes too long. Make it simpler, for example without nested repetitions.")), this.#patienceMs);
      this.#waiting.set(request.id, { resolve, reject, timer });
      signal.addEventListener("abort", () => {
        if (!this.#waiting.delete(request.id)) return;
        clearTimeout(timer);
        reject(signal.reason as unknown);
      }, { once: true });
      worker.postMessage(request);
    });
  }

  /** Ends the thread with everything that waits for it; the next request starts another. */
  #fail(error: unknown): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    const all = [...this.#waiting.values()];
    this.#waiting.clear();
    for (const { timer, reject } of all) {
      clearTimeout(timer);
      reject(error);
    }
  }
}

function startWorker(): Worker {
  return new Worker(new URL("./scan-worker.ts", import.meta.url), { type: "module" });
}
