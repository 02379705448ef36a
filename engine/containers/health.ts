import { isCancelled, messageOf } from "../base/errors.ts";
import { newId, type ExecId } from "../base/ids.ts";
import type { HealthConfig } from "../oci/descriptor.ts";
import type { ContainerConfig } from "./config.ts";
import { announce, record, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import type { HealthResult, HealthState } from "./state.ts";
import { execProcess } from "./task-spec.ts";

const MAX_OUTPUT = 4096;
const KEPT_RESULTS = 5;
const NANOSECONDS_PER_MS = 1e6;
const DEFAULTS = { interval: 30_000, timeout: 30_000, startInterval: 5000, retries: 3 };

export const STARTING: HealthState = { status: "starting", failingStreak: 0, log: [] };

/** A health check as it runs; times in ms. */
export interface HealthCheck {
  readonly command: readonly string[];
  readonly interval: number;
  readonly timeout: number;
  readonly startPeriod: number;
  readonly startInterval: number;
  readonly retries: number;
}

/** The check a container has; null for none. */
export function healthCheckOf(config: ContainerConfig): HealthCheck | null {
  const health: HealthConfig | undefined = config.Healthcheck;
  const [kind, ...rest] = health?.Test ?? [];
  if (health === undefined || (kind !== "CMD" && kind !== "CMD-SHELL") || rest.length === 0) return null;
  const milliseconds = (nanoseconds: number | undefined, fallback: number): number => (nanoseconds ? nanoseconds / NANOSECONDS_PER_MS : fallback);
  return {
    command: kind === "CMD" ? rest : [...(config.Shell ?? ["/bin/sh", "-c"]), rest.join(" ")],
    interval: milliseconds(health.Interval, DEFAULTS.interval),
    timeout: milliseconds(health.Timeout, DEFAULTS.timeout),
    startPeriod: milliseconds(health.StartPeriod, 0),
    startInterval: milliseconds(health.StartInterval, DEFAULTS.startInterval),
    retries: health.Retries || DEFAULTS.retries,
  };
}

/** The state after one probe: healthy after a success, unhealthy after `retries` failures in a row outside the start period. */
export function judge(state: HealthState, result: HealthResult, check: HealthCheck, sinceStartMs: number): HealthState {
  const log = [...state.log, result].slice(-KEPT_RESULTS);
  if (result.exitCode === 0) return { status: "healthy", failingStreak: 0, log };
  if (state.status === "starting" && sinceStartMs < check.startPeriod) return { ...state, log };
  const failingStreak = state.failingStreak + 1;
  return { status: failingStreak >= check.retries ? "unhealthy" : state.status, failingStreak, log };
}

/** Probes until disposed. */
export function startHealthMonitor(context: Context, container: Container, check: HealthCheck): Disposable {
  const stop = new AbortController();
  const startedAt = Date.now();
  let timer: NodeJS.Timeout | null = null;
  const next = (): void => {
    if (stop.signal.aborted) return;
    const starting = container.state.health?.status === "starting" && Date.now() - startedAt < check.startPeriod;
    timer = setTimeout(() => void round(), starting ? check.startInterval : check.interval);
  };
  const round = async (): Promise<void> => {
    if (container.state.status === "running") {
      const result = await probe(context, container, check, stop.signal);
      if (stop.signal.aborted || container.state.status !== "running") return;
      const before = container.state.health ?? STARTING;
      const health = judge(before, result, check, Date.now() - startedAt);
      record(context, container, { type: "health", health });
      container.starts.at(-1)?.judged(health.status);
      if (health.status !== before.status) announce(context, container, `health_status: ${health.status}`);
    }
    next();
  };
  next();
  return {
    [Symbol.dispose]: () => {
      stop.abort();
      if (timer !== null) clearTimeout(timer);
    },
  };
}

async function probe(context: Context, container: Container, check: HealthCheck, closing: AbortSignal): Promise<HealthResult> {
  const start = new Date();
  const timeout = AbortSignal.timeout(check.timeout);
  const signal = AbortSignal.any([timeout, closing]);
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    const spec = execProcess(context, container, { command: check.command, env: [], user: "", workingDirectory: "", privileged: false, tty: false });
    const exec = await context.runtime.exec(container.id, { execId: newId<ExecId>(), process: spec, tty: false, openStdin: false }, { signal });
    const kill = (): void => {
      exec.stdio?.detach();
      if (exec.pid > 0) killProcess(exec.pid);
    };
    signal.addEventListener("abort", kill, { once: true });
    if (signal.aborted) kill();
    for await (const { data } of exec.stdio?.output ?? []) {
      if (length < MAX_OUTPUT) chunks.push(data.subarray(0, MAX_OUTPUT - length));
      length += data.byteLength;
    }
    const exitCode = await exec.exited;
    if (timeout.aborted) return timedOut(start, check);
    return { start, end: new Date(), exitCode, output: Buffer.concat(chunks).toString("utf8") };
  } catch (error) {
    if (timeout.aborted) return timedOut(start, check);
    return { start, end: new Date(), exitCode: -1, output: isCancelled(error) ? "the probe was cancelled" : messageOf(error) };
  }
}

function timedOut(start: Date, check: HealthCheck): HealthResult {
  return { start, end: new Date(), exitCode: -1, output: `Health check exceeded timeout (${check.timeout} ms)` };
}

function killProcess(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It has ended meanwhile.
  }
}
