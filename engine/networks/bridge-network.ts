import { sleep } from "../base/abort.ts";
import { EngineError, isSystemError } from "../base/errors.ts";
import { newId, shortId, type ContainerId, type NetworkId } from "../base/ids.ts";
import type { NetlinkSocket } from "../sys/netlink.ts";
import { applyNft } from "../sys/nftables.ts";
import { AddressPool, formatIPv4, formatSubnet, macFor, overlaps, parseIPv4, parseSubnet, type Subnet } from "./address.ts";
import { allowForwarding, chooseBridgeName, chooseSubnet, findBridge, makeBridge, removeBridge, type BridgeDevice } from "./bridge.ts";
import { findLink, subnetUses, usedSubnets } from "./links.ts";
import type { Endpoint, EndpointWish, NetworkRecord } from "./networks.ts";
import { allowThroughForeignFirewall, deleteTable, forgetForeignFirewall, tableScript } from "./nft.ts";
import { OPTION } from "./options.ts";
import type { Publication } from "./ports/publisher.ts";
import type { Plug } from "./sandbox.ts";

/** How often a name and a subnet are chosen, and how long one that yields waits at most. */
const ATTEMPTS = 10;
const LONGEST_PAUSE_MS = 20;

/** What a bridge network needs of the engine's other networks. */
export interface BridgeSurroundings {
  readonly netlink: NetlinkSocket;
  /** The mark on devices of this engine. */
  readonly alias: string;
  readonly save: (record: NetworkRecord) => void;
  /** Ports that nftables leads to containers. */
  readonly publications: () => readonly Publication[];
  /** Whether there is a name server. */
  readonly servesNames: () => boolean;
  /** Subnets of all networks but the one with that id. */
  readonly othersThan: (id: NetworkId) => readonly Subnet[];
}

/** One bridge network: its record, its addresses, and its device from the first container on. */
export class BridgeNetwork {
  readonly #around: BridgeSurroundings;
  readonly #userDefined: boolean;
  #record: NetworkRecord;
  #addresses: AddressPool;
  #device: Promise<BridgeDevice> | undefined;

  constructor(record: NetworkRecord, userDefined: boolean, around: BridgeSurroundings) {
    this.#around = around;
    this.#userDefined = userDefined;
    this.#record = record;
    this.#addresses = poolOf(record);
  }

  get record(): NetworkRecord {
    return this.#record;
  }

  get subnet(): Subnet {
    return this.#addresses.subnet;
  }

  /** Whether no endpoint has an address. */
  get idle(): boolean {
    return this.#addresses.idle;
  }

  get isolated(): boolean {
    return this.#record.options[OPTION.icc] === "false";
  }

  /** The default bridge has no names, as in Docker. */
  get #named(): boolean {
    return this.#userDefined && this.#around.servesNames();
  }

  /** Forgets which addresses are taken. */
  reset(): void {
    this.#addresses = poolOf(this.#record);
  }

  ensure(): Promise<BridgeDevice> {
    return (this.#device ??= this.#open().catch((error: unknown) => {
      this.#device = undefined;
      throw error;
    }));
  }

  /** Makes rules and settings true again, if the bridge is there. */
  async restore(): Promise<void> {
    this.#device = undefined;
    if (this.#found() !== undefined) await this.ensure();
  }

  /** Removes bridge and rules; fine when they are not there. */
  dispose(): void {
    this.#device = undefined;
    const { bridge } = this.#record;
    if (bridge !== null) removeBridgeAndRules(this.#around, bridge);
  }

  /**
   * Gives an address out. @param names.container the container's name, where it has one
   * @throws EngineError `resourceExhausted`, `invalidArgument`, `conflict`
   */
  allocate(wish: EndpointWish, interfaceName: string, container: { readonly id: ContainerId; readonly name?: string | undefined }): Endpoint {
    let address: number;
    if (wish.ipAddress === undefined) {
      address = this.#addresses.allocate();
    } else {
      address = parseIPv4(wish.ipAddress);
      this.#addresses.reserve(address);
    }
    const { id, name, internal } = this.#record;
    const { gateway } = this.#record.subnets[0]!;
    return {
      networkId: id, networkName: name, endpointId: newId<NetworkId>(), ipAddress: formatIPv4(address),
      prefixLength: this.subnet.prefixLength, gateway: internal ? "" : gateway, macAddress: wish.macAddress ?? macFor(address), interfaceName,
      ...(this.#named ? { nameServer: gateway, names: namesOf(container, wish.aliases ?? []) } : {}),
    };
  }

  /** Takes the address of an endpoint that outlived an engine. */
  adopt(endpoint: Endpoint): void {
    this.#addresses.reserve(parseIPv4(endpoint.ipAddress));
  }

  release(endpoint: Endpoint): void {
    this.#addresses.release(parseIPv4(endpoint.ipAddress));
  }

  /** The kernel's side of an endpoint. */
  plug(device: BridgeDevice, endpoint: Endpoint, isDefaultRoute: boolean): Plug {
    return {
      bridge: device, isolated: this.isolated, interfaceName: endpoint.interfaceName, ipAddress: parseIPv4(endpoint.ipAddress), prefixLength: endpoint.prefixLength,
      macAddress: endpoint.macAddress, defaultGateway: isDefaultRoute ? endpoint.gateway : undefined,
    };
  }

  #found(): BridgeDevice | undefined {
    const { bridge } = this.#record;
    return bridge === null ? undefined : findBridge(this.#around.netlink, bridge, this.#around.alias);
  }

  /** Finds our bridge or makes it, with a fresh name or subnet where others took the recorded ones meanwhile. */
  async #open(): Promise<BridgeDevice> {
    const { publications } = this.#around;
    let device = this.#found();
    if (device) {
      allowForwarding(device.name);
    } else {
      device = await this.#make();
    }
    const { subnet, gateway } = this.#record.subnets[0]!;
    applyNft(tableScript({
      bridge: device.name, subnet, internal: this.#record.internal, masquerade: this.#record.options[OPTION.masquerade] !== "false", nameServer: this.#named ? gateway : undefined,
    }, publications()));
    await allowThroughForeignFirewall(device.name, this.#named);
    return device;
  }

  /** Another engine may take the same name or subnet at this very moment: who sees that yields and chooses again. */
  async #make(): Promise<BridgeDevice> {
    const { netlink, alias } = this.#around;
    for (let attempt = 1; ; attempt++) {
      this.#settle();
      const { bridge, options, ownSubnet, subnets: [first] } = this.#record;
      try {
        const device = makeBridge(netlink, bridge!, alias, first!.subnet, first!.gateway, options[OPTION.mtu] === undefined ? undefined : Number(options[OPTION.mtu]));
        const shared = ownSubnet !== true && subnetUses(netlink).some((use) => use.device !== device.index && overlaps(use.subnet, this.subnet));
        if (!shared || attempt === ATTEMPTS) return device;
        removeBridge(netlink, device.name, alias);
      } catch (error) {
        if (!isSystemError(error, "EEXIST") || attempt === ATTEMPTS) throw error;
      }
      await sleep(Math.random() * LONGEST_PAUSE_MS);
    }
  }

  /** Decides on name and subnet of a bridge that is about to be made. */
  #settle(): void {
    const { netlink, othersThan, save } = this.#around;
    const { id, ownSubnet, options } = this.#record;
    const taken = ownSubnet !== true && usedSubnets(netlink).some((used) => overlaps(used, this.subnet));
    const wanted = options[OPTION.bridgeName];
    if (wanted !== undefined && findLink(netlink, wanted) !== undefined) throw new EngineError("conflict", `the bridge ${wanted} of network ${this.#record.name} cannot be made: another network device has that name; rename the device, or make the network with another ${OPTION.bridgeName}`);
    const bridge = wanted ?? (this.#userDefined ? `br-${shortId(id)}` : chooseBridgeName(netlink));
    this.#record = { ...this.#record, bridge, ...(taken ? { subnets: [chosen(chooseSubnet(netlink, othersThan(id)))] } : {}) };
    save(this.#record);
    if (taken) this.reset();
  }
}

/** Removes a bridge of ours with its rules. They go first: what a crash leaves is found by its device. */
export function removeBridgeAndRules({ netlink, alias }: Pick<BridgeSurroundings, "netlink" | "alias">, bridge: string): void {
  if (findBridge(netlink, bridge, alias) === undefined) return;
  deleteTable(bridge);
  forgetForeignFirewall(bridge);
  removeBridge(netlink, bridge, alias);
}

/** A subnet with its first address as gateway. */
export function chosen(subnet: Subnet): NetworkRecord["subnets"][number] {
  return { subnet: formatSubnet(subnet), gateway: formatIPv4(subnet.base + 1) };
}

function poolOf({ subnets: [first] }: NetworkRecord): AddressPool {
  const { subnet, gateway, ipRange, auxiliaryAddresses = {} } = first!;
  return new AddressPool(parseSubnet(subnet), parseIPv4(gateway), {
    range: ipRange === undefined ? undefined : parseSubnet(ipRange),
    reserved: Object.values(auxiliaryAddresses).map(parseIPv4),
  });
}

function namesOf({ id, name }: { readonly id: ContainerId; readonly name?: string | undefined }, aliases: readonly string[]): string[] {
  return [...new Set([...(name === undefined ? [] : [name]), ...aliases, shortId(id), id])];
}
