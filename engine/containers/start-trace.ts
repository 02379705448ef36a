import type { HealthState } from "./state.ts";

/**
 * What a start goes through:
 * - `wait`: for the clean-up of the last run
 * - `resolve`: networks are looked up
 * - `network`, `mount`, `log`: namespace, addresses and ports; the root file system; the log. Side by side
 * - `files`: hosts, resolv.conf, the OCI configuration
 * - `create`: conmon and the OCI runtime make the container
 * - `attach`: clients that wait for its output are connected
 * - `start`: the process runs
 */
export type StartStep = "wait" | "resolve" | "network" | "mount" | "log" | "files" | "create" | "attach" | "start";

/** Times in ms since the start began, by a clock that nobody sets. */
export interface StartSpan {
  readonly step: StartStep;
  readonly at: number;
  /** How long it took; null while it goes on. */
  readonly milliseconds: number | null;
  readonly failed: boolean;
}

/** One start of a container: how long each step took, and how it went on. */
export interface StartRecord {
  readonly at: Date;
  /** The restart policy asked, not a user. */
  readonly byPolicy: boolean;
  readonly outcome: "starting" | "running" | "failed";
  /** Until the process ran, or the start had failed and was undone; 0 before. */
  readonly milliseconds: number;
  /** Why it failed; empty otherwise. */
  readonly error: string;
  readonly spans: readonly StartSpan[];
  /** When its check first said so, healthy counting more than unhealthy; null without a check. */
  readonly health: { readonly status: HealthState["status"]; readonly milliseconds: number | null } | null;
  /** How that run ended. */
  readonly ended: { readonly exitCode: number; readonly milliseconds: number } | null;
}

/** Starts that are remembered of each container. */
const KEPT = 5;

/** A {@link StartRecord} in the making. It measures and decides nothing. */
export class StartTrace implements StartRecord {
  readonly at = new Date();
  readonly byPolicy: boolean;
  outcome: StartRecord["outcome"] = "starting";
  milliseconds = 0;
  error = "";
  readonly spans: StartSpan[] = [];
  health: StartRecord["health"] = null;
  ended: StartRecord["ended"] = null;
  readonly #origin = performance.now();

  constructor(byPolicy: boolean) {
    this.byPolicy = byPolicy;
  }

  /** Does one step, and measures it. */
  async step<T>(step: StartStep, work: () => Promise<T> | T): Promise<T> {
    const at = this.#now();
    const index = this.spans.push({ step, at, milliseconds: null, failed: false }) - 1;
    let failed = true;
    try {
      const result = await work();
      failed = false;
      return result;
    } finally {
      this.spans[index] = { step, at, milliseconds: this.#now() - at, failed };
    }
  }

  runs(hasCheck: boolean): void {
    this.outcome = "running";
    this.milliseconds = this.#now();
    if (hasCheck) this.health = { status: "starting", milliseconds: null };
  }

  failed(error: string): void {
    this.outcome = "failed";
    this.milliseconds = this.#now();
    this.error = error;
  }

  judged(status: HealthState["status"]): void {
    if (this.health === null || this.health.status === "healthy" || this.health.status === status) return;
    this.health = { status, milliseconds: this.#now() };
  }

  exited(exitCode: number): void {
    if (this.outcome === "running") this.ended ??= { exitCode, milliseconds: this.#now() };
  }

  #now(): number {
    return performance.now() - this.#origin;
  }
}

/** Begins a trace as the last of `starts`. */
export function traceStart(starts: StartTrace[], byPolicy: boolean): StartTrace {
  const trace = new StartTrace(byPolicy);
  starts.push(trace);
  if (starts.length > KEPT) starts.shift();
  return trace;
}
