import type { NetworkInspectInfo } from "dockerode";
import type { CompleteNetworkForm, NetworkDetails, NetworkInfo } from "../ipc/contract/networks.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";

/** Networks of the engine. */
export interface Networks {
  list(signal?: AbortSignal): Promise<NetworkInfo[]>;
  inspect(id: string, signal?: AbortSignal): Promise<NetworkDetails>;
  create(form: CompleteNetworkForm): Promise<{ id: string; warning: string }>;
  connect(request: { network: string; container: string; address?: string | undefined; aliases: readonly string[] }): Promise<void>;
  disconnect(request: { network: string; container: string; force: boolean }): Promise<void>;
  remove(id: string): Promise<void>;
}

/** The names that no daemon lets be removed. A swarm adds two of its own. */
const PREDEFINED: ReadonlySet<string> = new Set(["bridge", "host", "none", "ingress", "docker_gwbridge"]);

export function createNetworks(connection: EngineConnection): Networks {
  const { docker } = connection;
  return {
    async list(signal) {
      const all = await dial<NetworkInspectInfo[] | null>(docker, { path: "/networks", method: "GET", okStatuses: [200], signal });
      return (all ?? []).map(toNetworkInfo);
    },
    async inspect(id, signal) {
      const raw = await dial<NetworkInspectInfo>(docker, { path: `/networks/${id}`, method: "GET", okStatuses: [200], signal });
      return {
        ...toNetworkInfo(raw),
        // "ep-..." keys are endpoints of other hosts in a swarm.
        endpoints: Object.entries(raw.Containers ?? {}).map(([containerId, one]) => ({ containerId, name: one.Name, ipv4: one.IPv4Address, ipv6: one.IPv6Address, mac: one.MacAddress })),
        raw: { ...raw },
      };
    },
    async create(form) {
      const answer = await dial<{ Id: string; Warning?: string }>(docker, { path: "/networks/create", method: "POST", body: toCreateBody(form), okStatuses: [200, 201] });
      return { id: answer.Id, warning: answer.Warning ?? "" };
    },
    async connect({ network, container, address, aliases }) {
      const ipam = address === undefined ? undefined : address.includes(":") ? { IPv6Address: address } : { IPv4Address: address };
      const endpoint = { ...(ipam === undefined ? {} : { IPAMConfig: ipam }), ...(aliases.length === 0 ? {} : { Aliases: [...aliases] }) };
      await docker.getNetwork(network).connect({ Container: container, EndpointConfig: endpoint });
    },
    async disconnect({ network, container, force }) {
      await docker.getNetwork(network).disconnect({ Container: container, Force: force });
    },
    async remove(id) {
      await docker.getNetwork(id).remove();
    },
  };
}

/** The request that `docker network create` sends. */
export function toCreateBody(form: CompleteNetworkForm): object {
  return {
    Name: form.name,
    // Daemons before API 1.44 make a second network of the same name without it.
    CheckDuplicate: true,
    Driver: form.driver,
    Internal: form.internal,
    EnableIPv6: form.ipv6,
    ...(form.subnets.length === 0 ? {} : { IPAM: { Driver: "default", Config: form.subnets.map(({ subnet, gateway }) => ({ Subnet: subnet, ...(gateway === undefined ? {} : { Gateway: gateway }) })) } }),
    Labels: form.labels,
    Options: form.options,
  };
}

export function toNetworkInfo(raw: NetworkInspectInfo): NetworkInfo {
  const created = Date.parse(raw.Created ?? "");
  const config = (raw.IPAM?.Config ?? []) as { Subnet?: string; Gateway?: string }[];
  return {
    id: raw.Id,
    name: raw.Name,
    driver: raw.Driver,
    scope: raw.Scope,
    internal: raw.Internal,
    ipv6: raw.EnableIPv6,
    created: Number.isNaN(created) || created <= 0 ? null : created,
    subnets: config.map(({ Subnet, Gateway }) => ({ subnet: Subnet ?? "", gateway: (Gateway ?? "").split("/")[0] ?? "" })).filter(({ subnet }) => subnet !== ""),
    labels: raw.Labels ?? {},
    options: raw.Options ?? {},
    predefined: PREDEFINED.has(raw.Name),
  };
}
