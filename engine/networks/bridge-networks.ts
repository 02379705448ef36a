import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted, type IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { Emitter } from "../base/events.ts";
import { newId, type ContainerId, type NetworkId } from "../base/ids.ts";
import type { Database } from "../store/database.ts";
import { NetworkRepository } from "../store/networks.ts";
import { NetlinkSocket } from "../sys/netlink.ts";
import { removeNetworkNamespace } from "../sys/netns.ts";
import { parseSubnet } from "./address.ts";
import { BridgeNetwork, chosen, removeBridgeAndRules, type BridgeSurroundings } from "./bridge-network.ts";
import { chooseSubnet } from "./bridge.ts";
import { findLink, listLinks } from "./links.ts";
import { NameServer, type NamedNetwork } from "./name-server.ts";
import type { Endpoint, EndpointWish, NetworkRecord, NetworkRequest, Networks, PortRequest, ResolverConfig, Sandbox, SandboxRequest } from "./networks.ts";
import { newNetwork, PREDEFINED, sameNetwork, type Neighbours } from "./new-network.ts";
import { OPTION } from "./options.ts";
import { NftablesPublisher } from "./ports/nftables-publisher.ts";
import { publishAll, type PortPublisher, type Publication } from "./ports/publisher.ts";
import { RootlesskitPublisher } from "./ports/rootlesskit-publisher.ts";
import { hostResolver } from "./resolver.ts";
import { connectedDevices, makeSandbox, plugIn, routeThrough, unplug } from "./sandbox.ts";

export interface BridgeNetworksOptions {
  /** The engine's data root: the mark on its bridges, so that several engines keep apart. */
  readonly root: string;
  /** The engine's run directory; namespaces are named in `netns/` below it, and the name server has `names/`. */
  readonly run: string;
  readonly database: Database;
  /** rootlesskit's state directory; undefined when the engine is root on the host. */
  readonly rootlessState?: string | undefined;
}

const DEFAULT_BRIDGE = "bridge";

/** The default bridge network, host, none, and what users define. */
export class BridgeNetworks implements Networks {
  readonly #repository: NetworkRepository<NetworkRecord, Sandbox>;
  readonly #namespaces: string;
  readonly #publisher: PortPublisher;
  readonly #netlink = new NetlinkSocket();
  readonly #names: NameServer;
  readonly #around: BridgeSurroundings;
  readonly #records = new Map<string, NetworkRecord>();
  readonly #bridges = new Map<NetworkId, BridgeNetwork>();
  readonly #sandboxes = new Map<ContainerId, Sandbox>();
  readonly #changes = new Emitter<{ readonly action: "create" | "destroy"; readonly network: NetworkRecord }>();

  readonly onDidChange = this.#changes.event;

  private constructor(options: BridgeNetworksOptions) {
    this.#repository = new NetworkRepository(options.database);
    this.#namespaces = join(options.run, "netns");
    this.#names = new NameServer(join(options.run, "names"), () => this.#namedNetworks());
    this.#publisher = options.rootlessState === undefined ? new NftablesPublisher() : new RootlesskitPublisher(options.rootlessState);
    this.#around = {
      netlink: this.#netlink,
      alias: `slipway ${options.root}`.slice(0, 255),
      save: (record) => this.#save(record),
      publications: () => (this.#publisher instanceof NftablesPublisher ? this.#publications() : []),
      servesNames: () => this.#names.available,
      othersThan: (id) => this.list().filter((record) => record.id !== id).flatMap((record) => record.subnets.map((one) => parseSubnet(one.subnet))),
    };
    mkdirSync(this.#namespaces, { recursive: true, mode: 0o700 });
    for (const record of this.#repository.networks()) this.#add({ ...record, createdAt: new Date(record.createdAt) });
    for (const record of this.#missingDefaults()) {
      this.#save(record);
      this.#add(record);
    }
  }

  /** Reads the records; changes nothing in the kernel before {@link recover}. */
  static open(options: BridgeNetworksOptions): BridgeNetworks {
    return new BridgeNetworks(options);
  }

  get servesNames(): boolean {
    return this.#names.available;
  }

  list(): readonly NetworkRecord[] {
    return [...this.#records.values()];
  }

  get(nameOrId: string): NetworkRecord {
    const byName = this.#records.get(nameOrId === "default" ? DEFAULT_BRIDGE : nameOrId);
    if (byName) return byName;
    const byId = this.list().filter((record) => nameOrId !== "" && record.id.startsWith(nameOrId));
    if (byId.length === 1) return byId[0]!;
    if (byId.length > 1) throw new EngineError("invalidArgument", `network ${nameOrId} is ambiguous (${byId.length} matches found on name)`);
    throw new EngineError("notFound", `network ${nameOrId} not found`);
  }

  create(request: NetworkRequest): NetworkRecord {
    return this.#make(newNetwork(request, this.#neighbours()));
  }

  bringBack(removed: NetworkRecord): NetworkRecord {
    return this.#make(sameNetwork(removed, this.#neighbours()));
  }

  #neighbours(): Neighbours {
    return {
      records: this.list(),
      freeSubnet: () => chooseSubnet(this.#netlink, this.#around.othersThan("" as NetworkId)),
      hasDevice: (name) => findLink(this.#netlink, name) !== undefined,
    };
  }

  #make(network: NetworkRecord): NetworkRecord {
    this.#save(network);
    this.#add(network);
    this.#changes.fire({ action: "create", network });
    return network;
  }

  remove(nameOrId: string): NetworkRecord {
    const network = this.get(nameOrId);
    if (PREDEFINED.includes(network.name)) throw new EngineError("forbidden", `${network.name} is a pre-defined network and cannot be removed`, { details: { id: network.id } });
    const bridge = this.#bridges.get(network.id)!;
    if (!bridge.idle) {
      const users = [...this.#sandboxes.values()].filter((sandbox) => sandbox.endpoints.some((endpoint) => endpoint.networkId === network.id)).map((sandbox) => sandbox.containerName ?? sandbox.containerId.slice(0, 12));
      throw new EngineError("conflict", `error while removing network: network ${network.name} id ${network.id} has active endpoints: stop or disconnect its containers (${users.join(", ")}) first`);
    }
    bridge.dispose();
    this.#bridges.delete(network.id);
    this.#records.delete(network.name);
    this.#repository.deleteNetwork(network.id);
    this.#changes.fire({ action: "destroy", network });
    return network;
  }

  sandbox(containerId: ContainerId): Sandbox | null {
    return this.#sandboxes.get(containerId) ?? null;
  }

  async resolver(): Promise<ResolverConfig> {
    return hostResolver();
  }

  async attach(request: SandboxRequest, options: IoOptions = {}): Promise<Sandbox> {
    const { containerId, containerName, forwarders } = request;
    if (this.#sandboxes.has(containerId)) await this.detach(containerId);
    const path = join(this.#namespaces, containerId.slice(0, 16));
    const common = { containerId, containerName, path, ...(forwarders === undefined || forwarders.length === 0 ? {} : { forwarders }) };
    const endpoints: Endpoint[] = [];
    let published: readonly Publication[] = [];
    try {
      const plugs = [];
      for (const wish of request.networks) {
        const bridge = this.#bridgeOf(wish.network);
        const device = await bridge.ensure();
        throwIfAborted(options.signal);
        const isFirstWayOut = outletOf(endpoints) === undefined && !bridge.record.internal;
        const endpoint = bridge.allocate(wish, `eth${endpoints.length}`, { id: containerId, name: containerName });
        endpoints.push(endpoint);
        plugs.push(bridge.plug(device, endpoint, isFirstWayOut));
      }
      makeSandbox(this.#netlink, path, plugs);
      const ports = await this.#publish(request.ports, endpoints);
      const sandbox = this.#keep({ ...common, endpoints, ports });
      published = this.#publicationsOf(sandbox);
      if (isNamed(sandbox)) await this.#names.refresh();
      return sandbox;
    } catch (error) {
      this.#forget(containerId);
      await this.#publisher.close(published);
      removeNetworkNamespace(path);
      for (const endpoint of endpoints) this.#bridges.get(endpoint.networkId)?.release(endpoint);
      throw error;
    }
  }

  async detach(containerId: ContainerId): Promise<void> {
    const sandbox = this.#sandboxes.get(containerId);
    if (!sandbox) return;
    this.#sandboxes.delete(containerId);
    const publications = this.#publicationsOf(sandbox);
    if (publications.length > 0) await this.#publisher.close(publications);
    removeNetworkNamespace(sandbox.path);
    for (const endpoint of sandbox.endpoints) this.#bridges.get(endpoint.networkId)?.release(endpoint);
    this.#repository.deleteSandbox(containerId);
    if (isNamed(sandbox)) await this.#names.refresh();
  }

  async connect(containerId: ContainerId, wish: EndpointWish, ports: readonly PortRequest[]): Promise<Sandbox> {
    const before = this.#sandboxOf(containerId);
    const bridge = this.#bridgeOf(wish.network);
    const { name } = bridge.record;
    if (before.endpoints.some((endpoint) => endpoint.networkId === bridge.record.id)) throw new EngineError("forbidden", `endpoint with name ${before.containerName ?? containerId} already exists in network ${name}: the container is connected to it`);
    const device = await bridge.ensure();
    const isFirstWayOut = outletOf(before.endpoints) === undefined && !bridge.record.internal;
    const endpoint = bridge.allocate(wish, freeInterface(before.endpoints), { id: containerId, name: before.containerName });
    const endpoints = [...before.endpoints, endpoint];
    // On record before it is in the kernel: a start-up after a crash looks for what is missing.
    this.#keep({ ...before, endpoints });
    try {
      plugIn(this.#netlink, before.path, bridge.plug(device, endpoint, isFirstWayOut));
      const sandbox = this.#keep({ ...before, endpoints, ports: isFirstWayOut ? await this.#publish(ports, endpoints) : before.ports });
      await this.#names.refresh();
      return sandbox;
    } catch (error) {
      unplug(before.path, endpoint.interfaceName);
      bridge.release(endpoint);
      this.#keep(before);
      throw error;
    }
  }

  async disconnect(containerId: ContainerId, network: string): Promise<Sandbox> {
    const before = this.#sandboxOf(containerId);
    const { id, name } = this.get(network);
    const endpoint = before.endpoints.find((one) => one.networkId === id);
    if (endpoint === undefined) throw new EngineError("notFound", `container ${containerId} is not connected to network ${name}`);
    const endpoints = before.endpoints.filter((one) => one !== endpoint);
    const leadsOut = outletOf(before.endpoints) === endpoint;
    if (leadsOut) await this.#publisher.close(this.#publicationsOf(before));
    unplug(before.path, endpoint.interfaceName);
    this.#bridges.get(id)!.release(endpoint);
    if (leadsOut) routeThroughOutlet(before.path, endpoints);
    // The ports stay on record while they move: a start-up after a crash publishes what it finds there.
    const unplugged = this.#keep({ ...before, endpoints });
    const sandbox = leadsOut ? await this.#republish(unplugged) : unplugged;
    await this.#names.refresh();
    return sandbox;
  }

  async rename(containerId: ContainerId, name: string): Promise<void> {
    const sandbox = this.#sandboxes.get(containerId);
    if (sandbox === undefined) return;
    const renamed = (names: readonly string[]): string[] => [...new Set([name, ...names.filter((one) => one !== sandbox.containerName)])];
    this.#keep({ ...sandbox, containerName: name, endpoints: sandbox.endpoints.map((endpoint) => (endpoint.names === undefined ? endpoint : { ...endpoint, names: renamed(endpoint.names) })) });
    if (isNamed(sandbox)) await this.#names.refresh();
  }

  async recover(live: ReadonlySet<ContainerId>): Promise<void> {
    this.#sandboxes.clear();
    for (const bridge of this.#bridges.values()) bridge.reset();
    for (const sandbox of this.#repository.sandboxes()) {
      if (live.has(sandbox.containerId)) this.#adopt(sandbox);
      else this.#repository.deleteSandbox(sandbox.containerId);
    }
    const owned = new Set([...this.#sandboxes.values()].map((sandbox) => sandbox.path));
    for (const name of readdirSync(this.#namespaces)) {
      const path = join(this.#namespaces, name);
      if (!owned.has(path)) removeNetworkNamespace(path);
    }
    this.#removeStrangers();
    for (const bridge of this.#bridges.values()) await bridge.restore();
    await this.#publisher.restore(this.#publications());
    await this.#names.refresh();
  }

  async close(options: { readonly removeAll?: boolean } = {}): Promise<void> {
    await this.#publisher.dispose({ removeAll: options.removeAll === true });
    if (options.removeAll) {
      this.#sandboxes.clear();
      await this.#names.refresh();
      for (const bridge of this.#bridges.values()) bridge.dispose();
    }
    this.#netlink[Symbol.dispose]();
  }

  #missingDefaults(): NetworkRecord[] {
    const common = { createdAt: new Date(), internal: false, enableIPv6: false, options: {}, labels: {} };
    const defaults = [
      () => ({ ...common, id: newId<NetworkId>(), name: DEFAULT_BRIDGE, driver: "bridge" as const, bridge: null, subnets: [chosen(chooseSubnet(this.#netlink))] }),
      () => ({ ...common, id: newId<NetworkId>(), name: "host", driver: "host" as const, bridge: null, subnets: [] }),
      () => ({ ...common, id: newId<NetworkId>(), name: "none", driver: "null" as const, bridge: null, subnets: [] }),
    ];
    return defaults.map((make) => make()).filter((record) => !this.#records.has(record.name));
  }

  #add(record: NetworkRecord): void {
    this.#records.set(record.name, record);
    if (record.driver === "bridge") this.#bridges.set(record.id, new BridgeNetwork(record, record.name !== DEFAULT_BRIDGE, this.#around));
  }

  #save(record: NetworkRecord): void {
    this.#records.set(record.name, record);
    this.#repository.saveNetwork(record);
  }

  #bridgeOf(nameOrId: string): BridgeNetwork {
    const network = this.get(nameOrId);
    const bridge = this.#bridges.get(network.id);
    if (bridge === undefined) throw new EngineError("invalidArgument", `network ${network.name} gives no sandbox: use it as the container's network mode`);
    return bridge;
  }

  #sandboxOf(containerId: ContainerId): Sandbox {
    const sandbox = this.#sandboxes.get(containerId);
    if (sandbox === undefined) throw new EngineError("conflict", `container ${containerId} has no network of its own that could be changed`);
    return sandbox;
  }

  /** Publishes at the first endpoint that leads out; nothing where there is none, as in Docker. */
  async #publish(requests: readonly PortRequest[], endpoints: readonly Endpoint[]): Promise<Sandbox["ports"]> {
    const outlet = outletOf(endpoints);
    if (requests.length === 0 || outlet === undefined) return [];
    const { bridge, options } = this.#bridges.get(outlet.networkId)!.record;
    const hostAddress = options[OPTION.hostAddress] ?? "";
    try {
      return await publishAll(this.#publisher, requests.map((request) => (request.hostIp === "" ? { ...request, hostIp: hostAddress === "0.0.0.0" ? "" : hostAddress } : request)), { containerIp: outlet.ipAddress, bridge: bridge! });
    } catch (error) {
      throw this.#nameContainer(error);
    }
  }

  /** Publishes a sandbox's ports, which nobody publishes at the moment, at what is its way out now. @throws EngineError as for new ones; the sandbox has none then */
  async #republish(sandbox: Sandbox): Promise<Sandbox> {
    const requests = sandbox.ports.map((port) => ({ ...port, hostPorts: { first: port.hostPort, last: port.hostPort } }));
    try {
      return this.#keep({ ...sandbox, ports: await this.#publish(requests, sandbox.endpoints) });
    } catch (error) {
      this.#keep({ ...sandbox, ports: [] });
      throw error;
    }
  }

  /** A port that one of our own containers holds is named by that container, not by the engine's process. */
  #nameContainer(error: unknown): unknown {
    if (!(error instanceof EngineError) || error.code !== "conflict") return error;
    const { port, protocol } = error.details;
    const holder = [...this.#sandboxes.values()].find((sandbox) => sandbox.ports.some((one) => one.hostPort === port && one.protocol === protocol));
    if (!holder) return error;
    const name = holder.containerName ?? holder.containerId.slice(0, 12);
    return new EngineError("conflict", `Bind for ${String(error.details["ip"])}:${String(port)} failed: port is already allocated: container ${name} publishes it; use another host port or stop that container`, { cause: error, details: { ...error.details, ownerContainer: name, ownerPid: undefined, ownerName: undefined } });
  }

  #keep(sandbox: Sandbox): Sandbox {
    this.#sandboxes.set(sandbox.containerId, sandbox);
    this.#repository.saveSandbox(sandbox);
    return sandbox;
  }

  #forget(containerId: ContainerId): void {
    if (this.#sandboxes.delete(containerId)) this.#repository.deleteSandbox(containerId);
  }

  /** Takes over a sandbox that outlived an engine, without what was half connected or half disconnected when that one ended. */
  #adopt(recorded: Sandbox): void {
    const devices = isNamed(recorded) ? connectedDevices(recorded.path) : undefined;
    const endpoints = recorded.endpoints.filter((endpoint) => this.#bridges.has(endpoint.networkId) && (devices === undefined || devices.includes(endpoint.interfaceName)));
    if (devices !== undefined) for (const endpoint of recorded.endpoints) if (!endpoints.includes(endpoint)) unplug(recorded.path, endpoint.interfaceName);
    if (outletOf(endpoints) !== outletOf(recorded.endpoints)) routeThroughOutlet(recorded.path, endpoints);
    const sandbox = endpoints.length === recorded.endpoints.length ? recorded : { ...recorded, endpoints };
    if (sandbox === recorded) this.#sandboxes.set(sandbox.containerId, sandbox);
    else this.#keep(sandbox);
    for (const endpoint of endpoints) this.#bridges.get(endpoint.networkId)!.adopt(endpoint);
  }

  /** Removes bridges with our mark that no record names. */
  #removeStrangers(): void {
    const known = new Set(this.list().map((record) => record.bridge));
    for (const link of listLinks(this.#netlink)) {
      if (link.alias === this.#around.alias && !known.has(link.name)) removeBridgeAndRules(this.#around, link.name);
    }
  }

  #publications(): Publication[] {
    return [...this.#sandboxes.values()].flatMap((sandbox) => this.#publicationsOf(sandbox));
  }

  #publicationsOf(sandbox: Sandbox): Publication[] {
    const outlet = outletOf(sandbox.endpoints);
    if (outlet === undefined || sandbox.ports.length === 0) return [];
    const target = { containerIp: outlet.ipAddress, bridge: this.#bridges.get(outlet.networkId)!.record.bridge! };
    return sandbox.ports.map((port) => ({ ...port, ...target }));
  }

  #namedNetworks(): NamedNetwork[] {
    return [...this.#bridges.values()].filter(({ idle }) => !idle).map(({ record: { id, internal, subnets } }) => ({
      id, internal, address: subnets[0]!.gateway,
      endpoints: [...this.#sandboxes.values()].flatMap(({ containerId, endpoints, forwarders = [] }) => endpoints.flatMap(({ networkId, names, ipAddress }) => (networkId === id && names !== undefined ? [{ containerId, ipAddress, names, forwarders }] : []))),
    }));
  }
}

/** The endpoint that has the default route and the ports. */
function outletOf(endpoints: readonly Endpoint[]): Endpoint | undefined {
  return endpoints.find((endpoint) => endpoint.gateway !== "");
}

/** Leads the default route of the namespace at `path` through the endpoint that is its way out, if it has one. */
function routeThroughOutlet(path: string, endpoints: readonly Endpoint[]): void {
  const outlet = outletOf(endpoints);
  if (outlet !== undefined) routeThrough(path, outlet.interfaceName, outlet.gateway);
}

function isNamed(sandbox: Sandbox): boolean {
  return sandbox.endpoints.some((endpoint) => endpoint.names !== undefined);
}

function freeInterface(endpoints: readonly Endpoint[]): string {
  const taken = new Set(endpoints.map((endpoint) => endpoint.interfaceName));
  for (let index = 0; ; index++) if (!taken.has(`eth${index}`)) return `eth${index}`;
}
