import { EngineError, isEngineError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import { announce, record, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import { parseSignal } from "./signals.ts";
import { startContainer } from "./start.ts";
import { isAlive } from "./state.ts";
import { cancelRestart } from "./teardown.ts";

const SIGKILL = 9;
const SIGTERM = 15;
const DEFAULT_STOP_SECONDS = 10;
/** A process that survives SIGKILL this long is stuck in the kernel. */
const KILL_SECONDS = 10;

export interface StopOptions {
  readonly signal?: string | undefined;
  /** Until the kill; negative waits for ever. */
  readonly seconds?: number | undefined;
}

/** Stops a container by its signal, after the time-out by SIGKILL; runs in the queue. @throws EngineError `notModified` when it does not run */
export async function stopContainer(context: Context, container: Container, options: StopOptions): Promise<void> {
  if (container.state.status === "restarting") {
    record(context, container, { type: "stopRequested" });
    cancelRestart(container);
    record(context, container, { type: "restartCancelled" });
    announce(context, container, "stop");
    container.milestones.fire("exited");
    return;
  }
  if (!isAlive(container.state)) throw new EngineError("notModified", `container ${shortId(container.id)} is not running`);
  record(context, container, { type: "stopRequested" });
  await endTask(context, container, options);
  announce(context, container, "stop");
}

async function endTask(context: Context, container: Container, options: StopOptions): Promise<void> {
  const { config } = container.record;
  const signal = parseSignal(options.signal || config.StopSignal || String(SIGTERM));
  const seconds = options.seconds ?? config.StopTimeout ?? DEFAULT_STOP_SECONDS;
  if (await sendAndWait(context, container, signal, seconds)) return;
  if (await sendAndWait(context, container, SIGKILL, KILL_SECONDS)) return;
  throw new EngineError("internal", `tried to kill container, but did not receive an exit event: a process of ${shortId(container.id)} is stuck in the kernel`);
}

/** @returns whether the task ended within `seconds` (negative: for ever) */
async function sendAndWait(context: Context, container: Container, signal: number, seconds: number): Promise<boolean> {
  const timeout = new AbortController();
  const exited = container.reached(["exited"], timeout.signal).then(() => true, () => false);
  const timer = seconds < 0 ? null : setTimeout(() => timeout.abort(), seconds * 1000);
  try {
    if (!isAlive(container.state)) return true;
    await deliver(context, container, signal);
    return await exited;
  } finally {
    if (timer !== null) clearTimeout(timer);
    timeout.abort();
  }
}

/** Sends a signal; a paused container is let run on so that it can act on it. */
async function deliver(context: Context, container: Container, signal: number): Promise<void> {
  try {
    await context.runtime.kill(container.id, signal);
    announce(context, container, "kill", { signal: String(signal) });
    if (container.state.status === "paused") {
      await context.runtime.resume(container.id);
      if (container.state.status === "paused") record(context, container, { type: "resumed" });
    }
  } catch (error) {
    // It has just ended: its exit is on the way.
    if (!isEngineError(error, "notFound")) throw error;
  }
}

/** Sends a signal at once, past the queue; SIGKILL waits for the end. @throws EngineError `conflict` when it does not run */
export async function killContainer(context: Context, container: Container, signalText: string | undefined): Promise<void> {
  const signal = parseSignal(signalText || "KILL");
  if (!isAlive(container.state)) throw new EngineError("conflict", `cannot kill container: ${container.record.name}: container ${container.id} is not running`);
  const stopSignal = parseSignal(container.record.config.StopSignal || String(SIGTERM));
  if (signal === SIGKILL || signal === stopSignal) record(context, container, { type: "stopRequested" });
  if (signal === SIGKILL) await sendAndWait(context, container, signal, KILL_SECONDS);
  else await deliver(context, container, signal);
}

/** Stop and start in one; an AutoRemove container survives it. Runs in the queue. */
export async function restartContainer(context: Context, container: Container, options: StopOptions): Promise<void> {
  container.restarting = true;
  try {
    if (isAlive(container.state) || container.state.status === "restarting") await stopContainer(context, container, options);
  } finally {
    container.restarting = false;
  }
  await startContainer(context, container, false);
  announce(context, container, "restart");
}

export interface PauseOptions {
  /** For a step of the engine's own: kept in memory only, so that a restarted engine lets the container run on (SPEC RECOVER-3). */
  readonly momentary?: boolean;
}

/** Freezes all processes; runs in the queue. @throws EngineError `conflict` */
export async function pauseContainer(context: Context, container: Container, { momentary = false }: PauseOptions): Promise<void> {
  if (container.state.status === "paused") throw new EngineError("conflict", `container ${container.id} is already paused`);
  if (container.state.status !== "running") throw new EngineError("conflict", `container ${container.id} is not running`);
  // A death of the engine between the two leaves a container that nobody was told is paused: it is let run on as well.
  await context.runtime.pause(container.id);
  if (momentary) container.advance({ type: "paused" });
  else record(context, container, { type: "paused" });
  announce(context, container, "pause");
}

/** @throws EngineError `conflict` when it is not paused */
export async function unpauseContainer(context: Context, container: Container): Promise<void> {
  if (container.state.status !== "paused") throw new EngineError("conflict", `container ${container.id} is not paused`);
  await context.runtime.resume(container.id);
  record(context, container, { type: "resumed" });
  announce(context, container, "unpause");
}
