import type { RestartPolicy } from "./config.ts";
import type { ContainerState } from "./state.ts";

const FIRST_DELAY_MS = 100;
const LONGEST_DELAY_MS = 60_000;
/** A run at least this long counts as a success: the next restart comes at once again. */
const RESET_AFTER_MS = 10_000;

/** Whether an exit by itself leads to a restart. `exitCode` is that of the exit, `restarts` how many the policy has made. */
export function shouldRestart(policy: RestartPolicy | undefined, exitCode: number, restarts: number, stoppedByHand: boolean): boolean {
  if (stoppedByHand) return false;
  switch (policy?.Name) {
    case "always":
    case "unless-stopped":
      return true;
    case "on-failure": {
      const limit = policy.MaximumRetryCount ?? 0;
      return exitCode !== 0 && (limit === 0 || restarts < limit);
    }
    default:
      return false;
  }
}

/** Whether a container that is not running is started when the engine starts. */
export function shouldStartWithEngine(policy: RestartPolicy | undefined, state: ContainerState): boolean {
  if (state.status === "created" || state.status === "dead" || state.status === "removing") return false;
  if (state.status === "restarting") return true;
  // Docker starts "always" containers with the daemon even after a stop by hand; "unless-stopped" is named for the difference.
  if (policy?.Name === "always") return true;
  return policy?.Name === "unless-stopped" && !state.stoppedByHand;
}

/** The pause before the next restart in ms: 100 ms, doubled each time up to a minute, from the start again after a run of ten seconds. */
export function nextDelay(previousMs: number, ranForMs: number): number {
  if (previousMs === 0 || ranForMs >= RESET_AFTER_MS) return FIRST_DELAY_MS;
  return Math.min(previousMs * 2, LONGEST_DELAY_MS);
}
