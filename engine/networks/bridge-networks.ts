import { mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted, type IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { newId, type ContainerId, type NetworkId } from "../base/ids.ts";
import type { Database } from "../store/database.ts";
import { NetworkRepository } from "../store/networks.ts";
import { NetlinkSocket } from "../sys/netlink.ts";
import { removeNetworkNamespace } from "../sys/netns.ts";
import { applyNft } from "../sys/nftables.ts";
import { AddressPool, formatIPv4, formatSubnet, macFor, overlaps, parseIPv4, parseSubnet } from "./address.ts";
import { allowForwarding, chooseBridgeName, chooseSubnet, findBridge, makeBridge, removeBridge, type BridgeDevice } from "./bridge.ts";
import { usedSubnets } from "./links.ts";
import type { Endpoint, NetworkRecord, Networks, ResolverConfig, Sandbox, SandboxRequest } from "./networks.ts";
import { allowThroughForeignFirewall, deleteTable, tableScript } from "./nft.ts";
import { NftablesPublisher } from "./ports/nftables-publisher.ts";
import { publishAll, type PortPublisher, type Publication } from "./ports/publisher.ts";
import { RootlesskitPublisher } from "./ports/rootlesskit-publisher.ts";
import { hostResolver } from "./resolver.ts";
import { makeSandbox } from "./sandbox.ts";

export interface BridgeNetworksOptions {
  /** The engine's data root: the mark on its bridge, so that several engines keep apart. */
  readonly root: string;
  /** The engine's run directory; namespaces are named in `netns/` below it. */
  readonly run: string;
  readonly database: Database;
  /** rootlesskit's state directory; undefined when the engine is root on the host. */
  readonly rootlessState?: string | undefined;
}

const DEFAULT_BRIDGE = "bridge";
const INTERFACE = "eth0";

/** The default bridge network, host and none. The bridge itself is made when the first container needs it. */
export class BridgeNetworks implements Networks {
  readonly #repository: NetworkRepository<NetworkRecord, Sandbox>;
  readonly #namespaces: string;
  readonly #alias: string;
  readonly #publisher: PortPublisher;
  readonly #netlink = new NetlinkSocket();
  readonly #records = new Map<string, NetworkRecord>();
  readonly #sandboxes = new Map<ContainerId, Sandbox>();
  #addresses: AddressPool;
  #bridge: Promise<BridgeDevice> | undefined;

  private constructor(options: BridgeNetworksOptions) {
    this.#repository = new NetworkRepository(options.database);
    this.#namespaces = join(options.run, "netns");
    this.#alias = `slipway ${options.root}`.slice(0, 255);
    this.#publisher = options.rootlessState === undefined ? new NftablesPublisher(() => this.#default.bridge!) : new RootlesskitPublisher(options.rootlessState);
    mkdirSync(this.#namespaces, { recursive: true, mode: 0o700 });
    for (const record of this.#repository.networks()) this.#records.set(record.name, { ...record, createdAt: new Date(record.createdAt) });
    for (const record of this.#missingDefaults()) this.#save(record);
    this.#addresses = this.#emptyPool();
  }

  /** Reads the records; changes nothing in the kernel before {@link recover}. */
  static open(options: BridgeNetworksOptions): BridgeNetworks {
    return new BridgeNetworks(options);
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

  sandbox(containerId: ContainerId): Sandbox | null {
    return this.#sandboxes.get(containerId) ?? null;
  }

  async resolver(): Promise<ResolverConfig> {
    return hostResolver();
  }

  async attach(request: SandboxRequest, options: IoOptions = {}): Promise<Sandbox> {
    if (this.#sandboxes.has(request.containerId)) await this.detach(request.containerId);
    const path = this.#pathOf(request.containerId);
    const common = { containerId: request.containerId, containerName: request.containerName, path };
    const wanted = request.networks[0];
    if (!wanted) {
      makeSandbox(this.#netlink, path);
      return this.#keep({ ...common, endpoints: [], ports: [] });
    }
    const network = this.get(wanted.network);
    if (network.driver !== "bridge") throw new EngineError("invalidArgument", `network ${network.name} gives no sandbox: use it as the container's network mode`);
    const bridge = await this.#ensureBridge();
    throwIfAborted(options.signal);
    // Read again: with the bridge, the network may have got other addresses.
    const endpoint = this.#allocate(this.get(wanted.network), wanted);
    try {
      makeSandbox(this.#netlink, path, { bridge, address: { ...endpoint, ipAddress: parseIPv4(endpoint.ipAddress) } });
      const ports = await this.#publish(request, endpoint.ipAddress);
      return this.#keep({ ...common, endpoints: [endpoint], ports });
    } catch (error) {
      removeNetworkNamespace(path);
      this.#addresses.release(parseIPv4(endpoint.ipAddress));
      throw error;
    }
  }

  async detach(containerId: ContainerId): Promise<void> {
    const sandbox = this.#sandboxes.get(containerId);
    if (!sandbox) return;
    this.#sandboxes.delete(containerId);
    const publications = publicationsOf(sandbox);
    if (publications.length > 0) await this.#publisher.close(publications);
    removeNetworkNamespace(sandbox.path);
    for (const endpoint of sandbox.endpoints) this.#addresses.release(parseIPv4(endpoint.ipAddress));
    this.#repository.deleteSandbox(containerId);
  }

  async recover(live: ReadonlySet<ContainerId>): Promise<void> {
    this.#sandboxes.clear();
    this.#addresses = this.#emptyPool();
    for (const sandbox of this.#repository.sandboxes()) {
      if (live.has(sandbox.containerId)) this.#adopt(sandbox);
      else this.#repository.deleteSandbox(sandbox.containerId);
    }
    const owned = new Set([...this.#sandboxes.values()].map((sandbox) => sandbox.path));
    for (const name of readdirSync(this.#namespaces)) {
      const path = join(this.#namespaces, name);
      if (!owned.has(path)) removeNetworkNamespace(path);
    }
    const bridge = this.#default.bridge;
    const exists = bridge !== null && findBridge(this.#netlink, bridge, this.#alias) !== undefined;
    if (exists) await this.#ensureBridge();
    await this.#publisher.restore(this.#publications());
  }

  async close(options: { readonly removeAll?: boolean } = {}): Promise<void> {
    await this.#publisher.dispose({ removeAll: options.removeAll === true });
    const { bridge } = this.#default;
    if (options.removeAll && bridge !== null && findBridge(this.#netlink, bridge, this.#alias)) {
      removeBridge(this.#netlink, bridge, this.#alias);
      deleteTable(bridge);
    }
    this.#netlink[Symbol.dispose]();
  }

  get #default(): NetworkRecord {
    return this.#records.get(DEFAULT_BRIDGE)!;
  }

  #missingDefaults(): NetworkRecord[] {
    const common = { createdAt: new Date(), internal: false, enableIPv6: false, options: {}, labels: {} };
    const defaults: NetworkRecord[] = [
      { ...common, id: newId<NetworkId>(), name: DEFAULT_BRIDGE, driver: "bridge", bridge: null, subnets: this.#chooseSubnets() },
      { ...common, id: newId<NetworkId>(), name: "host", driver: "host", bridge: null, subnets: [] },
      { ...common, id: newId<NetworkId>(), name: "none", driver: "null", bridge: null, subnets: [] },
    ];
    return defaults.filter((record) => !this.#records.has(record.name));
  }

  #chooseSubnets(): NetworkRecord["subnets"] {
    const subnet = chooseSubnet(this.#netlink);
    return [{ subnet: formatSubnet(subnet), gateway: formatIPv4(subnet.base + 1) }];
  }

  #save(record: NetworkRecord): void {
    this.#records.set(record.name, record);
    this.#repository.saveNetwork(record);
  }

  #emptyPool(): AddressPool {
    const { subnet, gateway } = this.#default.subnets[0]!;
    return new AddressPool(parseSubnet(subnet), parseIPv4(gateway));
  }

  async #ensureBridge(): Promise<BridgeDevice> {
    this.#bridge ??= this.#openBridge().catch((error: unknown) => {
      this.#bridge = undefined;
      throw error;
    });
    return this.#bridge;
  }

  /** Finds our bridge or makes it, with a fresh name or subnet where others took the recorded ones meanwhile. */
  async #openBridge(): Promise<BridgeDevice> {
    const known = this.#default.bridge === null ? undefined : findBridge(this.#netlink, this.#default.bridge, this.#alias);
    let device: BridgeDevice;
    if (known) {
      device = known;
      allowForwarding(known.name);
    } else {
      const { subnet } = this.#default.subnets[0]!;
      const taken = usedSubnets(this.#netlink).some((used) => overlaps(used, parseSubnet(subnet)));
      const subnets = taken ? this.#chooseSubnets() : this.#default.subnets;
      this.#save({ ...this.#default, bridge: chooseBridgeName(this.#netlink), subnets });
      this.#addresses = this.#emptyPool();
      device = makeBridge(this.#netlink, this.#default.bridge!, this.#alias, subnets[0]!.subnet, subnets[0]!.gateway);
    }
    const published = this.#publisher instanceof NftablesPublisher ? this.#publications() : [];
    applyNft(tableScript(device.name, this.#default.subnets[0]!.subnet, published));
    await allowThroughForeignFirewall(device.name);
    return device;
  }

  #allocate(network: NetworkRecord, wanted: SandboxRequest["networks"][number]): Endpoint {
    let address: number;
    if (wanted.ipAddress === undefined) {
      address = this.#addresses.allocate();
    } else {
      address = parseIPv4(wanted.ipAddress);
      this.#addresses.reserve(address);
    }
    const { gateway } = network.subnets[0]!;
    return {
      networkId: network.id, networkName: network.name, endpointId: newId<NetworkId>(), ipAddress: formatIPv4(address),
      prefixLength: this.#addresses.subnet.prefixLength, gateway, macAddress: wanted.macAddress ?? macFor(address), interfaceName: INTERFACE,
    };
  }

  async #publish(request: SandboxRequest, containerIp: string): Promise<Sandbox["ports"]> {
    if (request.ports.length === 0) return [];
    try {
      return await publishAll(this.#publisher, request.ports, containerIp);
    } catch (error) {
      throw this.#nameContainer(error);
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

  #adopt(sandbox: Sandbox): void {
    this.#sandboxes.set(sandbox.containerId, sandbox);
    for (const endpoint of sandbox.endpoints) this.#addresses.reserve(parseIPv4(endpoint.ipAddress));
  }

  #publications(): Publication[] {
    return [...this.#sandboxes.values()].flatMap(publicationsOf);
  }

  #pathOf(containerId: ContainerId): string {
    return join(this.#namespaces, containerId.slice(0, 16));
  }
}

function publicationsOf(sandbox: Sandbox): Publication[] {
  const containerIp = sandbox.endpoints[0]?.ipAddress;
  return containerIp === undefined ? [] : sandbox.ports.map((port) => ({ ...port, containerIp }));
}
