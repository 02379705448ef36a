import type { NetworkInfo } from "../../../electron/ipc/contract/networks.ts";
import type { ContainerRow } from "../../stores/container-row.ts";

/** A network with the containers that belong to it, running or not. */
export interface UsedNetwork {
  readonly row: NetworkInfo;
  readonly users: readonly ContainerRow[];
}

const known = new WeakMap<NetworkInfo, UsedNetwork>();

/** Joins networks with containers; what did not change keeps its identity. */
export function withNetworkUsers(networks: readonly NetworkInfo[], containers: readonly ContainerRow[]): UsedNetwork[] {
  const users = new Map<string, ContainerRow[]>();
  for (const container of containers) {
    for (const [name, endpoint] of Object.entries(container.info.NetworkSettings?.Networks ?? {})) {
      // A container that has not run yet may know its network by name alone.
      const key = endpoint.NetworkID || name;
      const list = users.get(key);
      if (list) list.push(container);
      else users.set(key, [container]);
    }
  }
  return networks.map((row) => {
    const mine = [...(users.get(row.id) ?? []), ...(users.get(row.name) ?? [])];
    const before = known.get(row);
    if (before && before.users.length === mine.length && before.users.every((user, at) => user === mine[at])) return before;
    const next = { row, users: mine };
    known.set(row, next);
    return next;
  });
}

/** Networks that can go because no container belongs to them. */
export function prunableNetworks(networks: readonly UsedNetwork[]): UsedNetwork[] {
  return networks.filter((network) => network.users.length === 0 && !network.row.predefined);
}

/** Its subnets in one line. */
export function subnetWords(row: NetworkInfo): string {
  return row.subnets.map((each) => each.subnet).join(", ");
}
