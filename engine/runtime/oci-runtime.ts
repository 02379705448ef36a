import { existsSync, mkdirSync, readdirSync, rmSync, watch, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { sleep, throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { Emitter } from "../base/events.ts";
import type { ContainerId } from "../base/ids.ts";
import { isAlive, processStartTime, run, signalProcess } from "../sys/processes.ts";
import { adoptOrphan, becomeSubreaper } from "../sys/spawn.ts";
import { attachConmon } from "./attachment.ts";
import { clearBundle, findMakers } from "./bundle.ts";
import { prepareCgroups } from "./cgroups/layout.ts";
import { Cgroups } from "./cgroups/cgroups.ts";
import { readCpuTime, readStats } from "./cgroups/stats.ts";
import { applyUpdate } from "./cgroups/update.ts";
import { controlConmon, resizeTerminal, startConmon, watchConmon } from "./conmon.ts";
import { startExec } from "./exec.ts";
import { runtimeFailure } from "./failure.ts";
import { openGate } from "./gate.ts";
import { TOOL_ENVIRONMENT, probeHost } from "./host.ts";
import type { RuntimeHost } from "./host.ts";
import { processesOfNamespace } from "./processes.ts";
import type { CreateTask, ExecProcess, ResourceUpdate, RunningExec, Runtime, RuntimeCapabilities, StdioAttachment, TaskExit, TaskState, TaskStats } from "./runtime.ts";
import { checkRootfs } from "./rootfs-check.ts";
import { readExitFile, readRecord, writeRecord } from "./task.ts";
import type { ProcessId, TaskRecord } from "./task.ts";

export interface OciRuntimeOptions {
  /** The run directory, on a tmpfs: `tasks/` and the OCI runtime's own state live in it. */
  readonly run: string;
  /** Use this OCI runtime only, instead of the best that works. */
  readonly runtime?: "runc" | "crun" | undefined;
}

/** A task as this engine process knows it. */
interface Task {
  record: TaskRecord;
  readonly bundle: string;
  readonly closed: Promise<void>;
  exit: TaskExit | null;
  oomSeen: boolean;
  /** Stops watching the bundle; conmon itself is watched until it ends. */
  readonly stopWatching: () => void;
  readonly forgetConmon: () => void;
}

const SIGKILL = 9;
/** How long a killed process may take to die, in milliseconds: writing back memory or waiting for a disk. */
const KILL_TIMEOUT = 30_000;

/** {@link Runtime} over conmon and runc or crun. */
export class OciRuntime implements Runtime {
  readonly #host: RuntimeHost;
  readonly #cgroups: Cgroups;
  readonly #stateRoot: string;
  readonly #tasksRoot: string;
  readonly #tasks = new Map<ContainerId, Task>();
  /** conmons of deleted tasks that still tidy up: a new task of the same name must wait for them. */
  readonly #closing = new Map<ContainerId, Promise<void>>();
  readonly #exits = new Emitter<TaskExit>();
  readonly #memory = new Emitter<ContainerId>();

  private constructor(host: RuntimeHost, cgroups: Cgroups, run: string) {
    this.#host = host;
    this.#cgroups = cgroups;
    this.#stateRoot = stateRootOf(run);
    this.#tasksRoot = join(run, "tasks");
  }

  /**
   * Probes the host (once; the outcome is kept in the run directory) and prepares the cgroups.
   * @throws EngineError `unavailable` when conmon or a working runtime is missing
   */
  static async open(options: OciRuntimeOptions): Promise<OciRuntime> {
    for (const directory of [join(options.run, "tasks"), stateRootOf(options.run)]) mkdirSync(directory, { recursive: true, mode: 0o700 });
    becomeSubreaper();
    const cgroups = new Cgroups(prepareCgroups());
    const host = await probeHost({ stateRoot: stateRootOf(options.run), cgroups, runtime: options.runtime, cache: join(options.run, `runtime-${options.runtime ?? "best"}.json`) });
    return new OciRuntime(host, cgroups, options.run);
  }

  get capabilities(): RuntimeCapabilities {
    return this.#host.capabilities;
  }

  get onDidExit(): Emitter<TaskExit>["event"] {
    return this.#exits.event;
  }

  get onDidRunOutOfMemory(): Emitter<ContainerId>["event"] {
    return this.#memory.event;
  }

  expectProcess(): void {
    this.#cgroups.warm();
  }

  /** The bundle directory of a task, which exists or not. */
  bundlePath(id: ContainerId): string {
    return join(this.#tasksRoot, id);
  }

  async create(task: CreateTask, options: IoOptions = {}): Promise<{ readonly pid: number }> {
    const { id } = task;
    throwIfAborted(options.signal);
    if (this.#tasks.has(id)) throw new EngineError("conflict", `a task of container ${id} exists already`);
    await this.#closing.get(id);
    checkRootfs(task.spec.root.path);
    const bundle = this.bundlePath(id);
    mkdirSync(bundle, { recursive: true, mode: 0o700 });
    const record: TaskRecord = { id, tty: task.tty, openStdin: task.openStdin, stdinOnce: task.stdinOnce, live: null, startedAt: null };
    const cgroupsPath = this.#cgroups.path(id);
    const spec = { ...task.spec, linux: { ...task.spec.linux, ...(cgroupsPath === undefined ? {} : { cgroupsPath }) } };
    try {
      writeFileSync(join(bundle, "config.json"), JSON.stringify(spec));
      writeRecord(bundle, record);
      const { pid, monitor } = await startConmon(this.#host, {
        id, program: spec.process.args[0], directory: bundle, logPath: task.logPath, tty: task.tty, stdin: task.openStdin,
        // A terminal never reaches its end: detaching from it must not hang it up.
        leaveStdinOpen: task.openStdin && (!task.stdinOnce || task.tty),
      }, options);
      const complete = { ...record, live: { process: processId(pid), monitor: processId(monitor) } };
      writeRecord(bundle, complete);
      this.#adoptTask(complete, bundle);
      return { pid };
    } catch (error) {
      await this.#clear(id);
      throw error;
    }
  }

  async start(id: ContainerId): Promise<void> {
    const task = this.#task(id);
    if (task.exit !== null) throw new EngineError("conflict", `container ${id} has ended`);
    if (task.record.startedAt !== null) throw new EngineError("notModified", `container ${id} is started already`);
    task.record = { ...task.record, startedAt: Date.now() };
    writeRecord(task.bundle, task.record);
    if (await openGate(this.#host.capabilities.runtime, this.#gatePath(id), task.record.live!.process.pid, task.closed)) return;
    const result = await run(this.#host.runtime, [...this.#host.runtimeArgs, "start", id], { env: { ...TOOL_ENVIRONMENT }, timeoutMs: 60_000 });
    if (result.code !== 0) throw runtimeFailure("start", result.stderr, this.#host.capabilities.runtime);
  }

  state(id: ContainerId): Promise<TaskState | null> {
    const task = this.#tasks.get(id);
    return Promise.resolve(task === undefined ? null : this.#stateOf(task));
  }

  async kill(id: ContainerId, signal: number, all = false): Promise<void> {
    const { pid, startTime } = this.#running(id).record.live!.process;
    if (all && this.#cgroups.signalAll(id, signal)) return;
    if (!signalProcess(pid, startTime, signal)) throw new EngineError("notFound", `container ${id} is not running`);
  }

  async pause(id: ContainerId): Promise<void> {
    this.#running(id);
    await this.#cgroups.freeze(id, true);
  }

  async resume(id: ContainerId): Promise<void> {
    this.#running(id);
    await this.#cgroups.freeze(id, false);
  }

  async update(id: ContainerId, resources: ResourceUpdate): Promise<void> {
    this.#running(id);
    applyUpdate(this.#cgroups, id, resources);
  }

  async resize(id: ContainerId, columns: number, rows: number): Promise<void> {
    const task = this.#running(id);
    if (!task.record.tty) throw new EngineError("invalidArgument", `container ${id} has no terminal`);
    if (!resizeTerminal(task.bundle, columns, rows)) throw new EngineError("notFound", `container ${id} is not running`);
  }

  async attach(id: ContainerId, options: { readonly stdin?: boolean } = {}): Promise<StdioAttachment> {
    const { bundle, record } = this.#running(id);
    return attachConmon(join(bundle, "attach"), {
      stdin: options.stdin ?? false,
      openStdin: record.openStdin,
      closesOnLeave: record.openStdin && record.stdinOnce && !record.tty,
    });
  }

  async exec(id: ContainerId, exec: ExecProcess, options: IoOptions & { readonly detached?: boolean } = {}): Promise<RunningExec> {
    const task = this.#running(id);
    return startExec(this.#host, { id, bundle: task.bundle, pid: task.record.live!.process.pid, exec, detached: options.detached ?? false }, options);
  }

  async processes(id: ContainerId): Promise<readonly number[]> {
    return this.#processes(this.#running(id));
  }

  async stats(id: ContainerId): Promise<TaskStats> {
    const task = this.#running(id);
    return readStats(this.#cgroups, id, task.record.live!.process.pid, this.#processes(task));
  }

  async cpuTime(id: ContainerId): Promise<number | null> {
    return readCpuTime(this.#cgroups, this.#task(id).record.id);
  }

  async reopenLog(id: ContainerId): Promise<void> {
    controlConmon(this.#running(id).bundle, "2 0 0\n");
  }

  async delete(id: ContainerId, options: { readonly force?: boolean } = {}): Promise<void> {
    const task = this.#tasks.get(id);
    if (task !== undefined && task.exit === null) {
      if (options.force !== true) throw new EngineError("conflict", `container ${id} is running: stop it first, or force its removal`);
      await this.#killAndWait(task);
    }
    if (task !== undefined) this.#closing.set(id, task.closed.finally(() => this.#closing.delete(id)));
    await this.#clear(id);
  }

  async adopt(): Promise<ReadonlyMap<ContainerId, TaskState>> {
    for (const name of readdirSync(this.#tasksRoot)) {
      const id = name as ContainerId;
      if (this.#tasks.has(id)) continue;
      const bundle = this.bundlePath(id);
      const record = readRecord(bundle);
      if (record === undefined || record.live === null) {
        await this.#abandon(id);
        continue;
      }
      const task = this.#adoptTask(record, bundle);
      const { process, monitor } = record.live;
      const watched = isAlive(monitor.pid, monitor.startTime);
      this.#finish(task);
      // Nobody will write an exit code any more.
      if (task.exit === null && !watched) await this.#lost(task);
      if (task.exit === null && record.startedAt !== null && existsSync(this.#gatePath(id))) await openGate(this.#host.capabilities.runtime, this.#gatePath(id), process.pid, task.closed);
    }
    return new Map([...this.#tasks].map(([id, task]) => [id, this.#stateOf(task)]));
  }

  close(): Promise<void> {
    for (const task of this.#tasks.values()) {
      task.stopWatching();
      task.forgetConmon();
    }
    this.#exits[Symbol.dispose]();
    this.#memory[Symbol.dispose]();
    return Promise.resolve();
  }

  /** Watches a task that has a process. */
  #adoptTask(record: TaskRecord, bundle: string): Task {
    let resolveClosed: () => void = () => {};
    const closed = new Promise<void>((resolve) => (resolveClosed = resolve));
    const watcher = watch(bundle, { persistent: false }, (_event, name) => {
      if (name === record.id) this.#finish(task);
      else if (name === "oom") this.#noteOutOfMemory(task);
    });
    watcher.on("error", () => {});
    const forgetConmon = watchConmon(bundle, record.live!.monitor, () => {
      resolveClosed();
      if (this.#tasks.get(record.id) !== task) return;
      this.#finish(task);
      if (task.exit === null) void this.#lost(task);
    });
    const task: Task = { record, bundle, closed, exit: null, oomSeen: false, stopWatching: () => watcher.close(), forgetConmon };
    this.#tasks.set(record.id, task);
    return task;
  }

  /** Takes over the exit that conmon wrote, if it did. */
  #finish(task: Task): void {
    if (task.exit !== null) return;
    const exit = readExitFile(task.bundle, task.record.id);
    if (exit !== undefined) this.#end(task, exit);
  }

  #end(task: Task, exit: Omit<TaskExit, "oomKilled">): void {
    task.exit = { ...exit, oomKilled: existsSync(join(task.bundle, "oom")) || this.#cgroups.oomKills(exit.id) > 0 };
    if (task.exit.oomKilled) this.#noteOutOfMemory(task);
    this.#exits.fire(task.exit);
  }

  #noteOutOfMemory(task: Task): void {
    if (task.oomSeen) return;
    task.oomSeen = true;
    this.#memory.fire(task.record.id);
  }

  /** conmon died without writing an exit code: nobody reads the container's output any more, so it ends as if killed. */
  async #lost(task: Task): Promise<void> {
    const { id, live } = task.record;
    const { pid, startTime } = live!.process;
    signalProcess(pid, startTime, SIGKILL);
    this.#cgroups.signalAll(id, SIGKILL);
    void adoptOrphan(pid);
    for (let round = 0; isAlive(pid, startTime) && round < 500; round++) await sleep(10);
    if (task.exit === null) this.#end(task, { id, exitCode: 128 + SIGKILL, exitedAt: new Date() });
  }

  async #killAndWait(task: Task): Promise<void> {
    const { id, live } = task.record;
    const ended = new Promise<void>((resolve) => {
      const subscription = this.#exits.event((exit) => {
        if (exit.id !== id) return;
        subscription[Symbol.dispose]();
        resolve();
      });
    });
    signalProcess(live!.process.pid, live!.process.startTime, SIGKILL);
    this.#cgroups.signalAll(id, SIGKILL);
    // A frozen process dies only when it thaws.
    if (this.#cgroups.isFrozen(id)) await this.#cgroups.freeze(id, false);
    const patience = new AbortController();
    if (task.exit === null) await Promise.race([ended, sleep(KILL_TIMEOUT, patience.signal).catch(() => {})]);
    patience.abort();
    if (task.exit === null) throw new EngineError("deadlineExceeded", `container ${id} did not end within ${KILL_TIMEOUT / 1000} seconds of being killed`);
  }

  /** Removes everything of a task that the kernel and the disk know. */
  async #clear(id: ContainerId): Promise<void> {
    await this.#cgroups.remove(id);
    rmSync(join(this.#stateRoot, id), { recursive: true, force: true });
    const task = this.#tasks.get(id);
    this.#tasks.delete(id);
    task?.stopWatching();
    clearBundle(this.bundlePath(id));
  }

  /** A create that an engine before us did not finish: what still works on it goes, and all it made. */
  async #abandon(id: ContainerId): Promise<void> {
    for (let round = 0; round < 500; round++) {
      const makers = findMakers(this.bundlePath(id)).filter((pid) => signalProcess(pid, undefined, SIGKILL));
      if (makers.length === 0) break;
      await sleep(10);
    }
    await run(this.#host.runtime, [...this.#host.runtimeArgs, "delete", "--force", id], { env: { ...TOOL_ENVIRONMENT }, timeoutMs: 60_000 });
    await this.#clear(id);
  }

  #processes(task: Task): number[] {
    const { id, live } = task.record;
    return this.#cgroups.processes(id) ?? processesOfNamespace(live!.process.pid);
  }

  #stateOf(task: Task): TaskState {
    const { record, exit } = task;
    const startedAt = record.startedAt === null ? null : new Date(record.startedAt);
    if (exit !== null) return { status: "stopped", pid: 0, startedAt, exit };
    const status = startedAt === null ? "created" : this.#cgroups.isFrozen(record.id) ? "paused" : "running";
    return { status, pid: record.live!.process.pid, startedAt, exit: null };
  }

  #gatePath(id: ContainerId): string {
    return join(this.#stateRoot, id, "exec.fifo");
  }

  #task(id: ContainerId): Task {
    const task = this.#tasks.get(id);
    if (task === undefined) throw new EngineError("notFound", `container ${id} is not running`);
    return task;
  }

  #running(id: ContainerId): Task {
    const task = this.#task(id);
    if (task.exit !== null) throw new EngineError("notFound", `container ${id} is not running`);
    return task;
  }
}

function processId(pid: number): ProcessId {
  // A process that has ended already has no start time: 0 matches none.
  return { pid, startTime: processStartTime(pid) ?? 0 };
}

function stateRootOf(run: string): string {
  return join(run, "oci");
}
