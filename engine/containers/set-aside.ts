import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { shortId, type ContainerId } from "../base/ids.ts";
import type { ContainerRow } from "../store/containers.ts";
import { treeUsage } from "../sys/walk.ts";
import { decodeRow, encodeRecord } from "./codec.ts";
import { Container } from "./container.ts";
import type { ContainerRecord } from "./containers.ts";
import { announce, containerDirectory, type Context } from "./context.ts";
import { snapshotKey } from "./create.ts";
import { parseName } from "./names.ts";
import { networkNames } from "./network-names.ts";
import { anonymousVolumes, end, type RemoveOptions } from "./remove.ts";

/** Runs in the container's queue; see `Containers.setAside`. */
export async function setAsideContainer(context: Context, container: Container, options: RemoveOptions, keep: (row: ContainerRow, volumes: readonly string[]) => void): Promise<void> {
  const { id, record } = container;
  if (context.directory.byId(id) !== container) throw new EngineError("notFound", `No such container: ${id}`);
  const { status } = container.state;
  if (status === "removing" || status === "dead") throw new EngineError("conflict", `container ${record.name} was removed in part before: it can only be removed for good`);
  await end(context, container, options);
  await container.teardown;
  // Its volumes are looked at without it.
  context.directory.delete(container);
  try {
    context.repository.takeOut(id, (row) => keep(row, options.volumes ? anonymousVolumes(record) : []));
  } catch (error) {
    context.directory.add(container);
    throw error;
  }
  announce(context, container, "destroy");
  container.milestones.fire("removed");
}

/** See `Containers.bringBack`. */
export function bringBackContainer(context: Context, row: ContainerRow, forget: () => void): readonly string[] {
  const { record, state } = decodeRow({ ...row, name: parseName(row.name) });
  if (!context.snapshots.has(snapshotKey(record.id))) throw new EngineError("dataLoss", `the files of container ${record.name} are not in the engine's store any more: it cannot be brought back`);
  const container = new Container({ ...record, hostConfig: { ...record.hostConfig, AutoRemove: false } }, state);
  context.directory.reserveName(record.name, record.id);
  try {
    context.repository.putBack({ ...row, name: record.name, record: encodeRecord(container.record) }, forget);
  } catch (error) {
    context.directory.releaseName(record.name, record.id);
    throw error;
  }
  context.directory.add(container);
  announce(context, container, "create");
  return lacks(context, record);
}

/** What a container needs and has not, in sentences. */
function lacks(context: Context, record: ContainerRecord): string[] {
  const networks = new Set(context.networks.list().map(({ name }) => name));
  const volumes = new Set(context.volumes.list().map(({ name }) => name));
  const named = new Set(record.mounts.filter(({ type }) => type === "volume").map(({ name }) => name));
  return [
    ...networkNames(record).filter((name) => !networks.has(name)).map((name) => `its network ${name} is gone: it starts when there is a network of that name, or when it is disconnected from it`),
    ...[...named].filter((name) => !volumes.has(name)).map((name) => `its volume ${name.length === 64 ? shortId(name) : name} is gone: bring that back, too, or make a volume of that name, before it is started`),
    ...(context.images.list().some(({ id }) => id === record.imageId) ? [] : [`its image ${record.config.Image} is gone: it runs from the layers that were kept for it`]),
  ];
}

/** See `Containers.keptSize`. */
export async function keptSize(context: Context, id: ContainerId, options: IoOptions): Promise<number> {
  const layer = await context.snapshots.usage(snapshotKey(id), options);
  const files = await treeUsage(containerDirectory(context, id), options);
  return layer.bytes + files.bytes;
}
