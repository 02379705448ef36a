import type { Sandbox } from "../networks/networks.ts";
import { rootfsPath, type Context } from "./context.ts";
import type { Container } from "./container.ts";

/** Removes what only a running container has: runtime state, sandbox with its ports, root mount. Never rejects. */
export async function tearDown(context: Context, container: Container): Promise<void> {
  const { id } = container;
  const sandbox = context.networks.sandbox(id);
  const attempt = async (what: string, work: Promise<unknown>): Promise<void> => {
    await work.catch((error: unknown) => context.onError(`${what} of container ${id}`, error));
  };
  await Promise.all([
    attempt("releasing the network", context.networks.detach(id)),
    attempt("removing the task", context.runtime.delete(id, { force: true })).then(() => attempt("unmounting the root file system", context.snapshots.unmount(rootfsPath(context, id)))),
  ]);
  if (sandbox !== null) announceNetworks(context, container, sandbox, "disconnect");
  for (const mount of container.record.mounts) {
    if (mount.type === "volume" && container.state.startedAt !== null) context.events.publish("volume", "unmount", mount.name, { container: id, driver: mount.driver });
  }
}

/** Publishes what happened between a container and its networks. */
export function announceNetworks(context: Context, container: Container, sandbox: Sandbox, action: "connect" | "disconnect"): void {
  for (const endpoint of sandbox.endpoints) {
    context.events.publish("network", action, endpoint.networkId, { container: container.id, name: endpoint.networkName, type: context.networks.list().find((network) => network.id === endpoint.networkId)?.driver ?? "bridge" });
  }
}

/** Stops the timer of a restart by policy. */
export function cancelRestart(container: Container): void {
  if (container.restartTimer !== null) clearTimeout(container.restartTimer);
  container.restartTimer = null;
}
