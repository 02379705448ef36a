import { EngineError } from "../../base/errors.ts";
import type { Containers } from "../../containers/containers.ts";
import type { NetworkRecord, Networks } from "../../networks/networks.ts";
import { labelsMatch, type Filters } from "../filters.ts";
import type { Route } from "../router.ts";

export interface NetworkBackend {
  readonly networks: Pick<Networks, "list" | "get">;
  readonly containers: Pick<Containers, "list">;
}

const PREDEFINED = ["bridge", "host", "none"];

/** `/networks`: list and inspect. User-defined networks are not offered yet, and say so. */
export function networkRoutes(backend: NetworkBackend): Route[] {
  const { networks } = backend;
  return [
    {
      method: "GET",
      path: "/networks",
      handler: (request, reply) => {
        const filters = request.filters(["dangling", "driver", "id", "label", "name", "scope", "type"]);
        reply.json(networks.list().filter((network) => matches(network, filters)).map((network) => networkJson(network, {})));
      },
    },
    { method: "GET", path: "/networks/{name}", handler: (request, reply) => reply.json(inspect(backend, request.param("name"))) },
    { method: "POST", path: "/networks/create", handler: () => notOffered("user-defined networks are not implemented yet: use the networks bridge, host, none or container:NAME") },
    { method: "POST", path: "/networks/prune", handler: (_, reply) => reply.json({ NetworksDeleted: null }) },
    { method: "POST", path: "/networks/{name}/connect", handler: () => notOffered("connecting a container to another network is not implemented yet: choose its network when you create it") },
    { method: "POST", path: "/networks/{name}/disconnect", handler: () => notOffered("disconnecting a container from its network is not implemented yet") },
    {
      method: "DELETE",
      path: "/networks/{name}",
      handler: (request) => {
        const { name, id } = networks.get(request.param("name"));
        throw new EngineError("forbidden", `${name} is a pre-defined network and cannot be removed`, { details: { id } });
      },
    },
  ];
}

function notOffered(sentence: string): Promise<never> {
  return Promise.reject(new EngineError("notImplemented", sentence));
}

function matches(network: NetworkRecord, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean): boolean => filters.get(name)?.some(test) ?? true;
  const predefined = PREDEFINED.includes(network.name);
  return any("name", (value) => network.name.includes(value)) && any("id", (value) => network.id.startsWith(value)) && any("driver", (value) => network.driver === value)
    && any("scope", (value) => value === "local") && any("type", (value) => (value === "builtin") === predefined) && labelsMatch(filters.get("label"), network.labels);
}

function inspect({ networks, containers }: NetworkBackend, nameOrId: string): object {
  const network = networks.get(nameOrId);
  const attached: Record<string, object> = {};
  for (const { record, endpoints } of containers.list()) {
    const endpoint = endpoints.find((candidate) => candidate.networkId === network.id);
    if (endpoint === undefined) continue;
    attached[record.id] = { Name: record.name, EndpointID: endpoint.endpointId, MacAddress: endpoint.macAddress, IPv4Address: endpoint.ipAddress === "" ? "" : `${endpoint.ipAddress}/${endpoint.prefixLength}`, IPv6Address: "" };
  }
  return networkJson(network, attached);
}

function networkJson(network: NetworkRecord, containers: Readonly<Record<string, object>>): object {
  return {
    Name: network.name,
    Id: network.id,
    Created: network.createdAt.toISOString(),
    Scope: "local",
    Driver: network.driver,
    EnableIPv4: true,
    EnableIPv6: network.enableIPv6,
    IPAM: { Driver: "default", Options: null, Config: network.subnets.map(({ subnet, gateway }) => ({ Subnet: subnet, Gateway: gateway })) },
    Internal: network.internal,
    Attachable: false,
    Ingress: false,
    ConfigFrom: { Network: "" },
    ConfigOnly: false,
    Containers: containers,
    Options: network.options,
    Labels: network.labels,
  };
}
