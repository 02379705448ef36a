/** The state of a container and the pure steps between states. SPEC.md has the rules (STATE-1 ...) that the tests name. */

export const STATUSES = ["created", "running", "paused", "restarting", "removing", "exited", "dead"] as const;
export type Status = (typeof STATUSES)[number];

export interface HealthResult {
  readonly start: Date;
  readonly end: Date;
  readonly exitCode: number;
  readonly output: string;
}

export interface HealthState {
  readonly status: "starting" | "healthy" | "unhealthy";
  readonly failingStreak: number;
  /** The last five, oldest first. */
  readonly log: readonly HealthResult[];
}

export interface ContainerState {
  readonly status: Status;
  readonly pid: number;
  readonly exitCode: number;
  /** Why the last start failed; empty otherwise. */
  readonly error: string;
  readonly oomKilled: boolean;
  readonly startedAt: Date | null;
  readonly finishedAt: Date | null;
  /** Restarts by policy since the last start by hand. */
  readonly restartCount: number;
  /** Stopped by hand: `always` and `unless-stopped` leave it alone. */
  readonly stoppedByHand: boolean;
  readonly health: HealthState | null;
}

export const INITIAL_STATE: ContainerState = {
  status: "created", pid: 0, exitCode: 0, error: "", oomKilled: false, startedAt: null, finishedAt: null, restartCount: 0, stoppedByHand: false, health: null,
};

export type Transition =
  | { readonly type: "started"; readonly pid: number; readonly at: Date; readonly byPolicy: boolean; readonly health: HealthState | null }
  | { readonly type: "startFailed"; readonly exitCode: number; readonly error: string }
  | { readonly type: "paused" }
  | { readonly type: "resumed" }
  | { readonly type: "stopRequested" }
  | { readonly type: "exited"; readonly exitCode: number; readonly oomKilled: boolean; readonly at: Date; readonly willRestart: boolean }
  | { readonly type: "restartCancelled" }
  | { readonly type: "health"; readonly health: HealthState }
  | { readonly type: "removing" }
  | { readonly type: "removeFailed"; readonly error: string };

/** From which states a transition may happen. Anything else is refused, never bent. */
const ALLOWED: Readonly<Record<Transition["type"], readonly Status[]>> = {
  started: ["created", "exited", "restarting"],
  startFailed: ["created", "exited", "restarting"],
  paused: ["running"],
  resumed: ["paused"],
  stopRequested: ["running", "paused", "restarting"],
  exited: ["running", "paused"],
  restartCancelled: ["restarting"],
  health: ["running"],
  removing: ["created", "exited", "dead"],
  removeFailed: ["removing"],
};

/** Whether {@link advance} would take `type` in this state. */
export function allows(state: ContainerState, type: Transition["type"]): boolean {
  return ALLOWED[type].includes(state.status);
}

/** The state after `transition`; null when it is not possible in this state. */
export function advance(state: ContainerState, transition: Transition): ContainerState | null {
  if (!allows(state, transition.type)) return null;
  switch (transition.type) {
    case "started":
      return {
        ...state, status: "running", pid: transition.pid, exitCode: 0, error: "", oomKilled: false, startedAt: transition.at, finishedAt: null,
        restartCount: transition.byPolicy ? state.restartCount + 1 : 0, stoppedByHand: false, health: transition.health,
      };
    case "startFailed":
      // A container that never ran stays "created", as in Docker.
      return { ...state, status: state.status === "restarting" ? "exited" : state.status, pid: 0, exitCode: transition.exitCode, error: transition.error };
    case "paused":
      return { ...state, status: "paused" };
    case "resumed":
      return { ...state, status: "running" };
    case "stopRequested":
      return { ...state, stoppedByHand: true };
    case "exited":
      return {
        ...state, status: transition.willRestart ? "restarting" : "exited", pid: 0, exitCode: transition.exitCode, oomKilled: transition.oomKilled, finishedAt: transition.at,
        health: state.health === null ? null : { ...state.health, status: "unhealthy" },
      };
    case "restartCancelled":
      return { ...state, status: "exited" };
    case "health":
      return { ...state, health: transition.health };
    case "removing":
      return { ...state, status: "removing" };
    case "removeFailed":
      return { ...state, status: "dead", error: transition.error };
  }
}

/** Whether a process exists. */
export function isAlive(state: ContainerState): boolean {
  return state.status === "running" || state.status === "paused";
}
