import type { Change } from "../snapshots/snapshots.ts";
import type { ContainerRecord } from "./containers.ts";

/** Files and directories that a runtime makes in the container's layer only to mount on them; Docker has them in a layer below. */
const MOUNT_POINTS = new Set(["/dev", "/dev/console", "/dev/pts", "/dev/shm", "/etc/hostname", "/etc/hosts", "/etc/resolv.conf", "/proc", "/sys", "/sbin/docker-init"]);

/** A container's changes without the system's mount points, nor directories that changed only by getting one. */
export function withoutMountPoints(changes: readonly Change[]): readonly Change[] {
  const hidden = changes.filter((change) => change.kind === "added" && MOUNT_POINTS.has(change.path));
  if (hidden.length === 0) return changes;
  const left = changes.filter((change) => !hidden.includes(change));
  const parents = new Set(hidden.map(({ path }) => path.slice(0, path.lastIndexOf("/"))));
  return left.filter((change) => !parents.has(change.path) || left.some((other) => other.path.startsWith(`${change.path}/`)));
}

/** Whether a container needs a volume: it mounts it, or would get its anonymous volume back by undoing a reconfiguration. */
export function usesVolume({ mounts, previous }: Pick<ContainerRecord, "mounts" | "previous">, name: string): boolean {
  return mounts.some((mount) => mount.type === "volume" && mount.name === name) || (previous?.mounts ?? []).some((mount) => mount.type === "volume" && mount.anonymous && mount.name === name);
}
