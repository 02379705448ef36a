import { Emitter } from "../base/events.ts";
import { EngineError } from "../base/errors.ts";
import type { ExecId } from "../base/ids.ts";
import type { RunningExec, TaskExit } from "../runtime/runtime.ts";
import type { ContainerRecord, ExecRequest } from "./containers.ts";
import { Queue } from "./queue.ts";
import type { StartTrace } from "./start-trace.ts";
import { advance, type ContainerState, type Transition } from "./state.ts";

/** What waiters on a container can see. */
export type Milestone = "exited" | "startFailed" | "removed";

/** One exec in a container, from its creation on. */
export interface ExecSession {
  readonly id: ExecId;
  readonly container: Container;
  readonly request: ExecRequest;
  /** The terminal's size in character cells, as of a resize that came before the process ran. */
  size: { readonly columns: number; readonly rows: number } | null;
  status: "created" | "running" | "ended";
  exitCode: number | null;
  running: RunningExec | null;
}

/** A container in memory: its record, its state and what belongs to the running engine only. */
export class Container {
  record: ContainerRecord;
  #state: ContainerState;
  /** Operations on this container, one after the other. */
  readonly queue = new Queue();
  readonly milestones = new Emitter<Milestone>();
  readonly execs = new Map<ExecId, ExecSession>();
  /** Clients that attached before the start; each is connected between create and start of the task. */
  readonly pendingAttaches = new Set<{ readonly connect: () => Promise<void>; readonly cancel: (error: EngineError) => void }>();
  /** A start is under way: an exit that comes now is kept here until the start is on record. */
  start: { exit: TaskExit | null } | null = null;
  /** The last ones, the newest at the end. */
  readonly starts: StartTrace[] = [];
  /** Cleaning up after the last exit; the next start and the removal wait for it. */
  teardown: Promise<void> = Promise.resolve();
  restartTimer: NodeJS.Timeout | null = null;
  restartDelayMs = 0;
  /** A restart by hand is under way: the exit must neither remove nor restart the container. */
  restarting = false;
  healthMonitor: Disposable | null = null;
  /** Rises with every change of record and state; lists cache by it. */
  revision = 0;

  constructor(record: ContainerRecord, state: ContainerState) {
    this.record = record;
    this.#state = state;
  }

  get state(): ContainerState {
    return this.#state;
  }

  get id(): ContainerRecord["id"] {
    return this.record.id;
  }

  /**
   * Takes a step of the state machine.
   * @throws EngineError `conflict` when the state does not allow it; nothing has changed then
   */
  advance(transition: Transition): ContainerState {
    const next = advance(this.#state, transition);
    if (next === null) throw new EngineError("conflict", `container ${this.id} is ${this.#state.status}: ${transition.type} is not possible now`);
    this.#state = next;
    this.revision++;
    return next;
  }

  /** Resolves at the first milestone of `kinds` from now on. */
  reached(kinds: readonly Milestone[], signal?: AbortSignal): Promise<Milestone> {
    return new Promise((resolve, reject) => {
      const subscription = this.milestones.event((milestone) => {
        if (!kinds.includes(milestone)) return;
        finish();
        resolve(milestone);
      });
      const aborted = (): void => {
        finish();
        reject(new EngineError("cancelled", "the wait was cancelled", { cause: signal?.reason }));
      };
      const finish = (): void => {
        subscription[Symbol.dispose]();
        signal?.removeEventListener("abort", aborted);
      };
      if (signal?.aborted) aborted();
      else signal?.addEventListener("abort", aborted, { once: true });
    });
  }
}
