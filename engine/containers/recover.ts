import { readdir } from "node:fs/promises";
import { join } from "node:path";
import type { ContainerId } from "../base/ids.ts";
import type { TaskExit, TaskState } from "../runtime/runtime.ts";
import { removeTree } from "../sys/files.ts";
import { decodeRow } from "./codec.ts";
import { Container } from "./container.ts";
import { record, rootfsPath, type Context } from "./context.ts";
import { snapshotKey } from "./create.ts";
import { handleExit } from "./exits.ts";
import { tearDown } from "./teardown.ts";
import { healthCheckOf, startHealthMonitor } from "./health.ts";
import { closeLeftRoots } from "./open-root.ts";
import { endReconfiguring, finishLive, resumeReconfiguring } from "./reconfigure.ts";
import { removeContainer } from "./remove.ts";
import { shouldStartWithEngine } from "./restart.ts";
import { startContainer } from "./start.ts";
import { isAlive } from "./state.ts";
import { removeUnfinishedFiles } from "./unfinished-files.ts";

/** 128 + SIGKILL: what a process that vanished without a record most likely met. */
const VANISHED_EXIT_CODE = 137;

/**
 * Makes memory, database and machine agree after a start of the engine (SPEC RECOVER-1, RECOVER-2): running tasks are adopted, ended ones
 * recorded, half-made and half-removed things removed, restart policies applied.
 */
export async function recoverContainers(context: Context): Promise<void> {
  for (const row of context.repository.all()) {
    const { record: known, state } = decodeRow(row);
    const container = new Container(known, state);
    // Whatever ends it from now on must neither remove it nor start it by policy (SPEC RECONFIGURE-2).
    if (known.reconfiguring !== undefined) container.restarting = true;
    context.directory.add(container);
  }
  await closeLeftRoots(context);
  const containers = context.directory.all();
  const wereAlive = new Set<ContainerId>(containers.filter(({ state }) => isAlive(state)).map(({ id }) => id));
  const tasks = await context.runtime.adopt();
  const live = new Set<ContainerId>(containers.filter((container) => isTaskAlive(tasks.get(container.id))).map((container) => container.id));
  await context.networks.recover(live);
  const again: Container[] = [];
  for (const container of containers) {
    // An exit that was reported meanwhile has been handled, and what was found of its task is no longer so.
    const ended = wereAlive.has(container.id) && !isAlive(container.state);
    if (ended) await container.teardown;
    if (await reconcile(context, container, ended ? null : (tasks.get(container.id) ?? null))) again.push(container);
  }
  await removeStrangers(context, tasks);
  await removeUnfinishedFiles(context);
  for (const container of again) {
    const cutShort = container.record.reconfiguring !== undefined;
    void container.queue.run(() => (cutShort ? resumeReconfiguring(context, container) : startContainer(context, container, true))).catch((error: unknown) => context.onError(`starting container ${container.id} with the engine`, error));
  }
}

function isTaskAlive(task: TaskState | undefined): boolean {
  return task !== undefined && (task.status === "running" || task.status === "paused");
}

/** @returns whether its policy starts it with the engine */
async function reconcile(context: Context, container: Container, task: TaskState | null): Promise<boolean> {
  const alive = task !== null && isTaskAlive(task);
  await finishLive(context, container, alive);
  const { hostConfig, config } = container.record;
  if (alive) {
    await adopt(context, container, task);
    const check = healthCheckOf(config);
    if (check !== null) container.healthMonitor = startHealthMonitor(context, container, check);
    const stopping = container.record.reconfiguring === "stopping";
    if (!stopping) {
      container.restarting = false;
      endReconfiguring(context, container);
    }
    // Its end was nobody's business before it was adopted.
    const exit = (await context.runtime.state(container.id))?.exit ?? null;
    if (exit !== null) handleExit(context, container, exit);
    return stopping;
  }
  const wasAlive = isAlive(container.state);
  const removing = container.state.status === "removing";
  if (wasAlive) {
    const exit: TaskExit = task?.exit ?? { id: container.id, exitCode: VANISHED_EXIT_CODE, oomKilled: false, exitedAt: new Date() };
    const startsAgain = shouldStartWithEngine(hostConfig.RestartPolicy, container.state);
    // Restarting is decided below, for all at once.
    container.restarting = true;
    handleExit(context, container, exit);
    await container.teardown;
    if (container.record.reconfiguring !== undefined) return true;
    container.restarting = false;
    if (hostConfig.AutoRemove === true) await removeQuietly(context, container);
    else return startsAgain && exitAllowsRestart(container, exit.exitCode);
    return false;
  }
  await tearDown(context, container);
  if (container.record.reconfiguring !== undefined && !removing) return true;
  if (removing || (hostConfig.AutoRemove === true && container.state.startedAt !== null)) {
    await removeQuietly(context, container);
    return false;
  }
  if (!shouldStartWithEngine(hostConfig.RestartPolicy, container.state)) return false;
  return true;
}

/** An `on-failure` container that ended well meanwhile stays ended. */
function exitAllowsRestart(container: Container, exitCode: number): boolean {
  const { Name: name } = container.record.hostConfig.RestartPolicy ?? {};
  return name !== "on-failure" || exitCode !== 0;
}

async function adopt(context: Context, container: Container, task: TaskState): Promise<void> {
  if (!isAlive(container.state)) {
    if (container.state.status === "removing") record(context, container, { type: "removeFailed", error: "the engine ended while removing it" });
    // The engine ended between the start of the task and its record.
    if (container.state.status !== "dead") record(context, container, { type: "started", pid: task.pid, at: task.startedAt ?? new Date(), byPolicy: false, health: healthCheckOf(container.record.config) === null ? null : { status: "starting", failingStreak: 0, log: [] } });
  }
  if (task.status === "paused" && container.state.status === "running") await context.runtime.resume(container.id);
  if (task.status === "running" && container.state.status === "paused") record(context, container, { type: "resumed" });
  context.logs.started(container.id);
}

async function removeQuietly(context: Context, container: Container): Promise<void> {
  await container.queue.run(() => removeContainer(context, container, { force: true, volumes: true })).catch((error: unknown) => context.onError(`removing container ${container.id}`, error));
}

/** Removes what no container owns: tasks, writable snapshots, directories, root mounts. */
async function removeStrangers(context: Context, tasks: ReadonlyMap<ContainerId, TaskState>): Promise<void> {
  const attempt = async (what: string, work: () => Promise<unknown>): Promise<void> => {
    await Promise.resolve().then(work).catch((error: unknown) => context.onError(what, error));
  };
  for (const id of tasks.keys()) {
    if (context.directory.byId(id) === undefined) await attempt(`removing the ownerless task ${id}`, () => context.runtime.delete(id, { force: true }));
  }
  for (const snapshot of context.snapshots.list()) {
    const ownerless = snapshot.kind === "active" && /^[0-9a-f]{64}$/.test(snapshot.key) && context.directory.byId(snapshot.key) === undefined && !context.isKept(snapshot.key);
    if (!ownerless) continue;
    await attempt(`removing the ownerless snapshot ${snapshot.key}`, async () => {
      await context.snapshots.unmount(rootfsPath(context, snapshot.key));
      await context.snapshots.remove(snapshotKey(snapshot.key));
    });
  }
  const directory = join(context.root, "containers");
  for (const name of await readdir(directory).catch(() => [])) {
    if (context.directory.byId(name) === undefined && !context.isKept(name)) await attempt(`removing the ownerless directory ${name}`, () => removeTree(join(directory, name)));
  }
}
