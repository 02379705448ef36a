import type { Event } from "../base/events.ts";
import type { IoOptions } from "../base/abort.ts";
import type { ContainerId, ExecId } from "../base/ids.ts";

/**
 * Drives OCI runtimes (runc, crun) under conmon.
 *
 * One conmon per container owns its stdio, its log file and its exit code, so a container survives the engine. The engine
 * learns of an exit from conmon's exit file (inotify), never by polling. `bundle` directories hold config.json, conmon's pid file,
 * exit file and attach socket; they lie on a tmpfs (`--run`), so a reboot forgets them, as it should.
 */

/** A config.json (OCI runtime specification 1.0), typed as far as the engine writes it; see runtime/spec-types.ts. */
export type { RuntimeSpec } from "./spec-types.ts";
import type { RuntimeSpec, SpecProcess } from "./spec-types.ts";

export interface CreateTask {
  readonly id: ContainerId;
  readonly spec: RuntimeSpec;
  /** conmon's log file (k8s-file format); null keeps no log. */
  readonly logPath: string | null;
  readonly tty: boolean;
  /** Keep stdin open (docker's OpenStdin); `stdinOnce` closes it when the first attached client leaves. */
  readonly openStdin: boolean;
  readonly stdinOnce: boolean;
}

export interface TaskExit {
  readonly id: ContainerId;
  /** 0 to 255; 128+n for signal n. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  readonly exitedAt: Date;
}

export interface TaskState {
  readonly status: "created" | "running" | "paused" | "stopped";
  /** Pid in the engine's pid namespace; 0 when stopped. */
  readonly pid: number;
  readonly startedAt: Date | null;
  readonly exit: TaskExit | null;
}

/** A client's connection to the stdio of a task or of an exec. Byte streams with back-pressure. */
export interface StdioAttachment {
  /** Demultiplexed output in order of arrival; a TTY has `stdout` only. Ends when the process has ended and all output was delivered. */
  readonly output: AsyncIterable<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }>;
  /** @throws EngineError `conflict` when stdin is not open */
  writeStdin(chunk: Uint8Array): Promise<void>;
  closeStdin(): Promise<void>;
  /** Leaves; the process goes on. */
  detach(): void;
}

export interface ExecProcess {
  readonly execId: ExecId;
  readonly process: SpecProcess;
  readonly tty: boolean;
  readonly openStdin: boolean;
}

export interface RunningExec {
  readonly pid: number;
  /** The attachment made before the process started, so that no byte is lost; null when detached was asked. */
  readonly stdio: StdioAttachment | null;
  readonly exited: Promise<number>;
  resize(columns: number, rows: number): Promise<void>;
}

/** Counters of one moment; field meaning as in the Docker API's stats. All bytes and nanoseconds. */
export interface TaskStats {
  readonly readAt: Date;
  readonly cpu: { readonly totalNs: number; readonly userNs: number; readonly systemNs: number; readonly throttledPeriods: number; readonly periods: number; readonly throttledNs: number };
  readonly memory: { readonly usage: number; readonly limit: number; readonly maxUsage: number; readonly stats: Readonly<Record<string, number>> };
  readonly pids: { readonly current: number; readonly limit: number };
  readonly blockIo: readonly { readonly major: number; readonly minor: number; readonly op: "read" | "write"; readonly bytes: number; readonly operations: number }[];
  readonly networks: Readonly<Record<string, { readonly rxBytes: number; readonly rxPackets: number; readonly rxErrors: number; readonly rxDropped: number; readonly txBytes: number; readonly txPackets: number; readonly txErrors: number; readonly txDropped: number }>>;
}

/** cgroup values to change on a live task; undefined leaves as is. Bytes, shares and microseconds as in the OCI runtime specification. */
export interface ResourceUpdate {
  readonly memory?: { readonly limit?: number; readonly swap?: number; readonly reservation?: number } | undefined;
  readonly cpu?: { readonly shares?: number; readonly quota?: number; readonly period?: number; readonly cpus?: string; readonly mems?: string } | undefined;
  readonly pidsLimit?: number | undefined;
  readonly blockIoWeight?: number | undefined;
}

/** What this host's cgroups and kernel allow, found by probing once. */
export interface RuntimeCapabilities {
  readonly runtime: "runc" | "crun";
  readonly runtimeVersion: string;
  readonly conmonVersion: string;
  readonly cgroupVersion: 1 | 2;
  /** `systemd` is reported for docker info only; the engine writes cgroupfs itself below a delegated parent. `none`: no writable cgroup at all. */
  readonly cgroupDriver: "cgroupfs" | "none";
  readonly controllers: ReadonlySet<"cpu" | "cpuset" | "memory" | "pids" | "blkio" | "devices" | "freezer">;
  /** The engine's own bounding set, names like CAP_CHOWN. */
  readonly capabilities: ReadonlySet<string>;
  readonly seccomp: boolean;
  readonly apparmor: boolean;
  readonly rootless: boolean;
  /** Whether swap can be limited apart from memory. */
  readonly swapLimit?: boolean;
  /** Whether the block I/O scheduler takes weights. */
  readonly blockIoWeight?: boolean;
}

export interface Runtime {
  readonly capabilities: RuntimeCapabilities;
  /** Tells that a process will soon be created or executed, which is then faster. */
  expectProcess(): void;
  /**
   * Runs conmon and the OCI runtime's create; the process waits at the gate. Attach before `start` to lose nothing.
   * @throws EngineError `commandNotFound`, `commandNotExecutable`, `invalidArgument`, `internal` with the runtime's own sentence
   */
  create(task: CreateTask, options?: IoOptions): Promise<{ readonly pid: number }>;
  /** Opens the gate. @throws EngineError as create */
  start(id: ContainerId): Promise<void>;
  /** The network namespace path of a created task (`/proc/<pid>/ns/net`), for joining. */
  state(id: ContainerId): Promise<TaskState | null>;
  /** Signal to the first process, or to `all` in its cgroup. @throws EngineError `notFound` when it has ended */
  kill(id: ContainerId, signal: number, all?: boolean): Promise<void>;
  pause(id: ContainerId): Promise<void>;
  resume(id: ContainerId): Promise<void>;
  update(id: ContainerId, resources: ResourceUpdate): Promise<void>;
  resize(id: ContainerId, columns: number, rows: number): Promise<void>;
  /** @throws EngineError `notFound` when it is not there */
  attach(id: ContainerId, options?: { readonly stdin?: boolean }): Promise<StdioAttachment>;
  exec(id: ContainerId, exec: ExecProcess, options?: IoOptions & { readonly detached?: boolean }): Promise<RunningExec>;
  /** Pids of every process in the task's cgroup. */
  processes(id: ContainerId): Promise<readonly number[]>;
  stats(id: ContainerId): Promise<TaskStats>;
  /**
   * Processor time that all processes of a task have used so far, in nanoseconds; also of one that has ended and is not deleted. Null where control groups do
   * not tell. @throws EngineError `notFound`
   */
  cpuTime(id: ContainerId): Promise<number | null>;
  /** Removes every trace of a stopped (or, with `force`, running) task: runtime state, cgroup, bundle. Idempotent. */
  delete(id: ContainerId, options?: { readonly force?: boolean }): Promise<void>;
  /** Tasks that exist on this machine under this run directory, whoever started them: for adoption at start-up. Exits that happened meanwhile are in their state. */
  adopt(): Promise<ReadonlyMap<ContainerId, TaskState>>;
  /** Asks conmon to reopen its log file after a rotation. */
  reopenLog(id: ContainerId): Promise<void>;
  /** Fires once per task, also for tasks adopted. */
  readonly onDidExit: Event<TaskExit>;
  /** Fires on each out-of-memory kill inside the task's cgroup. */
  readonly onDidRunOutOfMemory: Event<ContainerId>;
  /** Stops watching; tasks go on. */
  close(): Promise<void>;
}
