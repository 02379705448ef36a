import { EngineError, isEngineError } from "../../base/errors.ts";
import type { Containers } from "../../containers/containers.ts";
import { PREDEFINED } from "../../networks/new-network.ts";
import type { NetworkRecord, Networks } from "../../networks/networks.ts";
import { booleanFilter, labelsMatch, type Filters } from "../filters.ts";
import { untilOf } from "../containers/routes.ts";
import { endpoint } from "../containers/create-body.ts";
import type { ApiReply } from "../reply.ts";
import type { ApiRequest } from "../request.ts";
import type { Route } from "../router.ts";
import { anything, flag, list, object, record, text } from "../shape.ts";
import { endpointsJson, networkJson } from "./json.ts";

export interface NetworkBackend {
  readonly networks: Pick<Networks, "list" | "get" | "create" | "remove" | "servesNames">;
  readonly containers: Pick<Containers, "list" | "connect" | "disconnect">;
}

const createBody = object({
  Name: text, Driver: text, CheckDuplicate: flag, Internal: flag, Attachable: flag, Ingress: flag, ConfigOnly: flag, Scope: text, EnableIPv4: flag, EnableIPv6: flag,
  IPAM: object({ Driver: text, Options: record(text), Config: list(object({ Subnet: text, IPRange: text, Gateway: text, AuxiliaryAddresses: record(text) })) }),
  ConfigFrom: anything, Options: record(text), Labels: record(text),
});
const connectBody = object({ Container: text, EndpointConfig: endpoint });
const disconnectBody = object({ Container: text, Force: flag });

/** All of `/networks`. */
export function networkRoutes(backend: NetworkBackend): Route[] {
  const { networks } = backend;
  return [
    { method: "GET", path: "/networks", handler: (request, reply) => listNetworks(backend, request, reply) },
    {
      method: "GET",
      path: "/networks/{name}",
      handler: (request, reply) => {
        const network = networks.get(request.param("name"));
        reply.json(networkJson(network, endpointsJson(network, backend.containers.list())));
      },
    },
    { method: "POST", path: "/networks/create", handler: (request, reply) => create(networks, request, reply) },
    { method: "POST", path: "/networks/prune", handler: (request, reply) => prune(backend, request, reply) },
    {
      method: "POST",
      path: "/networks/{name}/connect",
      handler: async (request, reply) => {
        const body = await request.json(connectBody);
        await backend.containers.connect(named(body.Container), request.param("name"), body.EndpointConfig ?? {});
        reply.empty(200);
      },
    },
    {
      method: "POST",
      path: "/networks/{name}/disconnect",
      handler: async (request, reply) => {
        const body = await request.json(disconnectBody);
        await backend.containers.disconnect(named(body.Container), request.param("name"));
        reply.empty(200);
      },
    },
    {
      method: "DELETE",
      path: "/networks/{name}",
      handler: (request, reply) => {
        networks.remove(request.param("name"));
        reply.empty();
      },
    },
  ];
}

function named(container: string | undefined): string {
  if (container === undefined || container === "") throw new EngineError("invalidArgument", "no container specified: the field Container must not be empty");
  return container;
}

async function create(networks: NetworkBackend["networks"], request: ApiRequest, reply: ApiReply): Promise<void> {
  const body = await request.json(createBody);
  if (body.ConfigOnly === true || body.Ingress === true || body.Scope === "swarm") throw new EngineError("notImplemented", "this engine has no swarm: create the network without --config-only, --ingress and --scope swarm");
  const driver = body.IPAM?.Driver ?? "default";
  if (driver !== "" && driver !== "default") throw new EngineError("notFound", `could not find plugin ${driver} in v1 plugin registry: plugin not found: this engine has the IPAM driver default`);
  const { id } = networks.create({
    name: body.Name ?? "", driver: body.Driver ?? "", internal: body.Internal ?? false, enableIPv6: body.EnableIPv6 ?? false, options: body.Options ?? {}, labels: body.Labels ?? {},
    subnets: (body.IPAM?.Config ?? []).map((one) => ({ subnet: one.Subnet || undefined, gateway: one.Gateway || undefined, ipRange: one.IPRange || undefined, auxiliaryAddresses: one.AuxiliaryAddresses })),
  });
  reply.json({ Id: id, Warning: networks.servesNames ? "" : "containers on this network will not find each other by name: aardvark-dns is not installed; install the package aardvark-dns" }, 201);
}

function listNetworks({ networks, containers }: NetworkBackend, request: ApiRequest, reply: ApiReply): void {
  const filters = request.filters(["dangling", "driver", "id", "label", "name", "scope", "type"]);
  for (const type of filters.get("type") ?? []) if (type !== "custom" && type !== "builtin") throw new EngineError("invalidArgument", `invalid filter: 'type'='${type}': expected custom or builtin`);
  const dangling = filters.has("dangling") ? booleanFilter(filters, "dangling", true) : undefined;
  const used = dangling === undefined ? new Set<string>() : usedNetworks(containers);
  const wanted = (network: NetworkRecord): boolean => matches(network, filters) && (dangling === undefined || (!PREDEFINED.includes(network.name) && !used.has(network.id)) === dangling);
  reply.json(networks.list().filter(wanted).map((network) => networkJson(network, {})));
}

function matches(network: NetworkRecord, filters: Filters): boolean {
  const any = (name: string, test: (value: string) => boolean): boolean => filters.get(name)?.some(test) ?? true;
  return any("name", (value) => network.name.includes(value)) && any("id", (value) => network.id.includes(value)) && any("driver", (value) => network.driver === value)
    && any("scope", (value) => value === "local") && any("type", (value) => (value === "builtin") === PREDEFINED.includes(network.name)) && labelsMatch(filters.get("label"), network.labels);
}

function usedNetworks(containers: NetworkBackend["containers"]): Set<string> {
  return new Set(containers.list().flatMap((view) => view.endpoints.map((one) => one.networkId)));
}

/** Removes what no running container uses, as Docker does. */
function prune({ networks, containers }: NetworkBackend, request: ApiRequest, reply: ApiReply): void {
  const filters = request.filters(["until", "label", "label!"]);
  const until = untilOf(filters);
  const used = usedNetworks(containers);
  const removed: string[] = [];
  for (const network of networks.list()) {
    if (PREDEFINED.includes(network.name) || used.has(network.id) || (until !== null && network.createdAt.getTime() >= until)) continue;
    if (!labelsMatch(filters.get("label"), network.labels) || (filters.get("label!") ?? []).some((label) => labelsMatch([label], network.labels))) continue;
    try {
      networks.remove(network.id);
      removed.push(network.name);
    } catch (error) {
      // A container is being connected to it.
      if (!isEngineError(error, "conflict")) throw error;
    }
  }
  reply.json({ NetworksDeleted: removed.length === 0 ? null : removed });
}
