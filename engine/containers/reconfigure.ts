import { EngineError, isEngineError, toEngineError } from "../base/errors.ts";
import type { ImageRunConfig } from "../oci/descriptor.ts";
import { compareConfigurations, LIVE_LIMITS, sameMounts } from "./changes.ts";
import type { CreateRequest, HostConfig } from "./config.ts";
import type { Container } from "./container.ts";
import type { Configuration, ContainerRecord, CurrentConfiguration, MountPoint, Reconfiguration, SettingChange } from "./containers.ts";
import { announce, type Context } from "./context.ts";
import { endpointsOf, inheritedMounts, normaliseHost, realiseMounts } from "./create.ts";
import { changeLive, setRecord } from "./live.ts";
import { mergeConfig } from "./merge.ts";
import { planMounts, type MountPlan } from "./mounts.ts";
import { parseName } from "./names.ts";
import { networkPlan, plugIn, unplug } from "./networking.ts";
import { followLinks } from "./network-files.ts";
import { networkNames } from "./network-names.ts";
import { requestOf } from "./recreate.ts";
import { startContainer } from "./start.ts";
import { isAlive } from "./state.ts";
import { stopContainer } from "./stop.ts";
import { resourceUpdate } from "./update.ts";
import { checkRequest } from "./validate.ts";

/** A configuration to take, before its volumes and directories exist. */
interface Target extends Omit<Configuration, "mounts"> {
  readonly name: string;
  readonly plans: readonly MountPlan[];
}

/** How to take back what was done, in the order it was done. */
type Undo = (() => Promise<unknown> | void)[];

export interface ReconfigureOptions {
  readonly name?: string | undefined;
  readonly dryRun: boolean;
}

/** Runs in the container's queue; see {@link Containers.reconfigure}. */
export async function reconfigureContainer(context: Context, container: Container, request: CreateRequest, { name, dryRun }: ReconfigureOptions): Promise<Reconfiguration> {
  const warnings = checkRequest(request, context.runtime.capabilities);
  const target = targetOf(context, container, request, name);
  return take(context, container, target, warnings, dryRun);
}

/** Runs in the container's queue; see {@link Containers.undoReconfiguration}. */
export async function undoReconfiguration(context: Context, container: Container, { dryRun }: ReconfigureOptions): Promise<Reconfiguration> {
  const { previous, name } = container.record;
  if (previous === undefined) throw new EngineError("conflict", `container ${name} has no earlier configuration: nothing was reconfigured`);
  return take(context, container, backTo(previous, name), [], dryRun);
}

/** See {@link Containers.configuration}. */
export function configurationOf(context: Context, container: Container): CurrentConfiguration {
  const { record } = container;
  const request = requestOf(record, imageConfig(context, record));
  if (record.previous === undefined) return { request, undo: null };
  const changes = compareConfigurations(record, withMounts(record, backTo(record.previous, record.name)), isRunning(container));
  return { request, undo: { changes, restarts: changes.some(({ effect }) => effect === "restart"), warnings: [] } };
}

/** What the image says by itself; nothing where it was removed by force. */
function imageConfig(context: Context, { imageId }: ContainerRecord): ImageRunConfig {
  return context.images.list().some(({ id }) => id === imageId) ? (context.images.get(imageId).config.config ?? {}) : {};
}

function targetOf(context: Context, container: Container, request: CreateRequest, newName: string | undefined): Target {
  const { record } = container;
  if (request.Image !== undefined && request.Image !== record.config.Image && request.Image !== record.imageId) {
    throw new EngineError("conflict", `container ${record.name} was made from ${record.config.Image}: another image (${request.Image}) needs a new container`);
  }
  const config = mergeConfig({ ...request, Image: record.config.Image }, imageConfig(context, record), record.id);
  const hostConfig = normaliseHost(context, request);
  const plans = planMounts(config, hostConfig, inheritedMounts(context, hostConfig)).map((plan) => withKnownVolume(plan, record));
  const target: Target = {
    name: newName === undefined ? record.name : parseName(newName),
    config, hostConfig, plans,
    endpoints: endpointsOf(context, request, hostConfig.NetworkMode!),
    args: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])],
  };
  return stayingAway(target, record);
}

/** A container that has left the network of its mode stays away from it while its other networks are asked for. */
function stayingAway(target: Target, record: ContainerRecord): Target {
  const mode = target.hostConfig.NetworkMode!;
  if (record.leftMode !== true || !networkNames(record).includes(mode)) return target;
  return { ...target, hostConfig: { ...target.hostConfig, NetworkMode: record.hostConfig.NetworkMode! }, leftMode: true, endpoints: { [mode]: {}, ...target.endpoints } };
}

/** An anonymous volume that the container has, or had before, at the same place is the one that is meant. */
function withKnownVolume(plan: MountPlan, { mounts, previous }: ContainerRecord): MountPlan {
  if (plan.type !== "volume" || plan.name !== "") return plan;
  const known = [...mounts, ...(previous?.mounts ?? [])].find((mount) => mount.type === "volume" && mount.anonymous && mount.destination === plan.destination);
  return known === undefined ? plan : { ...plan, name: known.name };
}

function backTo({ mounts, ...previous }: Configuration, name: string): Target {
  return { name, ...previous, plans: mounts.map((mount) => ({ ...mount, createSource: false, labels: {}, driverOptions: {} })) };
}

/** The target as it can be compared: what is mounted, before volumes without a name have one. */
function withMounts(record: ContainerRecord, { plans, ...target }: Target): ContainerRecord {
  const mounts = plans.map(({ createSource: _, labels: _labels, driverOptions: _options, ...mount }): MountPoint => mount);
  const { leftMode: _left, ...kept } = record;
  return { ...kept, ...target, mounts };
}

function isRunning({ state }: Container): boolean {
  return isAlive(state) || state.status === "restarting";
}

async function take(context: Context, container: Container, target: Target, warnings: readonly string[], dryRun: boolean): Promise<Reconfiguration> {
  const { status } = container.state;
  if (status === "removing" || status === "dead") throw new EngineError("conflict", `cannot reconfigure container ${container.record.name}: it is marked for removal`);
  const running = isRunning(container);
  const next = withMounts(container.record, target);
  const changes = compareConfigurations(container.record, next, running);
  const restarts = changes.some(({ effect }) => effect === "restart");
  if (restarts && status === "paused") throw new EngineError("conflict", `container ${container.record.name} is paused, and this change restarts it: unpause it first`);
  if (dryRun || changes.length === 0) return { changes, restarts, warnings };
  // What cannot be had of a network is said while the container still runs.
  networkPlan(context, { record: next });
  await renaming(context, container, target.name, () => (restarts ? takeOver(context, container, target) : takeLive(context, container, target, changes)));
  announce(context, container, "update");
  return { changes, restarts, warnings };
}

/** Holds the new name meanwhile; the record with it is saved by `work`. */
async function renaming(context: Context, container: Container, name: string, work: () => Promise<void>): Promise<void> {
  const oldName = container.record.name;
  if (name === oldName) return work();
  context.directory.reserveName(name, container.id);
  try {
    await work();
  } catch (error) {
    context.directory.releaseName(name, container.id);
    throw error;
  }
  context.directory.releaseName(oldName, container.id);
  await context.networks.rename(container.id, name);
  announce(context, container, "rename", { oldName: `/${oldName}` });
}

/** The record with the new configuration, and the old one to go back to. */
function recordWith(before: ContainerRecord, { plans: _, ...target }: Target, mounts: readonly MountPoint[]): ContainerRecord {
  const { config, hostConfig, endpoints, leftMode, args } = before;
  const previous: Configuration = { config, hostConfig, endpoints, ...(leftMode === true ? { leftMode } : {}), args, mounts: before.mounts, ...(target.name === before.name ? {} : { name: before.name }) };
  const { leftMode: _left, ...kept } = before;
  return { ...kept, ...target, mounts, previous };
}

/** Nothing of the running process changes: networks and limits are told to the kernel, the rest is a record, saved in one write. */
async function takeLive(context: Context, container: Container, target: Target, changes: readonly SettingChange[]): Promise<void> {
  const before = container.record;
  if (isAlive(container.state)) {
    const next = recordWith(before, target, before.mounts);
    return changeLive(context, container, next, () => undoing(context, container, async (undo) => {
      await applyNetworks(context, container, next, changes, undo);
      await applyLimits(context, container, next.hostConfig, changedLimits(before, next));
    }));
  }
  await container.teardown;
  await undoing(context, container, async (undo) => {
    const mounts = sameMounts(before, withMounts(before, target)) ? before.mounts : await realiseMounts(context, container.id, target.plans, undo, {});
    setRecord(context, container, recordWith(before, target, mounts));
  });
}

/** Takes back what `work` has done when it fails. */
async function undoing(context: Context, container: Container, work: (undo: Undo) => Promise<void>): Promise<void> {
  const undo: Undo = [];
  try {
    await work(undo);
  } catch (error) {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch((failure: unknown) => context.onError(`going back to the configuration of container ${container.id}`, failure));
    throw error;
  }
}

function changedLimits(before: ContainerRecord, next: ContainerRecord): (typeof LIVE_LIMITS)[number][] {
  return LIVE_LIMITS.filter((limit) => before.hostConfig[limit] !== next.hostConfig[limit]);
}

/** Limits come last: one that was not there before cannot be taken away again. */
async function applyLimits(context: Context, container: Container, host: HostConfig, changed: readonly (typeof LIVE_LIMITS)[number][]): Promise<void> {
  const limits: Partial<HostConfig> = Object.fromEntries(changed.map((limit) => [limit, host[limit]]).filter(([, value]) => Boolean(value)));
  if (Object.keys(limits).length === 0) return;
  const { controllers, swapLimit } = context.runtime.capabilities;
  // A creation allows as much swap as memory unless told otherwise, and so does a change.
  if (limits.Memory && !host.MemorySwap && swapLimit === true) limits.MemorySwap = limits.Memory * 2;
  await context.runtime.update(container.id, resourceUpdate(limits, controllers));
}

async function applyNetworks(context: Context, container: Container, next: ContainerRecord, changes: readonly SettingChange[], undo: Undo): Promise<void> {
  const before = container.record;
  const networks = changes.filter(({ setting }) => setting.startsWith("Networks.")).map((change) => ({ ...change, network: change.setting.slice("Networks.".length) }));
  for (const { network } of networks.filter((change) => change.before === null)) {
    await plugIn(context, container, next, network);
    undo.push(() => unplug(context, container, network));
  }
  for (const { network } of networks.filter(({ after }) => after === null)) {
    await unplug(context, container, network);
    undo.push(() => plugIn(context, container, before, network));
  }
  await followLinks(context, container);
}

/**
 * Finishes the change of a running container that the death of the engine cut short (SPEC LIVE-1), before anything else happens to it.
 * @param alive whether its process still runs; one that does not has the change at its next start
 */
export async function finishLive(context: Context, container: Container, alive: boolean): Promise<void> {
  const { applying, ...before } = container.record;
  if (applying === undefined) return;
  const next = { ...applying, createdAt: before.createdAt };
  try {
    await renaming(context, container, next.name, async () => {
      if (alive) {
        await finishNetworks(context, container, before, next);
        await applyLimits(context, container, next.hostConfig, changedLimits(before, next));
      }
      setRecord(context, container, next);
    });
  } catch (error) {
    setRecord(context, container, before);
    context.onError(`finishing a change of container ${container.id}`, error);
  }
}

/** A network that it is on already is connected anew: its ports may be missing. */
async function finishNetworks(context: Context, container: Container, before: ContainerRecord, next: ContainerRecord): Promise<void> {
  const [old, wanted] = [networkNames(before), networkNames(next)];
  for (const name of [...wanted, ...old].filter((one) => old.includes(one) !== wanted.includes(one))) {
    const { endpoints = [] } = context.networks.sandbox(container.id) ?? {};
    if (endpoints.some(({ networkName }) => networkName === name)) await unplug(context, container, name);
    if (wanted.includes(name)) await plugIn(context, container, next, name);
  }
  await followLinks(context, container);
}

/** Stops it, lets the new configuration take over the layer, starts it; the old one runs again when the new one does not. */
async function takeOver(context: Context, container: Container, target: Target): Promise<void> {
  const before = { ...container.record };
  // An engine that dies from here on starts it again, with the configuration that is on record then.
  setRecord(context, container, { ...before, reconfiguring: "stopping" });
  container.restarting = true;
  const undo: Undo = [];
  try {
    await stopIfAlive(context, container);
    await container.teardown;
    const mounts = await realiseMounts(context, container.id, target.plans, undo, {});
    setRecord(context, container, { ...recordWith(before, target, mounts), reconfiguring: "starting" });
    await startContainer(context, container, false);
  } catch (thrown) {
    throw await restore(context, container, before, undo, thrown);
  } finally {
    container.restarting = false;
    endReconfiguring(context, container);
  }
  announce(context, container, "restart");
}

/** It may end by itself meanwhile. */
async function stopIfAlive(context: Context, container: Container): Promise<void> {
  await stopContainer(context, container, {}).catch((error: unknown) => {
    if (!isEngineError(error, "notModified")) throw error;
  });
}

async function restore(context: Context, container: Container, before: ContainerRecord, undo: Undo, thrown: unknown): Promise<EngineError> {
  const error = toEngineError(thrown);
  setRecord(context, container, { ...before, reconfiguring: "stopping" });
  await container.teardown;
  for (const step of undo.reverse()) await Promise.resolve(step()).catch((failure: unknown) => context.onError(`undoing the new configuration of container ${container.id}`, failure));
  if (isAlive(container.state)) return error;
  try {
    await startContainer(context, container, false);
  } catch (failure) {
    return new EngineError(error.code, `${error.message}; the configuration before it did not start again either: ${toEngineError(failure).message}`, { cause: error, details: error.details });
  }
  return new EngineError(error.code, `the new configuration did not start, so ${before.name} runs with the one it had: ${error.message}`, { cause: error, details: error.details });
}

/**
 * Makes a container run again whose reconfiguration the death of the engine cut short; runs in the queue. A process that may have been told to stop is stopped first.
 * `container.restarting` is set since its process was found.
 */
export async function resumeReconfiguring(context: Context, container: Container): Promise<void> {
  try {
    await stopIfAlive(context, container);
    await startContainer(context, container, false).catch((error: unknown) => startBefore(context, container, error));
  } finally {
    container.restarting = false;
    endReconfiguring(context, container);
  }
}

/** The new configuration does not start: the one before it takes over again. */
async function startBefore(context: Context, container: Container, error: unknown): Promise<void> {
  const { record } = container;
  const { previous, reconfiguring } = record;
  if (reconfiguring !== "starting" || previous === undefined) throw error;
  context.onError(`starting container ${container.id} with its new configuration, so it goes back to the one before`, error);
  await renaming(context, container, previous.name ?? record.name, () => {
    setRecord(context, container, recordWith(record, backTo(previous, record.name), previous.mounts));
    return startContainer(context, container, false);
  });
}

/** The container runs, or has failed to: an engine that starts no longer starts it for a reconfiguration. */
export function endReconfiguring(context: Context, container: Container): void {
  if (container.record.reconfiguring === undefined || context.directory.byId(container.id) !== container) return;
  const { reconfiguring: _, ...record } = container.record;
  setRecord(context, container, record);
}
