import { EngineError, isEngineError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import type { EndpointWish, Sandbox, SandboxRequest } from "../networks/networks.ts";
import type { EndpointRequest } from "./config.ts";
import type { Container } from "./container.ts";
import type { ContainerRecord } from "./containers.ts";
import { containerDirectory, type Context } from "./context.ts";
import { checkLinks } from "./links.ts";
import { changeLive, setRecord } from "./live.ts";
import { networkNames } from "./network-names.ts";
import { followLinks, networkFiles, updateNetworkFiles, type NetworkFiles } from "./network-files.ts";
import { portRequests } from "./ports.ts";
import { isAlive } from "./state.ts";
import { announceNetworks } from "./teardown.ts";

/** Where the network of a start comes from. */
export interface NetworkPlan {
  readonly request: SandboxRequest | null;
  /** A namespace made by another: the other container's; null otherwise, and for the host's. */
  readonly path: string | null;
  /** Network files of another container. */
  readonly files: NetworkFiles | null;
}

/** @throws EngineError `conflict` when the container to join does not run; `notFound`, `invalidArgument` for what cannot be had of a network, or of a link */
export function networkPlan(context: Context, { record }: Pick<Container, "record">): NetworkPlan {
  const { id, name, hostConfig, config } = record;
  const mode = hostConfig.NetworkMode ?? "bridge";
  if (mode === "host") return { request: null, path: null, files: null };
  if (mode.startsWith("container:")) {
    const other = context.directory.find(mode.slice("container:".length));
    if (!isAlive(other.state)) throw new EngineError("conflict", `cannot join network of a non running container: ${other.id}`);
    return { request: null, path: `/proc/${other.state.pid}/ns/net`, files: networkFiles(containerDirectory(context, other.id)) };
  }
  checkLinks(context, record);
  const none = mode === "none";
  const networks = none ? [] : networkNames(record).map((network) => wishFor(context, record, network));
  return { request: { containerId: id, containerName: name, networks, ports: none ? [] : portRequests(hostConfig, config.ExposedPorts ?? {}), forwarders: hostConfig.Dns }, path: null, files: null };
}

/** What a container wants of one of its networks. @throws EngineError `notFound`, `invalidArgument` for what that network cannot give */
function wishFor(context: Context, { config, id, endpoints }: ContainerRecord, name: string): EndpointWish {
  const network = context.networks.get(name);
  const { IPAMConfig: addresses, MacAddress: macAddress, Aliases: aliases = [] } = endpoints[name] ?? {};
  const ipAddress = addresses?.IPv4Address || undefined;
  if (macAddress && !/^([0-9a-f]{2}:){5}[0-9a-f]{2}$/i.test(macAddress)) throw new EngineError("invalidArgument", `invalid MAC address: ${macAddress}: expected six pairs of hexadecimal digits, like 02:42:ac:11:00:02`);
  const userDefined = !isPredefined(network.name);
  if (ipAddress !== undefined && !userDefined) throw new EngineError("invalidArgument", `user specified IP address is supported on user defined networks only: ${network.name} is predefined; create a network with --subnet`);
  if (ipAddress !== undefined && network.ownSubnet !== true) throw new EngineError("invalidArgument", `user specified IP address is supported only when connecting to networks with user configured subnets: create ${network.name} with --subnet`);
  if (aliases.length > 0 && !userDefined) throw new EngineError("invalidArgument", `network-scoped alias is supported only for containers in user defined networks: ${network.name} is predefined; create a network`);
  const hostname = config.Hostname !== "" && config.Hostname !== shortId(id) ? [config.Hostname] : [];
  return { network: name, ipAddress, macAddress: macAddress || undefined, aliases: userDefined ? [...aliases, ...hostname] : undefined };
}

/**
 * Connects a container to one more network, at once if it runs; runs in the container's queue.
 * @throws EngineError `notFound`, `forbidden`, `invalidArgument`, `conflict`, ...
 */
export async function connectContainer(context: Context, container: Container, nameOrId: string, request: EndpointRequest): Promise<void> {
  const network = context.networks.get(nameOrId);
  checkChange(container, network.name);
  const { record, state } = container;
  const known = networkNames(record).includes(network.name);
  const next = { ...record, endpoints: { ...record.endpoints, [network.name]: request } };
  if (isAlive(state) && context.networks.sandbox(record.id) !== null) {
    wishFor(context, next, network.name);
    await changeLive(context, container, next, () => plugIn(context, container, next, network.name));
    await followLinks(context, container);
    return;
  }
  if (known) throw new EngineError("forbidden", `endpoint with name ${record.name} already exists in network ${network.name}: the container is connected to it`);
  wishFor(context, next, network.name);
  setRecord(context, container, next);
}

/** Connects a running container's sandbox to one of the networks of `record`, which it has or will have. */
export async function plugIn(context: Context, container: Container, record: ContainerRecord, name: string): Promise<void> {
  const before = sandboxOf(context, record);
  const after = await context.networks.connect(record.id, wishFor(context, record, name), portRequests(record.hostConfig, record.config.ExposedPorts ?? {}));
  await updateNetworkFiles(context, container, before, after);
  announceNetworks(context, container, { ...after, endpoints: after.endpoints.filter((endpoint) => endpoint.networkName === name) }, "connect");
}

/** Takes a running container's sandbox off a network. */
export async function unplug(context: Context, container: Container, name: string): Promise<void> {
  const before = sandboxOf(context, container.record);
  const after = await context.networks.disconnect(container.id, name);
  await updateNetworkFiles(context, container, before, after);
  announceNetworks(context, container, { ...before, endpoints: before.endpoints.filter((endpoint) => endpoint.networkName === name) }, "disconnect");
}

function sandboxOf(context: Context, { id }: ContainerRecord): Sandbox {
  const sandbox = context.networks.sandbox(id);
  if (sandbox === null) throw new EngineError("conflict", `container ${id} has no network of its own that could be changed`);
  return sandbox;
}

/** Disconnects a container from a network, at once if it runs; runs in the container's queue. @throws EngineError `notFound`, `invalidArgument` */
export async function disconnectContainer(context: Context, container: Container, nameOrId: string): Promise<void> {
  const network = context.networks.get(nameOrId);
  const { record, state } = container;
  checkChange(container, network.name);
  const before = isAlive(state) ? context.networks.sandbox(record.id) : null;
  const connected = before?.endpoints.filter((endpoint) => endpoint.networkId === network.id) ?? [];
  if (connected.length === 0 && (before !== null || !networkNames(record).includes(network.name))) throw new EngineError("notFound", `container ${record.id} is not connected to network ${network.name}`);
  const endpoints = Object.fromEntries(Object.entries(record.endpoints).filter(([name]) => name !== network.name));
  const next: ContainerRecord = { ...record, endpoints, ...(record.hostConfig.NetworkMode === network.name ? { leftMode: true } : {}) };
  if (before === null) setRecord(context, container, next);
  else await changeLive(context, container, next, () => unplug(context, container, network.name));
}

/** @throws EngineError `invalidArgument` where the container's or the network's kind allows no change */
function checkChange({ record: { hostConfig } }: Container, network: string): void {
  const mode = hostConfig.NetworkMode ?? "bridge";
  if (mode === "host" || network === "host") throw new EngineError("invalidArgument", "container cannot be disconnected from host network or connected to host network");
  if (mode.startsWith("container:")) throw new EngineError("invalidArgument", "container sharing network namespace with another container or host cannot be connected to any other network");
  if (mode === "none" || network === "none") throw new EngineError("invalidArgument", "container cannot be connected to multiple networks with one of the networks in private (none) mode: create it without --network none");
}

function isPredefined(network: string): boolean {
  return network === "bridge" || network === "host" || network === "none";
}

/** The name of a network given by name, id or id prefix; unchanged when there is none, as the start will say. */
export function canonicalNetwork(context: Context, nameOrId: string): string {
  try {
    return context.networks.get(nameOrId).name;
  } catch (error) {
    if (isEngineError(error, "notFound")) return nameOrId;
    throw error;
  }
}
