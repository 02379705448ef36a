import { EngineError } from "../base/errors.ts";
import type { IoOptions } from "../base/abort.ts";
import type { ContainerId, ExecId } from "../base/ids.ts";
import type { LogQuery, LogSearch } from "../logs/logs.ts";
import type { TaskStats } from "../runtime/runtime.ts";
import type { Change } from "../snapshots/snapshots.ts";
import type { ContainerRow } from "../store/containers.ts";
import { attachContainer } from "./attach.ts";
import { exportRoot, readArchive, statPath, writeArchive } from "./archive.ts";
import type { CreateRequest, EndpointRequest } from "./config.ts";
import type { Container, ExecSession } from "./container.ts";
import type { ClientStreams, ContainerView, Containers, CreateOptions, CurrentConfiguration, ExecRequest, ExecView, PathStat, Reconfiguration, UpdateRequest, WaitCondition, WaitResult } from "./containers.ts";
import { announce, saveRecord, type ContainerDependencies, type Context } from "./context.ts";
import { createContainer, snapshotKey } from "./create.ts";
import { ContainerDirectory } from "./directory.ts";
import { createExec, resizeExec, startExec, viewExec } from "./exec.ts";
import { handleExit } from "./exits.ts";
import { changeFiles, openFiles, revertFile, type ContainerTree } from "./file-tree.ts";
import { withoutMountPoints } from "./mount-points.ts";
import { connectContainer, disconnectContainer } from "./networking.ts";
import { parseName } from "./names.ts";
import { configurationOf, reconfigureContainer, undoReconfiguration, type ReconfigureOptions } from "./reconfigure.ts";
import { recoverContainers } from "./recover.ts";
import { removeContainer, removeResources, type RemoveOptions } from "./remove.ts";
import { bringBackContainer, keptSize, setAsideContainer } from "./set-aside.ts";
import { makeInitLayer } from "./rootfs.ts";
import { startContainer } from "./start.ts";
import type { StartRecord } from "./start-trace.ts";
import { cancelRestart } from "./teardown.ts";
import { isAlive } from "./state.ts";
import { killContainer, pauseContainer, restartContainer, stopContainer, unpauseContainer, type PauseOptions, type StopOptions } from "./stop.ts";
import { listProcesses } from "./top.ts";
import { updateContainer } from "./update.ts";

/** One empty list for all, so that an unchanged view is seen to be one. */
const NONE: readonly never[] = [];

/** {@link Containers} over the engine's other domains. */
export class ContainerService implements Containers {
  readonly #context: Context;
  readonly #closing = new AbortController();
  readonly #sessions = new Map<ExecId, ExecSession>();
  readonly #subscriptions: Disposable[] = [];

  private constructor(dependencies: ContainerDependencies) {
    const context: Context = {
      ...dependencies,
      directory: new ContainerDirectory(),
      closing: this.#closing.signal,
      onExit: (container, exit) => handleExit(context, container, exit),
    };
    this.#context = context;
  }

  /** Loads the containers and reconciles them with the machine; restart policies begin to act. */
  static async open(dependencies: ContainerDependencies): Promise<ContainerService> {
    const service = new ContainerService(dependencies);
    const context = service.#context;
    service.#subscriptions.push(
      dependencies.runtime.onDidExit((exit) => {
        const container = context.directory.byId(exit.id);
        if (container !== undefined) handleExit(context, container, exit);
      }),
      dependencies.runtime.onDidRunOutOfMemory((id) => {
        const container = context.directory.byId(id);
        if (container !== undefined) announce(context, container, "oom");
      }),
    );
    makeInitLayer(context.root);
    await recoverContainers(context);
    return service;
  }

  /** Stops restarting and probing; containers go on. Resolves when clean-ups under way are done. */
  async close(): Promise<void> {
    this.#closing.abort();
    for (const subscription of this.#subscriptions) subscription[Symbol.dispose]();
    for (const container of this.#context.directory.all()) {
      cancelRestart(container);
      container.healthMonitor?.[Symbol.dispose]();
    }
    await Promise.all(this.#context.directory.all().map((container) => container.teardown));
  }

  list(): readonly ContainerView[] {
    return this.#context.directory.all().map((container) => this.#view(container));
  }

  get(nameOrId: string): ContainerView {
    return this.#view(this.#find(nameOrId));
  }

  #withLog(nameOrId: string): Container {
    const container = this.#find(nameOrId);
    if (container.record.hostConfig.LogConfig?.Type === "none") throw new EngineError("notImplemented", "configured logging driver does not support reading");
    return container;
  }

  #find(nameOrId: string): Container {
    return this.#context.directory.find(nameOrId);
  }

  #view(container: Container): ContainerView {
    const sandbox = isAlive(container.state) ? this.#context.networks.sandbox(container.id) : null;
    return { revision: container.revision, record: container.record, state: container.state, endpoints: sandbox?.endpoints ?? NONE, ports: sandbox?.ports ?? NONE, execIds: [...container.execs.keys()] };
  }

  create(request: CreateRequest, options: CreateOptions): Promise<{ readonly id: ContainerId; readonly warnings: readonly string[] }> {
    return createContainer(this.#context, request, options);
  }

  start(nameOrId: string): Promise<void> {
    return this.#queued(nameOrId, async (container) => {
      container.restartDelayMs = 0;
      await startContainer(this.#context, container, false);
    }).catch(async (error: unknown) => {
      await this.#removeAfterFailedStart(nameOrId, error);
      throw error;
    });
  }

  /** A container of `--rm` that cannot start goes, as its exit would have made it go. */
  async #removeAfterFailedStart(nameOrId: string, error: unknown): Promise<void> {
    const container = this.#context.directory.byId(nameOrId) ?? (error instanceof EngineError && error.code !== "notFound" ? this.#find(nameOrId) : undefined);
    if (container === undefined || container.record.hostConfig.AutoRemove !== true || isAlive(container.state)) return;
    await container.queue.run(() => removeContainer(this.#context, container, { force: true, volumes: true }));
  }

  stop(nameOrId: string, options: StopOptions): Promise<void> {
    return this.#queued(nameOrId, (container) => stopContainer(this.#context, container, options));
  }

  restart(nameOrId: string, options: StopOptions): Promise<void> {
    return this.#queued(nameOrId, (container) => restartContainer(this.#context, container, options));
  }

  kill(nameOrId: string, signal: string | undefined): Promise<void> {
    return killContainer(this.#context, this.#find(nameOrId), signal);
  }

  pause(nameOrId: string, options: PauseOptions = {}): Promise<void> {
    return this.#queued(nameOrId, (container) => pauseContainer(this.#context, container, options));
  }

  unpause(nameOrId: string): Promise<void> {
    return this.#queued(nameOrId, (container) => unpauseContainer(this.#context, container));
  }

  rename(nameOrId: string, newName: string): Promise<void> {
    return this.#queued(nameOrId, async (container) => {
      if (newName === "") throw new EngineError("invalidArgument", "Neither old nor new names may be empty");
      const name = parseName(newName);
      const oldName = container.record.name;
      if (name === oldName) throw new EngineError("invalidArgument", "Renaming a container with the same name as its current name");
      this.#context.directory.reserveName(name, container.id);
      container.record.name = name;
      saveRecord(this.#context, container);
      this.#context.directory.releaseName(oldName, container.id);
      await this.#context.networks.rename(container.id, name);
      announce(this.#context, container, "rename", { oldName: `/${oldName}` });
    });
  }

  connect(nameOrId: string, network: string, request: EndpointRequest): Promise<void> {
    return this.#queued(nameOrId, (container) => connectContainer(this.#context, container, network, request));
  }

  disconnect(nameOrId: string, network: string): Promise<void> {
    return this.#queued(nameOrId, (container) => disconnectContainer(this.#context, container, network));
  }

  update(nameOrId: string, request: UpdateRequest): Promise<readonly string[]> {
    return this.#queued(nameOrId, (container) => updateContainer(this.#context, container, request));
  }

  starts(nameOrId: string): readonly StartRecord[] {
    return this.#find(nameOrId).starts;
  }

  configuration(nameOrId: string): CurrentConfiguration {
    return configurationOf(this.#context, this.#find(nameOrId));
  }

  reconfigure(nameOrId: string, request: CreateRequest, options: ReconfigureOptions): Promise<Reconfiguration> {
    return this.#queued(nameOrId, (container) => reconfigureContainer(this.#context, container, request, options));
  }

  undoReconfiguration(nameOrId: string, options: ReconfigureOptions): Promise<Reconfiguration> {
    return this.#queued(nameOrId, (container) => undoReconfiguration(this.#context, container, options));
  }

  async remove(nameOrId: string, options: RemoveOptions): Promise<void> {
    const container = this.#find(nameOrId);
    // The kill goes past the queue: a stop with a long time-out may be waiting in it.
    if (options.force && isAlive(container.state)) await killContainer(this.#context, container, "KILL").catch(() => undefined);
    await container.queue.run(() => removeContainer(this.#context, container, options));
    for (const id of container.execs.keys()) this.#sessions.delete(id);
  }

  async setAside(nameOrId: string, options: RemoveOptions, keep: (row: ContainerRow, volumes: readonly string[]) => void): Promise<void> {
    const container = this.#find(nameOrId);
    // The end of it is not one after which `--rm` or a restart policy acts.
    if (options.force) container.restarting = true;
    try {
      if (options.force && isAlive(container.state)) await killContainer(this.#context, container, "KILL").catch(() => undefined);
      await container.queue.run(() => setAsideContainer(this.#context, container, options, keep));
    } finally {
      if (options.force) container.restarting = false;
    }
    for (const id of container.execs.keys()) this.#sessions.delete(id);
  }

  bringBack(row: ContainerRow, forget: () => void): readonly string[] {
    return bringBackContainer(this.#context, row, forget);
  }

  discard(id: ContainerId): Promise<void> {
    return removeResources(this.#context, id);
  }

  keptSize(id: ContainerId, options: IoOptions = {}): Promise<number> {
    return keptSize(this.#context, id, options);
  }

  async wait(nameOrId: string, condition: WaitCondition, options: IoOptions = {}): Promise<WaitResult> {
    const container = this.#find(nameOrId);
    const ended = !isAlive(container.state) && container.state.status !== "restarting";
    if (condition === "removed") await container.reached(["removed"], options.signal);
    else if (condition === "next-exit" || !ended) await container.reached(["exited", "removed"], options.signal);
    // Why a start failed is the answer to the start; a wait tells it only of the past.
    return { exitCode: container.state.exitCode, error: condition === "not-running" ? container.state.error : "" };
  }

  async resize(nameOrId: string, columns: number, rows: number): Promise<void> {
    const container = this.#find(nameOrId);
    if (!isAlive(container.state)) throw new EngineError("conflict", `container ${container.id} is not running`);
    await this.#context.runtime.resize(container.id, columns, rows);
    announce(this.#context, container, "resize", { height: String(rows), width: String(columns) });
  }

  top(nameOrId: string, psArguments: string): Promise<{ readonly titles: readonly string[]; readonly processes: readonly (readonly string[])[] }> {
    return listProcesses(this.#context, this.#find(nameOrId), psArguments);
  }

  async stats(nameOrId: string): Promise<TaskStats | null> {
    const container = this.#find(nameOrId);
    return isAlive(container.state) ? this.#context.runtime.stats(container.id) : null;
  }

  logs(nameOrId: string, query: Omit<LogQuery, "framing">, options: IoOptions = {}): AsyncIterable<Uint8Array> {
    const container = this.#withLog(nameOrId);
    return this.#context.logs.read(container.id, { ...query, follow: query.follow && (isAlive(container.state) || container.state.status === "restarting"), framing: container.record.config.Tty ? "raw" : "multiplexed" }, options);
  }

  searchLogs(nameOrId: string, query: LogSearch, options: IoOptions = {}): AsyncIterable<Uint8Array> {
    return this.#context.logs.search(this.#withLog(nameOrId).id, query, options);
  }

  attach(nameOrId: string, client: ClientStreams, wanted: { readonly logs: boolean; readonly stream: boolean }, options: IoOptions = {}): Promise<void> {
    return attachContainer(this.#context, this.#find(nameOrId), client, wanted, options);
  }

  execCreate(nameOrId: string, request: ExecRequest): ExecId {
    return createExec(this.#context, this.#sessions, this.#find(nameOrId), request);
  }

  execStart(id: string, client: ClientStreams | null, options: IoOptions = {}): Promise<void> {
    return startExec(this.#context, this.#session(id), client, options);
  }

  execInspect(id: string): ExecView {
    return viewExec(this.#session(id));
  }

  async execResize(id: string, columns: number, rows: number): Promise<void> {
    await resizeExec(this.#session(id), columns, rows);
  }

  #session(id: string): ExecSession {
    const session = this.#sessions.get(id as ExecId);
    if (session === undefined) throw new EngineError("notFound", `No such exec instance: ${id}`);
    return session;
  }

  async changes(nameOrId: string, options: IoOptions = {}): Promise<readonly Change[]> {
    return withoutMountPoints(await this.#context.snapshots.changes(snapshotKey(this.#find(nameOrId).id), options));
  }

  exportTar(nameOrId: string, options: IoOptions = {}): AsyncIterable<Uint8Array> {
    return exportRoot(this.#context, this.#find(nameOrId), options);
  }

  pathStat(nameOrId: string, path: string): Promise<PathStat> {
    return statPath(this.#context, this.#find(nameOrId), path);
  }

  readArchive(nameOrId: string, path: string, options: IoOptions = {}): Promise<{ readonly stat: PathStat; readonly tar: AsyncIterable<Uint8Array> }> {
    return readArchive(this.#context, this.#find(nameOrId), path, options);
  }

  writeArchive(nameOrId: string, path: string, tar: AsyncIterable<Uint8Array>, options: IoOptions & { readonly keepDirectories: boolean; readonly copyOwner: boolean }): Promise<void> {
    return writeArchive(this.#context, this.#find(nameOrId), path, tar, options);
  }

  async openFiles(nameOrId: string): Promise<ContainerTree> {
    return openFiles(this.#context, this.#find(nameOrId));
  }

  async changeFiles<T>(nameOrId: string, paths: readonly string[], work: (tree: ContainerTree) => Promise<T>): Promise<T> {
    return changeFiles(this.#context, this.#find(nameOrId), paths, work);
  }

  async revertFile(nameOrId: string, path: string, options: IoOptions = {}): Promise<"dropped" | "copied"> {
    return revertFile(this.#context, this.#find(nameOrId), path, options);
  }

  async size(nameOrId: string, options: IoOptions = {}): Promise<{ readonly written: number; readonly rootfs: number }> {
    const container = this.#find(nameOrId);
    const written = (await this.#context.snapshots.usage(snapshotKey(container.id), options)).bytes;
    const image = this.#context.images.list().find((candidate) => candidate.id === container.record.imageId);
    return { written, rootfs: written + (image?.size ?? 0) };
  }

  async prune(keep: (view: ContainerView) => boolean, options: IoOptions = {}): Promise<{ readonly removed: readonly ContainerId[]; readonly freedBytes: number }> {
    const removed: ContainerId[] = [];
    let freedBytes = 0;
    for (const container of this.#context.directory.all()) {
      options.signal?.throwIfAborted();
      if (!["created", "exited", "dead"].includes(container.state.status) || keep(this.#view(container))) continue;
      const { written } = await this.size(container.id, options);
      await container.queue.run(() => removeContainer(this.#context, container, { force: false, volumes: false }));
      freedBytes += written;
      removed.push(container.id);
    }
    return { removed, freedBytes };
  }

  #queued<T>(nameOrId: string, work: (container: Container) => Promise<T> | T): Promise<T> {
    let container: Container;
    try {
      container = this.#find(nameOrId);
    } catch (error) {
      return Promise.reject(error);
    }
    return container.queue.run(() => {
      if (this.#context.directory.byId(container.id) !== container) throw new EngineError("notFound", `No such container: ${nameOrId}`);
      return work(container);
    });
  }
}

