import type { TaskExit } from "../runtime/runtime.ts";
import { announce, record, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import { removeContainer } from "./remove.ts";
import { nextDelay, shouldRestart } from "./restart.ts";
import { startContainer } from "./start.ts";
import { isAlive } from "./state.ts";
import { cancelRestart, tearDown } from "./teardown.ts";

/**
 * A task has ended: record it, tell everyone who waits, then clean up. Runs outside the container's queue, because a stop in the queue
 * waits for this.
 */
export function handleExit(context: Context, container: Container, exit: TaskExit): void {
  if (container.start !== null) {
    container.start.exit = exit;
    return;
  }
  if (!isAlive(container.state)) return;
  const { hostConfig } = container.record;
  const startedAt = container.state.startedAt ?? exit.exitedAt;
  const ranForMs = exit.exitedAt.getTime() - startedAt.getTime();
  const willRestart = !container.restarting && shouldRestart(hostConfig.RestartPolicy, exit.exitCode, container.state.restartCount, container.state.stoppedByHand);
  container.starts.at(-1)?.exited(exit.exitCode);
  container.healthMonitor?.[Symbol.dispose]();
  container.healthMonitor = null;
  record(context, container, { type: "exited", exitCode: exit.exitCode, oomKilled: exit.oomKilled || container.state.oomKilled, at: exit.exitedAt, willRestart });
  context.logs.ended(container.id);
  container.teardown = tearDown(context, container);
  announce(context, container, "die", { exitCode: String(exit.exitCode), execDuration: String(Math.max(0, Math.round(ranForMs / 1000))) });
  container.milestones.fire("exited");
  if (willRestart) scheduleRestart(context, container, ranForMs);
  else if (hostConfig.AutoRemove === true && !container.restarting) {
    void container.queue.run(() => removeContainer(context, container, { force: true, volumes: true })).catch((error: unknown) => context.onError(`removing container ${container.id} after its exit`, error));
  }
}

/** Starts the container after the policy's pause (SPEC RESTART-3). */
export function scheduleRestart(context: Context, container: Container, ranForMs: number): void {
  container.restartDelayMs = nextDelay(container.restartDelayMs, ranForMs);
  cancelRestart(container);
  if (context.closing.aborted) return;
  container.restartTimer = setTimeout(() => {
    container.restartTimer = null;
    void container.queue.run(() => restartByPolicy(context, container)).catch((error: unknown) => context.onError(`restarting container ${container.id}`, error));
  }, container.restartDelayMs);
}

async function restartByPolicy(context: Context, container: Container): Promise<void> {
  if (container.state.status !== "restarting" || context.closing.aborted) return;
  await startContainer(context, container, true);
}
