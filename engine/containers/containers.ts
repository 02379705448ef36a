import type { IoOptions } from "../base/abort.ts";
import type { ContainerId, Digest, ExecId } from "../base/ids.ts";
import type { Endpoint, PublishedPort } from "../networks/networks.ts";
import type { OpenTree } from "../files/files.ts";
import type { LogQuery, LogSearch } from "../logs/logs.ts";
import type { TaskStats } from "../runtime/runtime.ts";
import type { Change } from "../snapshots/snapshots.ts";
import type { ContainerRow } from "../store/containers.ts";
import type { ContainerConfig, CreateRequest, EndpointRequest, HostConfig, RestartPolicy } from "./config.ts";
import type { StartRecord } from "./start-trace.ts";
import type { ContainerState } from "./state.ts";

/**
 * Containers: what the user asked for (config), what is true now (state), and the steps between. SPEC.md has the state machine's rules.
 *
 * A container is known by its id, a unique prefix of it, or its name. Operations on one container never interleave: each container has
 * a queue. A state that was reported (an answer, an event) is in the database first. Whatever fails undoes what it had begun.
 */
export interface ContainerRecord {
  readonly id: ContainerId;
  /** Without the leading slash. */
  name: string;
  readonly createdAt: Date;
  readonly imageId: Digest;
  readonly platform: string;
  readonly config: ContainerConfig;
  hostConfig: HostConfig;
  /** By network name. */
  endpoints: Readonly<Record<string, EndpointRequest>>;
  /** It was disconnected from the network of its mode. */
  leftMode?: boolean;
  readonly mounts: readonly MountPoint[];
  /** Path and arguments of the process. */
  readonly args: readonly string[];
  /** What the last reconfiguration replaced; its undo brings it back. */
  previous?: Configuration;
  /** It ran when a reconfiguration began to stop it, or, "starting", to start it with the new configuration, which is on record: an engine that starts meanwhile makes it run again (SPEC RECONFIGURE-2). */
  reconfiguring?: "stopping" | "starting";
  /** The record that is to be, while the kernel is being told of it: an engine that starts meanwhile finishes (SPEC LIVE-1). */
  applying?: ContainerRecord;
}

/** What a reconfiguration changes of a container. */
export interface Configuration extends Pick<ContainerRecord, "config" | "hostConfig" | "endpoints" | "leftMode" | "mounts" | "args"> {
  /** Where the reconfiguration renamed it, too. */
  readonly name?: string;
}

/** One setting that a reconfiguration changes. `live`: at once; `restart`: the container is stopped and started for it; `start`: it does not run, and has it at its next start. */
export interface SettingChange {
  /** The setting's place in inspect: `Config.Env`, `HostConfig.Memory`, `Networks.NAME`; `Name` and `Mounts`. */
  readonly setting: string;
  readonly before: unknown;
  readonly after: unknown;
  readonly effect: "live" | "restart" | "start";
}

export interface Reconfiguration {
  readonly changes: readonly SettingChange[];
  /** Whether the container is stopped and started for it. */
  readonly restarts: boolean;
  readonly warnings: readonly string[];
}

/** How a container is configured: what would create it, and what an undo would change. */
export interface CurrentConfiguration {
  readonly request: CreateRequest;
  readonly undo: Reconfiguration | null;
}

/** A mount of the container, as inspect shows it and as the runtime gets it. */
export interface MountPoint {
  readonly type: "bind" | "volume" | "tmpfs";
  /** Volume name; empty otherwise. */
  readonly name: string;
  /** Path on the host; empty for tmpfs. */
  readonly source: string;
  /** Absolute path in the container. */
  readonly destination: string;
  readonly driver: string;
  /** As the user wrote it: `z`, `ro`, ... */
  readonly mode: string;
  readonly readWrite: boolean;
  readonly propagation: string;
  /** Bind without what is mounted below. */
  readonly nonRecursive: boolean;
  /** A volume that `rm -v` takes along. */
  readonly anonymous: boolean;
  /** Fill the volume with what the image has there. */
  readonly copyUp: boolean;
  /** Path below the volume. */
  readonly subpath: string;
  readonly tmpfs: { readonly sizeBytes?: number | undefined; readonly mode?: number | undefined; readonly options?: string | undefined } | null;
}

/** A container with all that is known of it at this moment. */
export interface ContainerView {
  /** Rises with every change of record and state. */
  readonly revision: number;
  readonly record: ContainerRecord;
  readonly state: Readonly<ContainerState>;
  /** Current addresses and ports; empty while it does not run. */
  readonly endpoints: readonly Endpoint[];
  readonly ports: readonly PublishedPort[];
  readonly execIds: readonly ExecId[];
}

export type WaitCondition = "not-running" | "next-exit" | "removed";

export interface WaitResult {
  readonly exitCode: number;
  readonly error: string;
}

export interface ExecRequest {
  readonly command: readonly string[];
  readonly attachStdin: boolean;
  readonly attachStdout: boolean;
  readonly attachStderr: boolean;
  readonly tty: boolean;
  readonly env: readonly string[];
  readonly user: string;
  readonly workingDirectory: string;
  readonly privileged: boolean;
  readonly detachKeys: string | undefined;
  readonly consoleSize: readonly [height: number, width: number] | undefined;
}

export interface ExecView {
  readonly id: ExecId;
  readonly containerId: ContainerId;
  readonly request: ExecRequest;
  readonly running: boolean;
  readonly exitCode: number | null;
  readonly pid: number;
}

/** What a client wants from an attached stdio, and its side of the connection. */
export interface ClientStreams {
  readonly stdin: AsyncIterable<Uint8Array> | null;
  /** @throws EngineError `cancelled` when the client is gone */
  readonly write: (stream: "stdout" | "stderr", data: Uint8Array) => Promise<void>;
  /** Sends bytes that have the connection's framing already (logs). */
  readonly writeEncoded: (data: Uint8Array) => Promise<void>;
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly tty: boolean;
  /** Bytes that leave; empty never leaves. */
  readonly detachKeys: Uint8Array;
}

export interface CreateOptions extends IoOptions {
  /** Undefined picks a random one. */
  readonly name: string | undefined;
  readonly platform: string | undefined;
}

/** A path in a container, as `docker cp` asks about it. */
export interface PathStat {
  readonly name: string;
  readonly size: number;
  /** Go's os.FileMode bits. */
  readonly mode: number;
  readonly mtime: string;
  readonly linkTarget: string;
}

export interface UpdateRequest extends Pick<HostConfig, "CpuShares" | "Memory" | "MemorySwap" | "MemoryReservation" | "NanoCpus" | "CpuPeriod" | "CpuQuota" | "CpusetCpus" | "CpusetMems" | "PidsLimit" | "BlkioWeight"> {
  readonly RestartPolicy?: RestartPolicy;
}

export interface Containers {
  /** All containers, newest first. */
  list(): readonly ContainerView[];
  /** @throws EngineError `notFound` ("No such container: X"), `invalidArgument` for an ambiguous prefix */
  get(nameOrId: string): ContainerView;
  create(request: CreateRequest, options: CreateOptions): Promise<{ readonly id: ContainerId; readonly warnings: readonly string[] }>;
  /** @throws EngineError `notModified` when it runs, `conflict`, `commandNotFound`, `commandNotExecutable`, `invalidArgument` */
  start(nameOrId: string): Promise<void>;
  /** @param seconds until the kill; negative waits for ever. @throws EngineError `notModified` when it does not run */
  stop(nameOrId: string, options: { readonly signal?: string | undefined; readonly seconds?: number | undefined }): Promise<void>;
  restart(nameOrId: string, options: { readonly signal?: string | undefined; readonly seconds?: number | undefined }): Promise<void>;
  /** @throws EngineError `conflict` when it does not run, `invalidArgument` for an unknown signal */
  kill(nameOrId: string, signal: string | undefined): Promise<void>;
  /** @param options.momentary for a step of the engine's own: a restarted engine lets the container run on. @throws EngineError `conflict` */
  pause(nameOrId: string, options?: { readonly momentary?: boolean }): Promise<void>;
  unpause(nameOrId: string): Promise<void>;
  rename(nameOrId: string, name: string): Promise<void>;
  /** Connects it to one more network, at once if it runs. @throws EngineError `notFound`, `forbidden` when it is on it, `invalidArgument`, `conflict` for an address in use */
  connect(nameOrId: string, network: string, request: EndpointRequest): Promise<void>;
  /** @throws EngineError `notFound` when it is not on that network, `invalidArgument` */
  disconnect(nameOrId: string, network: string): Promise<void>;
  update(nameOrId: string, request: UpdateRequest): Promise<readonly string[]>;
  /** Its last starts since the engine started, the newest last: what took how long, and where one stopped. */
  starts(nameOrId: string): readonly StartRecord[];
  /** The request that would create it as it is now, and what going back would change. */
  configuration(nameOrId: string): CurrentConfiguration;
  /**
   * Gives a container a new configuration over the same writable layer, id, log and anonymous volumes. What cannot be changed live restarts it; when it does not start
   * with the new one, it runs with the old one again. Kill -9 at any moment leaves the one or the other.
   *
   * @param request the whole of it, as for a creation. The image stays; `Image` may be left out
   * @param options.name undefined keeps it
   * @param options.dryRun only says what would change
   * @throws EngineError `invalidArgument`, `conflict` (another image, a paused container that had to restart, a name in use), and what a start throws
   */
  reconfigure(nameOrId: string, request: CreateRequest, options: { readonly name: string | undefined; readonly dryRun: boolean }): Promise<Reconfiguration>;
  /** Brings back what the last reconfiguration replaced; a second undo undoes the first. @throws EngineError `conflict` when there was none */
  undoReconfiguration(nameOrId: string, options: { readonly dryRun: boolean }): Promise<Reconfiguration>;
  remove(nameOrId: string, options: { readonly force: boolean; readonly volumes: boolean }): Promise<void>;
  /**
   * Removes a container for everybody, as `remove` does, but its layer and its log stay where they are, for {@link bringBack}. A crash at any moment leaves the container or what was kept.
   * @param keep records the row, in the transaction that removes it; `volumes` are the anonymous ones that go with it
   */
  setAside(nameOrId: string, options: { readonly force: boolean; readonly volumes: boolean }, keep: (row: ContainerRow, volumes: readonly string[]) => void): Promise<void>;
  /**
   * Makes what was set aside a container again, stopped, named as in `row`, and there to stay: `--rm` no longer holds for it.
   * @param forget drops the record of it, in the transaction that records the container
   * @returns what it will lack when it is started
   * @throws EngineError `conflict` for a name in use, `invalidArgument` for a bad one, `dataLoss` when its layer is gone
   */
  bringBack(row: ContainerRow, forget: () => void): readonly string[];
  /** Removes the layer and the log of what was set aside, whose record is gone. */
  discard(id: ContainerId): Promise<void>;
  /** Bytes that {@link discard} would free. */
  keptSize(id: ContainerId, options?: IoOptions): Promise<number>;
  /** Subscribes at once: what happens after this call is seen, however late the promise is awaited. */
  wait(nameOrId: string, condition: WaitCondition, options?: IoOptions): Promise<WaitResult>;
  resize(nameOrId: string, columns: number, rows: number): Promise<void>;
  top(nameOrId: string, psArguments: string): Promise<{ readonly titles: readonly string[]; readonly processes: readonly (readonly string[])[] }>;
  /** null when it does not run. */
  stats(nameOrId: string): Promise<TaskStats | null>;
  logs(nameOrId: string, query: Omit<LogQuery, "framing">, options?: IoOptions): AsyncIterable<Uint8Array>;
  /** Searches the whole log: batches of `LogSearchEvent` as JSON lines. @throws EngineError `invalidArgument`, `notImplemented` */
  searchLogs(nameOrId: string, query: LogSearch, options?: IoOptions): AsyncIterable<Uint8Array>;
  /** Connects a client to the container's stdio; resolves when the output has ended or the client left. */
  attach(nameOrId: string, client: ClientStreams, wanted: { readonly logs: boolean; readonly stream: boolean }, options?: IoOptions): Promise<void>;
  execCreate(nameOrId: string, request: ExecRequest): ExecId;
  /** Runs an exec; resolves when its output has ended, or at once when `client` is null. */
  execStart(id: string, client: ClientStreams | null, options?: IoOptions): Promise<void>;
  execInspect(id: string): ExecView;
  execResize(id: string, columns: number, rows: number): Promise<void>;
  changes(nameOrId: string, options?: IoOptions): Promise<readonly Change[]>;
  exportTar(nameOrId: string, options?: IoOptions): AsyncIterable<Uint8Array>;
  pathStat(nameOrId: string, path: string): Promise<PathStat>;
  readArchive(nameOrId: string, path: string, options?: IoOptions): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }>;
  writeArchive(nameOrId: string, path: string, tar: AsyncIterable<Uint8Array>, options: IoOptions & { readonly keepDirectories: boolean; readonly copyOwner: boolean }): Promise<void>;
  /** Its files, open for one reading operation; the signal aborts when the container ends. */
  openFiles(nameOrId: string): Promise<OpenTree & { readonly signal: AbortSignal }>;
  /** Runs `work` on its files, open for writing. A stopped container does not start meanwhile. @throws EngineError `forbidden` when one of `paths` is read-only */
  changeFiles<T>(nameOrId: string, paths: readonly string[], work: (tree: OpenTree & { readonly signal: AbortSignal }) => Promise<T>): Promise<T>;
  /** Gives a path the image's version back: by dropping it from the container's layer, or by a copy when the container runs. @throws EngineError `conflict`, `notFound` */
  revertFile(nameOrId: string, path: string, options?: IoOptions): Promise<"dropped" | "copied">;
  /** Bytes written by the container, and those plus its image's. */
  size(nameOrId: string, options?: IoOptions): Promise<{ readonly written: number; readonly rootfs: number }>;
  prune(keep: (view: ContainerView) => boolean, options?: IoOptions): Promise<{ readonly removed: readonly ContainerId[]; readonly freedBytes: number }>;
}
