import type { AsyncDisposable } from "../../base/disposable.ts";
import type { IoOptions } from "../../base/abort.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import type { RunOperation } from "../../dockerfile/plan/steps.ts";
import type { BuildLimits, FailedRootRequest, FailedRootSession, Lookup } from "../build.ts";

/**
 * Processes of RUN. Each runs under the same runtime, with the same default capabilities, seccomp profile and network as a container, in a writable
 * snapshot of its own on the step before. What the engine needs inside while the process runs (mount points, /etc/hosts, resolv.conf, secrets) is
 * gone from the layer afterwards, the times of directories above it included. A run that ends in any way but with exit code 0, or that is
 * cancelled, leaves no process, mount, namespace, address or file, unless its root is kept on purpose.
 */
export interface StepRunner {
  /**
   * Runs the process to its end. Resolves when all its output was taken.
   * @throws EngineError `invalidArgument` (unknown user, missing secret that is required, mount target that leaves the root), `commandNotFound`,
   * `commandNotExecutable`, `cancelled`, or what `onOutput` fails with; nothing is then left, and with a message that names what was wrong
   */
  run(request: RunRequest, options?: IoOptions): Promise<RunResult>;
  /** Removes what a crash left: tasks, mounts, writable snapshots of steps. Called once at start-up, before the first run. */
  recover(): Promise<void>;
  /** Ends what runs, drops roots that were neither committed nor disposed, and resolves when nothing is left of any. Before the runtime is closed. */
  close(): Promise<void>;
}

export interface RunRequest {
  /** The snapshot of the step before; null on an empty root. */
  readonly parent: SnapshotKey | null;
  readonly operation: RunOperation;
  /** Host paths that bind mounts show and new caches are filled from, by index in `operation.mounts`: never written to. They stay until the root ends. */
  readonly sources: ReadonlyMap<number, string>;
  /** What a cache is filled from, by index in `operation.mounts`: as in Docker, another origin makes another cache. */
  readonly cacheOrigins?: ReadonlyMap<number, string> | undefined;
  /** Of the build; the operation's own wins. */
  readonly network: "default" | "none" | "host";
  /** `buildkitsandbox` unless given, as in Docker: it may end up in what is built, and so never differs. */
  readonly hostname?: string | undefined;
  /** `name:address`. */
  readonly extraHosts: readonly string[];
  readonly limits: BuildLimits;
  readonly secrets: Lookup<Uint8Array>;
  /** Agent sockets by id. */
  readonly ssh: Lookup<string>;
  /** No file of the layer has a time after this one, in seconds since the epoch (SOURCE_DATE_EPOCH). */
  readonly latestTime: number | undefined;
  /** Output as it comes; a promise holds the process back. */
  readonly onOutput: (stream: "stdout" | "stderr", data: Uint8Array) => void | Promise<void>;
}

export interface RunResult {
  /** 0 to 255; 128+n for signal n. */
  readonly exitCode: number;
  readonly oomKilled: boolean;
  /** Processor time of all its processes in milliseconds, without the runtime's own; null where control groups do not tell. */
  readonly cpuMs: number | null;
  /** To be committed or disposed. */
  readonly root: StepRoot;
}

/**
 * The root file system that a process has left, without mount points that only the engine made: the layer has what the process did. Disposing drops it
 * with all mounts, and ends what runs in it.
 */
export interface StepRoot extends AsyncDisposable {
  /**
   * Makes the changes a committed snapshot named `key`; an equal one that exists wins. Returns the layer's size in bytes. Ends the root, also when it fails.
   * @throws EngineError `conflict` when it has ended, or a session runs in it; `cancelled`
   */
  commit(key: SnapshotKey, options?: IoOptions): Promise<{ readonly bytes: number }>;
  /**
   * Starts another process in the same surroundings, with the same secrets; several may run. Waits for locked caches as a step does.
   * @throws EngineError `conflict` when the root has ended; as {@link StepRunner.run}
   */
  open(request: FailedRootRequest, options?: IoOptions): Promise<FailedRootSession>;
}

/** A persistent directory of `RUN --mount=type=cache`. */
export interface CacheMountInfo {
  /** Stable. Mounts have the same directory when they agree in id, owner, mode and what it is filled from. */
  readonly key: string;
  readonly id: string;
  /** Milliseconds since the epoch. */
  readonly createdAt: number;
  readonly lastUsedAt: number;
  /** Runs that used it. */
  readonly uses: number;
  readonly inUse: boolean;
}

/**
 * Directories of cache mounts: they outlive builds and are locked as `sharing` says: `shared` by any number, `locked` by one at a time,
 * `private` by one, others get a directory of their own.
 */
export interface CacheMounts {
  list(): readonly CacheMountInfo[];
  /** Bytes on disk. */
  usage(key: string, options?: IoOptions): Promise<number>;
  /** @throws EngineError `conflict` when a run uses it, `notFound` */
  remove(key: string): Promise<void>;
}
