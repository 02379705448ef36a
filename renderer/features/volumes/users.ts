import type { VolumeInfo } from "../../../electron/ipc/contract/volumes.ts";
import type { ContainerRow } from "../../stores/container-row.ts";

/** One mount of a volume. */
export interface VolumeUser {
  readonly container: ContainerRow;
  /** The path in the container. */
  readonly target: string;
  readonly readOnly: boolean;
}

/** A volume with its users and, once measured, its size. */
export interface UsedVolume {
  readonly row: VolumeInfo;
  readonly users: readonly VolumeUser[];
  /** Bytes; null where the driver cannot say, undefined while not measured. */
  readonly size: number | null | undefined;
}

const known = new WeakMap<VolumeInfo, UsedVolume>();

/** Joins volumes with the containers that mount them, running or not; what did not change keeps its identity. */
export function withVolumeUsers(volumes: readonly VolumeInfo[], containers: readonly ContainerRow[], sizes: ReadonlyMap<string, number | null>): UsedVolume[] {
  const users = new Map<string, VolumeUser[]>();
  for (const container of containers) {
    for (const mount of container.info.Mounts ?? []) {
      if (mount.Type !== "volume" || !mount.Name) continue;
      const user = { container, target: mount.Destination, readOnly: !mount.RW };
      const list = users.get(mount.Name);
      if (list) list.push(user);
      else users.set(mount.Name, [user]);
    }
  }
  return volumes.map((row) => {
    const mine = users.get(row.name) ?? [];
    const size = sizes.get(row.name);
    const before = known.get(row);
    if (before && before.size === size && before.users.length === mine.length && before.users.every((user, at) => user.container === mine[at]?.container && user.target === mine[at].target)) return before;
    const next = { row, users: mine, size };
    known.set(row, next);
    return next;
  });
}

/** Names of the containers that use a volume, each once. */
export function userNames(users: readonly VolumeUser[]): string[] {
  return [...new Set(users.map((user) => user.container.name))];
}

/** A volume's name as it is read: anonymous ones by the beginning of their 64 digits. */
export function shortName(volume: VolumeInfo): string {
  return volume.anonymous && /^[0-9a-f]{64}$/.test(volume.name) ? volume.name.slice(0, 12) : volume.name;
}
