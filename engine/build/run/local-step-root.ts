import { randomBytes } from "node:crypto";
import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../../base/abort.ts";
import type { IoOptions } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import { settled } from "../../base/settled.ts";
import { removeTree } from "../../sys/files.ts";
import type { FailedRootRequest, FailedRootSession } from "../build.ts";
import type { StepContext } from "./context.ts";
import { findMountPoints, makeMountPoints } from "./mount-points.ts";
import type { MountTarget } from "./mount-points.ts";
import { readyMounts } from "./run-mounts.ts";
import type { RunRequest, StepRoot } from "./run.ts";
import { settleLayer } from "./settle-layer.ts";
import { openSession } from "./session.ts";
import { ETC_FILES } from "./step-network.ts";
import { isInside } from "./step-spec.ts";
import { startTask } from "./step-task.ts";
import type { OpenSurroundings, StepTask, Surroundings, TaskProcess } from "./step-task.ts";

/** Names writable snapshots of steps. */
export const ACTIVE_PREFIX = "build:";
/** What the runtime mounts in every root. */
const SYSTEM: readonly MountTarget[] = ["/proc", "/sys", "/dev"].map((path) => ({ path, kind: "directory" }));
const ETC: readonly MountTarget[] = ETC_FILES.map((path) => ({ path, kind: "file" }));

/** Below the run directory and below the state directory, where roots keep what they need. */
export function stepDirectories({ root, run }: { readonly root: string; readonly run: string }): { readonly run: string; readonly scratch: string } {
  return { run: join(run, "steps"), scratch: join(root, "build", "steps") };
}

/** A writable snapshot with what a step's processes see around it, and the processes. */
export class LocalStepRoot implements StepRoot, Surroundings {
  readonly request: RunRequest;
  readonly directory: string;
  readonly #context: StepContext;
  readonly #key: SnapshotKey;
  readonly #rootfs: string;
  /** On a disk: what binds write, mount points. */
  readonly #scratch: string;
  /** Mounts and sockets besides the root file system. */
  readonly #resources = new AsyncDisposableStack();
  readonly #tasks = new Set<StepTask>();
  /** Starts under way: the end aborts them, and waits. */
  readonly #starts = new Set<Promise<unknown>>();
  readonly #ending = new AbortController();
  readonly #onEnd: (root: LocalStepRoot) => void;
  #opened: Promise<OpenSurroundings> | undefined;
  /** Settles, well in any case, when nothing is left. */
  #end: Promise<void> | undefined;

  /** Makes nothing yet. @param onEnd called when nothing is left of it */
  constructor(context: StepContext, request: RunRequest, onEnd: (root: LocalStepRoot) => void) {
    const name = randomBytes(10).toString("hex");
    const directories = stepDirectories(context);
    this.request = request;
    this.directory = join(directories.run, name);
    this.#context = context;
    this.#key = `${ACTIVE_PREFIX}${name}` as SnapshotKey;
    this.#rootfs = join(this.directory, "rootfs");
    this.#scratch = join(directories.scratch, name);
    this.#onEnd = onEnd;
  }

  /** Starts a process, which ends with the root at the latest. @throws EngineError as {@link startTask}, `conflict` when the root has ended */
  async start(process: TaskProcess, options: IoOptions): Promise<StepTask> {
    this.#checkAlive();
    const signal = options.signal === undefined ? this.#ending.signal : AbortSignal.any([options.signal, this.#ending.signal]);
    const start = this.#start(process, signal);
    this.#starts.add(start);
    return start.finally(() => this.#starts.delete(start));
  }

  async #start(process: TaskProcess, signal: AbortSignal): Promise<StepTask> {
    const task = await startTask(this.#context, this, process, { signal });
    const kept: StepTask = {
      ...task,
      [Symbol.asyncDispose]: async () => {
        await task[Symbol.asyncDispose]();
        this.#tasks.delete(kept);
      },
    };
    this.#tasks.add(kept);
    return kept;
  }

  ready(options: IoOptions): Promise<OpenSurroundings> {
    this.#opened ??= this.#open(options);
    return this.#opened;
  }

  async #open(options: IoOptions): Promise<OpenSurroundings> {
    const { snapshots, workers } = this.#context;
    const rootfs = this.#rootfs;
    const place = { directory: this.directory, scratch: this.#scratch };
    const [{ mounts, env }] = await settled([readyMounts(workers, this.request, place, this.#resources, options), snapshots.prepare(this.#key, this.request.parent)] as const);
    throwIfAborted(options.signal);
    const { paths, between } = await this.#findMountPoints([...SYSTEM, ...ETC, ...mounts]);
    await snapshots.mount(this.#key, rootfs, { volatile: true, between });
    const placed = mounts.map((mount, index) => ({ ...mount, path: paths[SYSTEM.length + ETC.length + index]! }));
    const etcPaths = paths.slice(SYSTEM.length, SYSTEM.length + ETC.length).map((path) => (placed.some((mount) => isInside(path, mount.path)) ? null : path));
    return { rootfs, mounts: placed, etcPaths, env };
  }

  /** Looks at the parent, and makes what it lacks in a directory that is to lie between it and what the step writes. */
  async #findMountPoints(targets: readonly MountTarget[]): Promise<{ readonly paths: readonly string[]; readonly between: string | undefined }> {
    const { snapshots } = this.#context;
    const { parent } = this.request;
    const view = join(this.directory, "parent");
    if (parent === null) mkdirSync(view);
    else await snapshots.mount(parent, view);
    try {
      const { paths, missing } = findMountPoints(view, targets);
      if (missing.length === 0) return { paths, between: undefined };
      const between = join(this.#scratch, "mount-points");
      makeMountPoints(view, missing, between);
      return { paths, between };
    } finally {
      await snapshots.unmount(view);
    }
  }

  async open(request: FailedRootRequest, options: IoOptions = {}): Promise<FailedRootSession> {
    const { operation } = this.request;
    const { command: args, tty, openStdin, user = operation.user, cwd = operation.cwd } = request;
    const task = await this.start({ args, env: operation.env, cwd, user, tty, openStdin, makesCwd: false }, options);
    return openSession(this.#context, task, tty);
  }

  async commit(key: SnapshotKey, options: IoOptions = {}): Promise<{ readonly bytes: number }> {
    this.#checkAlive();
    if (this.#tasks.size + this.#starts.size > 0) throw new EngineError("conflict", "a process still runs in the root file system of the step: end it first");
    const committed = this.#commit(key, options);
    this.#end = committed.then(() => this.#clear(), () => this.#drop());
    await this.#end;
    return committed;
  }

  async #commit(key: SnapshotKey, options: IoOptions): Promise<{ readonly bytes: number }> {
    const { snapshots, workers } = this.#context;
    await this.#resources.disposeAsync();
    await snapshots.unmount(this.#rootfs);
    const bytes = await settleLayer(workers, snapshots.upperDirectory(this.#key), this.request.latestTime, options);
    throwIfAborted(options.signal);
    await snapshots.commitActive(this.#key, key, bytes);
    return { bytes };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end ??= this.#drop();
    await this.#end;
  }

  async #drop(): Promise<void> {
    const { snapshots } = this.#context;
    this.#ending.abort();
    await Promise.allSettled(this.#starts);
    for (const task of this.#tasks) await this.#attempt("ending a process", () => task[Symbol.asyncDispose]());
    await this.#attempt("releasing the mounts", () => this.#resources.disposeAsync());
    await this.#attempt("unmounting the root file system", () => snapshots.unmount(this.#rootfs));
    if (snapshots.has(this.#key)) await this.#attempt("removing the snapshot", () => snapshots.remove(this.#key));
    await this.#clear();
  }

  async #clear(): Promise<void> {
    for (const directory of [this.directory, this.#scratch]) await this.#attempt(`removing ${directory}`, () => removeTree(directory));
    this.#onEnd(this);
  }

  async #attempt(what: string, work: () => PromiseLike<unknown>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#context.onError(`${what} of a build step`, error);
    }
  }

  #checkAlive(): void {
    if (this.#end !== undefined) throw new EngineError("conflict", "the root file system of the step is gone: it was committed or given up");
  }
}
