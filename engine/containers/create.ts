import { mkdir, stat } from "node:fs/promises";
import { EngineError, isEngineError, isSystemError } from "../base/errors.ts";
import { throwIfAborted, type IoOptions } from "../base/abort.ts";
import { newId, type ContainerId, type SnapshotKey } from "../base/ids.ts";
import type { ImageRecord } from "../images/images.ts";
import { encodeRecord, encodeState } from "./codec.ts";
import type { CreateRequest, EndpointRequest, HostConfig } from "./config.ts";
import { Container } from "./container.ts";
import type { ContainerRecord, CreateOptions, MountPoint } from "./containers.ts";
import { announce, rootfsPath, type Context } from "./context.ts";
import { mergeConfig } from "./merge.ts";
import { planMounts, type MountPlan } from "./mounts.ts";
import { parseName, randomName } from "./names.ts";
import { canonicalNetwork } from "./networking.ts";
import { normalisePorts } from "./ports.ts";
import { resolveInRoot } from "../sys/rooted-path.ts";
import { INITIAL_STATE } from "./state.ts";
import { checkRequest } from "./validate.ts";

/** Makes a container: record, writable snapshot, volumes. Whatever fails leaves nothing behind. */
export async function createContainer(context: Context, request: CreateRequest, options: CreateOptions): Promise<{ id: ContainerId; warnings: string[] }> {
  const warnings = checkRequest(request, context.runtime.capabilities);
  const image = findImage(context, request, options.platform, warnings);
  // docker run starts it right away.
  context.runtime.expectProcess();
  const id = newId<ContainerId>();
  const config = mergeConfig(request, image.config.config ?? {}, id);
  const hostConfig = normaliseHost(context, request);
  const plans = planMounts(config, hostConfig, inheritedMounts(context, hostConfig));
  const name = options.name === undefined ? randomName((candidate) => context.directory.hasName(candidate)) : parseName(options.name);
  context.directory.reserveName(name, id);
  const undo: (() => Promise<unknown> | void)[] = [() => context.directory.releaseName(name, id)];
  try {
    const key = snapshotKey(id);
    await context.snapshots.prepare(key, image.chainId, options);
    undo.push(() => context.snapshots.remove(key));
    const mounts = await realiseMounts(context, id, plans, undo, options);
    throwIfAborted(options.signal);
    const record: ContainerRecord = {
      id, name, createdAt: new Date(), imageId: image.id, platform: image.os, config, hostConfig, mounts,
      endpoints: endpointsOf(context, request, hostConfig.NetworkMode!),
      args: [...(config.Entrypoint ?? []), ...(config.Cmd ?? [])],
    };
    const container = new Container(record, INITIAL_STATE);
    context.repository.insert({ id, name, imageId: image.id, createdMs: record.createdAt.getTime(), record: encodeRecord(record), state: encodeState(INITIAL_STATE) });
    context.directory.add(container);
    announce(context, container, "create");
    return { id, warnings };
  } catch (error) {
    for (const step of undo.reverse()) await Promise.resolve(step()).catch((failure: unknown) => context.onError(`undoing the creation of container ${id}`, failure));
    throw error;
  }
}

/** A container's writable snapshot is named by its id. */
export function snapshotKey(id: string): SnapshotKey {
  return id as SnapshotKey;
}

function findImage(context: Context, request: CreateRequest, platform: string | undefined, warnings: string[]): ImageRecord {
  const reference = request.Image ?? "";
  if (reference === "") throw new EngineError("invalidArgument", "no image specified: the field Image must not be empty");
  const image = context.images.get(reference);
  const host = context.images.hostPlatform;
  const own = `${image.os}/${image.architecture}`;
  if (platform !== undefined && !own.startsWith(platform.split("/").slice(0, 2).join("/"))) {
    throw new EngineError("notFound", `image with reference ${reference} was found but does not match the specified platform: wanted ${platform}, actual: ${own}`);
  }
  if (platform === undefined && image.architecture !== "" && image.architecture !== host.architecture) {
    warnings.push(`The requested image's platform (${own}) does not match the detected host platform (${host.os}/${host.architecture}) and no specific platform was requested`);
  }
  return image;
}

/** Docker's defaults in place of what was left out. */
export function normaliseHost(context: Context, request: CreateRequest): HostConfig {
  const { PidsLimit: processes = 0, ...host } = request.HostConfig ?? {};
  const networks = Object.keys(request.NetworkingConfig?.EndpointsConfig ?? {}).filter((name) => name !== "default");
  const mode = host.NetworkMode && host.NetworkMode !== "default" ? host.NetworkMode : (networks[0] ?? "bridge");
  return {
    ...host,
    NetworkMode: request.NetworkDisabled === true ? "none" : joinedContainer(context, mode),
    PortBindings: normalisePorts(host.PortBindings ?? {}),
    LogConfig: { Type: host.LogConfig?.Type || "json-file", Config: host.LogConfig?.Config ?? {} },
    RestartPolicy: { Name: host.RestartPolicy?.Name || "no", MaximumRetryCount: host.RestartPolicy?.MaximumRetryCount ?? 0 },
    ShmSize: host.ShmSize || 64 * 1024 * 1024,
    CgroupnsMode: host.CgroupnsMode || (context.runtime.capabilities.cgroupVersion === 2 ? "private" : "host"),
    IpcMode: host.IpcMode || "private",
    // Zero and less are no limit.
    ...(processes > 0 ? { PidsLimit: processes } : {}),
  };
}

/** A name in `container:NAME` becomes the id, so that a rename does not break it; a network's id becomes its name. */
function joinedContainer(context: Context, mode: string): string {
  return mode.startsWith("container:") ? `container:${findNamed(context, mode.slice("container:".length)).id}` : canonicalNetwork(context, mode);
}

/** A container that a request names. Its absence is no `notFound`: of a creation that would say that there is no image, and clients would pull it. @throws EngineError `invalidArgument` */
function findNamed(context: Context, nameOrId: string): Container {
  try {
    return context.directory.find(nameOrId);
  } catch (error) {
    if (isEngineError(error, "notFound")) throw new EngineError("invalidArgument", error.message, { cause: error });
    throw error;
  }
}

/** What the request says of each network, by the network's name. */
export function endpointsOf(context: Context, request: CreateRequest, mode: string): Record<string, EndpointRequest> {
  const endpoints = Object.fromEntries(Object.entries(request.NetworkingConfig?.EndpointsConfig ?? {}).map(([network, endpoint]) => [network === "default" ? mode : canonicalNetwork(context, network), endpoint ?? {}]));
  // Before API 1.44 the address was the container's, not the endpoint's.
  if (request.MacAddress && !endpoints[mode]?.MacAddress) endpoints[mode] = { ...endpoints[mode], MacAddress: request.MacAddress };
  return endpoints;
}

/** The mounts that `VolumesFrom` brings along. @throws EngineError `invalidArgument` */
export function inheritedMounts(context: Context, host: HostConfig): MountPoint[] {
  return (host.VolumesFrom ?? []).flatMap((entry) => {
    const [name = "", mode = ""] = entry.split(":");
    if (mode !== "" && !/^(ro|rw|z|Z)(,(ro|rw|z|Z))*$/.test(mode)) throw new EngineError("invalidArgument", `invalid mode for volumes-from: ${mode}`);
    const readOnly = mode.split(",").includes("ro");
    // Only the container that made an anonymous volume removes it.
    return findNamed(context, name).record.mounts.filter((mount) => mount.type !== "tmpfs").map((mount) => ({ ...mount, mode, readWrite: mount.readWrite && !readOnly, copyUp: false, anonymous: false }));
  });
}

/** Makes volumes and host directories that are missing, and fills new volumes; `undo` collects how to take that back. */
export async function realiseMounts(context: Context, id: ContainerId, plans: readonly MountPlan[], undo: (() => Promise<unknown> | void)[], options: IoOptions): Promise<MountPoint[]> {
  const mounts: MountPoint[] = [];
  for (const plan of plans) {
    const { createSource, labels, driverOptions, ...mount } = plan;
    if (plan.type === "volume") mounts.push(await realiseVolume(context, plan, { ...mount }, undo));
    else {
      if (plan.type === "bind") await ensureBindSource(plan.source, createSource);
      mounts.push(mount);
    }
  }
  const fills = mounts.filter((mount) => mount.type === "volume" && mount.copyUp && mount.subpath === "");
  if (fills.length > 0) await copyUp(context, id, fills, options);
  return mounts;
}

async function realiseVolume(context: Context, plan: MountPlan, mount: MountPoint, undo: (() => Promise<unknown> | void)[]): Promise<MountPoint> {
  const known = plan.name !== "" && context.volumes.list().some((volume) => volume.name === plan.name);
  const volume = await context.volumes.create({ name: plan.name || undefined, labels: plan.labels, options: plan.driverOptions, driver: plan.driver || undefined });
  if (!known) undo.push(() => context.volumes.remove(volume.name));
  return { ...mount, name: volume.name, driver: volume.driver, source: volume.mountpoint };
}

async function ensureBindSource(source: string, create: boolean): Promise<void> {
  try {
    await stat(source);
  } catch (error) {
    if (!isSystemError(error, "ENOENT", "ENOTDIR")) throw new EngineError("invalidArgument", `the bind source path ${source} cannot be read: ${(error as Error).message}`, { cause: error });
    if (!create) throw new EngineError("invalidArgument", `invalid mount config for type "bind": bind source path does not exist: ${source}`);
    try {
      await mkdir(source, { recursive: true });
    } catch (failure) {
      throw new EngineError("invalidArgument", `error while creating mount source path '${source}': ${(failure as Error).message}`, { cause: failure });
    }
  }
}

/** Fills new volumes with what the image has at their place, as Docker does at creation. */
async function copyUp(context: Context, id: ContainerId, mounts: readonly MountPoint[], options: IoOptions): Promise<void> {
  const target = rootfsPath(context, id);
  await context.snapshots.mount(snapshotKey(id), target, options);
  try {
    for (const mount of mounts) {
      const source = resolveInRoot(target, mount.destination);
      const info = await stat(source).catch(() => null);
      if (info?.isDirectory() === true) await context.volumes.copyUp(mount.name, source, options);
    }
  } finally {
    await context.snapshots.unmount(target);
  }
}

