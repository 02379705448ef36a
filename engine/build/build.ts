import type { AsyncDisposable } from "../base/disposable.ts";
import type { IoOptions } from "../base/abort.ts";
import type { Digest } from "../base/ids.ts";
import type { Platform } from "../oci/descriptor.ts";
import type { RegistryCredentials } from "../registry/registry.ts";
import type { BuildEvent, BuildForecast, BuildRecord } from "./events.ts";
import type { ContextTree } from "./files/files.ts";

export type { BuildEvent, BuildForecast, BuildRecord, CacheReason, ForecastStep, StepInfo, StepOutcome, StepStatistics } from "./events.ts";

/**
 * Builds: a context and a Dockerfile become an image.
 *
 * A build plans its stages (`dockerfile/plan`), runs the steps that the target needs, independent stages at the same time, and looks each step up in
 * the cache first. A step's *key* is made of the key of what it stands on, of what it does, and of the digests of the files it reads; equal keys
 * mean equal results. A finished step is a committed snapshot and a cache record, at once and for good: a crash, a failure or a
 * cancellation later in the build costs none of it. Layers become tars, digests and blobs only when an image needs them.
 *
 * `files/`    contexts and other trees that files come from: what a pattern selects, its digest, and copying it
 * `run/`      processes of RUN: root file system, mounts, secrets, network, output
 * `cache/`    keys, records, why a step missed, pruning
 * `graph/`    stages and steps in their order, as many at once as there are processors
 * `export/`   the image: layers, configuration, history
 * `history/`  what was built, how long it took, why; kept with a limit
 */
export interface Builder {
  /**
   * Builds. Resolves with the image; `sink` hears of everything in order.
   * @throws EngineError `invalidArgument` with DockerfileErrorDetails for the Dockerfile; `buildFailed` details for a failed process (see {@link StepFailureDetails});
   * `cancelled`; those of registry and store
   */
  build(request: BuildRequest, sink: BuildSink, options?: IoOptions): Promise<BuildResult>;
  /**
   * Builds what a failed build built again, with an edited Dockerfile when `dockerfile` is given: what it had finished is in the cache, its context and secrets are kept
   * as long as its failed root file system. `credentials` take the place of those it had.
   * @throws EngineError `notFound` when the build kept none, and as {@link build}
   */
  retry(id: string, dockerfile: string | undefined, sink: BuildSink, options?: IoOptions & { readonly credentials?: BuildRequest["credentials"] | undefined }): Promise<BuildResult>;
  /** Which steps would run, and why, without running any. Steps after a miss depend on results nobody has: they are `unknown`. */
  plan(request: BuildRequest, options?: IoOptions): Promise<BuildForecast>;
  /** Builds that run, then those that ended, newest first. */
  history(): readonly BuildRecord[];
  /** By id or unique prefix. @throws EngineError `notFound` */
  record(id: string): BuildRecord;
  /** The events of a build as they were, and with `follow` those to come. */
  events(id: string, options?: IoOptions & { readonly follow?: boolean }): AsyncIterable<BuildEvent>;
  /** Each build that begins, goes on, ends or leaves the history, from now on: what changes faster than it is taken comes once. Ends only with the signal. */
  changes(options?: IoOptions): AsyncIterable<BuildChange>;
  /** Stops a running build. Fine when it has ended. @throws EngineError `notFound` */
  cancel(id: string): void;
  /** Removes an ended build from the history, with its failed root file system. @throws EngineError `notFound`, `conflict` while it runs */
  forget(id: string): Promise<void>;
  /**
   * Opens a process in the root file system of a failed step, as it was when the step failed: same environment, directory, user, mounts.
   * @throws EngineError `notFound` when the build kept none
   */
  openFailed(id: string, request: FailedRootRequest, options?: IoOptions): Promise<FailedRootSession>;
  /** Gives up the root file system that a failed build keeps. @throws EngineError `notFound` */
  dismiss(id: string): Promise<void>;
  cacheRecords(options?: IoOptions): Promise<readonly CacheRecord[]>;
  /** Removes cache records that nothing uses; as `docker builder prune`. */
  pruneCache(request: CachePruneRequest, options?: IoOptions): Promise<{ readonly removed: readonly string[]; readonly freedBytes: number }>;
}

/** Where the context is. The builder owns and disposes what a request brings. */
export type ContextRequest =
  /** No files: COPY from the context finds nothing. */
  | { readonly type: "empty" }
  /** A directory of this machine, read in place. */
  | { readonly type: "directory"; readonly path: string }
  /** A tar, compressed or not, as `docker build` sends it. */
  | {
      readonly type: "tar";
      readonly stream: AsyncIterable<Uint8Array>;
      /** Patterns of what is hidden, for who has read the ignore file already; the tar's own `.dockerignore` counts otherwise. */
      readonly ignore?: readonly string[] | undefined;
    }
  /** A git address, or an address of a tar or of a Dockerfile. */
  | { readonly type: "remote"; readonly url: string }
  /** A context that an earlier build opened. */
  | { readonly type: "open"; readonly tree: ContextTree };

/** Values by id: a Map, or someone who is asked when a step needs one. */
export interface Lookup<T> {
  get(id: string): T | undefined | Promise<T | undefined>;
}

export interface BuildRequest {
  readonly context: ContextRequest;
  /** A path inside the context (`Dockerfile` unless given), or the text itself. For a `directory` context the path may lie elsewhere on the machine. */
  readonly dockerfile: { readonly path?: string | undefined } | { readonly text: string; /** What messages call it. */ readonly name?: string | undefined };
  /** Name or index of a stage. */
  readonly target?: string | undefined;
  readonly args: Readonly<Record<string, string>>;
  readonly labels: Readonly<Record<string, string>>;
  /** References the image gets. */
  readonly tags: readonly string[];
  readonly platform?: Platform | undefined;
  readonly noCache: boolean;
  /** Ask the registry for newer base images. */
  readonly pull: boolean;
  /** Images whose layers count as results. */
  readonly cacheFrom: readonly string[];
  readonly network: "default" | "none" | "host" | string;
  /** `name:address`. */
  readonly extraHosts: readonly string[];
  readonly limits: BuildLimits;
  /** By id. Values never reach records, logs or layers. */
  readonly secrets: Lookup<Uint8Array>;
  /** Paths of agent sockets by id; `default` is what an ssh mount without id takes. */
  readonly ssh: Lookup<string>;
  /** Allows `RUN --security=insecure`. */
  readonly allowInsecure: boolean;
  /** Credentials by registry host. */
  readonly credentials: (registry: string) => RegistryCredentials | undefined | Promise<RegistryCredentials | undefined>;
  /** Keep a failed step's root file system for {@link Builder.openFailed}. */
  readonly keepFailed: boolean;
  /** What people see in the history; the first tag or the directory's name otherwise. */
  readonly title?: string | undefined;
}

/** Limits of RUN's processes; names and units as in the Docker Engine API's HostConfig. */
export interface BuildLimits {
  readonly Memory?: number | undefined;
  readonly MemorySwap?: number | undefined;
  readonly CpuShares?: number | undefined;
  readonly CpuPeriod?: number | undefined;
  readonly CpuQuota?: number | undefined;
  readonly CpusetCpus?: string | undefined;
  readonly CpusetMems?: string | undefined;
  readonly ShmSize?: number | undefined;
  readonly Ulimits?: readonly { readonly Name: string; readonly Soft: number; readonly Hard: number }[] | undefined;
}

export interface BuildResult {
  readonly buildId: string;
  readonly imageId: Digest;
  readonly tags: readonly string[];
}

export type BuildSink = (event: BuildEvent) => void;

/** Details of the error of a process that failed: the CLI prints `The command '...' returned a non-zero code: N`. */
export interface StepFailureDetails {
  readonly buildFailed: true;
  readonly step: number;
  readonly command: string;
  readonly exitCode: number;
}

export interface BuildChange {
  readonly id: string;
  /** Null when it has left the history. */
  readonly record: BuildRecord | null;
}

export interface FailedRootRequest {
  readonly command: readonly string[];
  readonly tty: boolean;
  readonly openStdin: boolean;
  /** Undefined takes the step's. */
  readonly user?: string | undefined;
  readonly cwd?: string | undefined;
}

/** A process in a failed step's root file system. Disposing ends it. */
export interface FailedRootSession extends AsyncDisposable {
  readonly output: AsyncIterable<{ readonly stream: "stdout" | "stderr"; readonly data: Uint8Array }>;
  writeStdin(chunk: Uint8Array): Promise<void>;
  closeStdin(): Promise<void>;
  resize(columns: number, rows: number): Promise<void>;
  readonly exited: Promise<number>;
}

export interface CacheRecord {
  readonly id: string;
  readonly type: "layer" | "cacheMount";
  /** The step it came from: `RUN make`, or the cache mount's target. */
  readonly description: string;
  /** In bytes. */
  readonly size: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly uses: number;
  readonly inUse: boolean;
  /** An image has the same layer: pruning the record frees nothing. */
  readonly shared: boolean;
  readonly parentId: string | null;
}

export interface CachePruneRequest {
  /** Also what an image shares or a later step stands on. */
  readonly all: boolean;
  /** Bytes of cache to keep; the least recently used go first. */
  readonly keepBytes?: number | undefined;
  /** Only records not used since then; in milliseconds since the epoch. */
  readonly unusedSince?: number | undefined;
  readonly ids?: readonly string[] | undefined;
}
