import { EngineError, isEngineError, messageOf } from "../base/errors.ts";
import type { ContainerId } from "../base/ids.ts";
import { removeTree } from "../sys/files.ts";
import { announce, containerDirectory, record, type Context } from "./context.ts";
import type { Container } from "./container.ts";
import type { ContainerRecord } from "./containers.ts";
import { snapshotKey } from "./create.ts";
import { killContainer } from "./stop.ts";
import { isAlive } from "./state.ts";
import { cancelRestart } from "./teardown.ts";

export interface RemoveOptions {
  /** Kill it when it runs. */
  readonly force: boolean;
  /** Also its anonymous volumes. */
  readonly volumes: boolean;
}

/** Removes a container and everything of it; runs in the queue. @throws EngineError `conflict` when it runs and `force` is not set */
export async function removeContainer(context: Context, container: Container, options: RemoveOptions): Promise<void> {
  if (context.directory.byId(container.id) !== container) {
    if (options.force) return;
    throw new EngineError("notFound", `No such container: ${container.id}`);
  }
  await end(context, container, options);
  if (container.state.status !== "removing") record(context, container, { type: "removing" });
  try {
    await container.teardown;
    await removeResources(context, container.id);
  } catch (error) {
    record(context, container, { type: "removeFailed", error: messageOf(error) });
    throw error;
  }
  context.repository.delete(container.id);
  context.directory.delete(container);
  announce(context, container, "destroy");
  container.milestones.fire("removed");
  if (options.volumes) await removeAnonymousVolumes(context, container);
}

/** Makes sure that nothing of it runs. @throws EngineError `conflict` when it does, and `force` is not set */
export async function end(context: Context, container: Container, options: Pick<RemoveOptions, "force">): Promise<void> {
  if (container.state.status === "restarting") {
    if (!options.force) throw refusal(container, "container is restarting: stop the container before removing or force remove");
    record(context, container, { type: "stopRequested" });
    cancelRestart(container);
    record(context, container, { type: "restartCancelled" });
  }
  if (isAlive(container.state)) {
    if (!options.force) throw refusal(container, container.state.status === "paused" ? "container is paused and must be unpaused first" : "container is running: stop the container before removing or force remove");
    await killContainer(context, container, "KILL");
    if (isAlive(container.state)) throw new EngineError("internal", `could not kill container ${container.id}: a process of it is stuck in the kernel`);
  }
}

function refusal(container: Container, why: string): EngineError {
  return new EngineError("conflict", `cannot remove container "${container.record.name}": ${why}`);
}

/** Removes the layer, the log and the files of a container. */
export async function removeResources(context: Context, id: ContainerId): Promise<void> {
  await Promise.all([
    context.logs.remove(id),
    context.snapshots.has(snapshotKey(id)) ? context.snapshots.remove(snapshotKey(id)) : Promise.resolve(),
  ]);
  await removeTree(containerDirectory(context, id));
}

/** Volumes that `rm -v` takes along. */
export function anonymousVolumes({ mounts, previous }: ContainerRecord): string[] {
  return [...new Set([...mounts, ...(previous?.mounts ?? [])].filter((mount) => mount.type === "volume" && mount.anonymous).map((mount) => mount.name))];
}

async function removeAnonymousVolumes(context: Context, container: Container): Promise<void> {
  for (const name of anonymousVolumes(container.record)) {
    await context.volumes.remove(name).catch((error: unknown) => {
      // Another container uses it too (volumes-from), or it was removed by hand.
      if (!isEngineError(error, "conflict", "notFound")) context.onError(`removing volume ${name}`, error);
    });
  }
}
