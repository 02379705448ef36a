import { attribute, attributesOf, CREATE_NEW, RTM, type NetlinkSocket } from "../sys/netlink.ts";
import { isSystemError } from "../base/errors.ts";
import { formatIPv4, parseIPv4, parseSubnet, type Subnet } from "./address.ts";

/** Links, addresses and routes by name, over rtnetlink. Numbers below are the kernel's, from linux/if_link.h and its siblings. */

const AF_INET = 2;
const IFF_UP = 1;
const IFLA = { address: 1, name: 3, mtu: 4, master: 10, linkInfo: 18, protocolInfo: 12, netNsFd: 28, alias: 20, infoKind: 1, infoData: 2, vethPeer: 1 };
const BRIDGE_PORT_MODE = 4;
const BRIDGE_PORT_ISOLATED = 33;
const NLA_F_NESTED = 0x8000;
const IFA = { address: 1, local: 2, broadcast: 4 };
const RTA = { destination: 1, outputInterface: 4, gateway: 5 };
const NLM_F_REPLACE_CREATE = 0x100 | 0x400;

export interface Link {
  readonly index: number;
  readonly name: string;
  readonly alias: string;
  readonly mtu: number;
  /** Index of the bridge it belongs to; 0 for none. */
  readonly master: number;
}

function linkHeader(index = 0, flags = 0, change = 0): Buffer {
  const header = Buffer.alloc(16);
  header.writeInt32LE(index, 4);
  header.writeUInt32LE(flags, 8);
  header.writeUInt32LE(change, 12);
  return header;
}

function addressHeader(prefixLength: number, index: number): Buffer {
  const header = Buffer.alloc(8);
  header.writeUInt8(AF_INET, 0);
  header.writeUInt8(prefixLength, 1);
  header.writeUInt32LE(index, 4);
  return header;
}

function ipv4(address: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(address);
  return bytes;
}

function mac(address: string): Buffer {
  return Buffer.from(address.replaceAll(":", ""), "hex");
}

/** All links of the socket's namespace. */
export function listLinks(netlink: NetlinkSocket): Link[] {
  return netlink.dump("list network devices", RTM.getLink, linkHeader()).map(({ payload }) => {
    const attributes = attributesOf(payload, 16);
    const text = (type: number): string => attributes.get(type)?.toString("utf8").replace(/\0.*$/s, "") ?? "";
    return {
      index: payload.readInt32LE(4),
      name: text(IFLA.name),
      alias: text(IFLA.alias),
      mtu: attributes.get(IFLA.mtu)?.readUInt32LE() ?? 1500,
      master: attributes.get(IFLA.master)?.readUInt32LE() ?? 0,
    };
  });
}

export function findLink(netlink: NetlinkSocket, name: string): Link | undefined {
  return listLinks(netlink).find((link) => link.name === name);
}

/** Indexes of the links of the socket's namespace that have an IPv4 address. */
export function addressedLinks(netlink: NetlinkSocket): ReadonlySet<number> {
  const INDEX_AT = 4;
  return new Set(netlink.dump("list addresses", RTM.getAddress, addressHeader(0, 0)).flatMap(({ payload }) => (payload[0] === AF_INET ? [payload.readUInt32LE(INDEX_AT)] : [])));
}

/** IPv4 subnets that addresses and routes of the socket's namespace use; default routes left out. */
export function usedSubnets(netlink: NetlinkSocket): Subnet[] {
  return subnetUses(netlink).map(({ subnet }) => subnet);
}

/** {@link usedSubnets} with the index of the device that uses each. */
export function subnetUses(netlink: NetlinkSocket): { readonly subnet: Subnet; readonly device: number }[] {
  const addresses = netlink.dump("list addresses", RTM.getAddress, addressHeader(0, 0)).flatMap(({ payload }) => {
    const address = attributesOf(payload, 8).get(IFA.address);
    return payload[0] === AF_INET && address ? [{ subnet: parseSubnet(`${formatIPv4(address.readUInt32BE())}/${payload[1]!}`), device: payload.readUInt32LE(4) }] : [];
  });
  const routes = listRoutes(netlink).filter((route) => route.destination.prefixLength > 0).map(({ destination, device }) => ({ subnet: destination, device }));
  return [...addresses, ...routes];
}

/** Index of the device the default route uses; undefined without one. */
export function defaultRouteDevice(netlink: NetlinkSocket): number | undefined {
  return listRoutes(netlink).find((route) => route.destination.prefixLength === 0)?.device;
}

function listRoutes(netlink: NetlinkSocket): { readonly destination: Subnet; readonly device: number }[] {
  const header = Buffer.alloc(12);
  header.writeUInt8(AF_INET, 0);
  return netlink.dump("list routes", RTM.getRoute, header).flatMap(({ payload }) => {
    const attributes = attributesOf(payload, 12);
    const device = attributes.get(RTA.outputInterface)?.readUInt32LE() ?? 0;
    const base = attributes.get(RTA.destination)?.readUInt32BE() ?? 0;
    const MAIN_TABLE = 254;
    return payload[0] === AF_INET && payload[4] === MAIN_TABLE ? [{ destination: { base, prefixLength: payload[1]! }, device }] : [];
  });
}

/** Makes a bridge that is up, with `alias` as its owner's mark. Returns its index. */
export function createBridge(netlink: NetlinkSocket, bridge: { readonly name: string; readonly alias: string; readonly macAddress: string; readonly mtu: number }): number {
  netlink.request(`make the bridge ${bridge.name}`, RTM.newLink, linkHeader(), [
    attribute(IFLA.name, bridge.name),
    attribute(IFLA.address, mac(bridge.macAddress)),
    attribute(IFLA.linkInfo, attribute(IFLA.infoKind, "bridge")),
  ], CREATE_NEW);
  const index = findLink(netlink, bridge.name)!.index;
  netlink.request(`set up the bridge ${bridge.name}`, RTM.newLink, linkHeader(index, IFF_UP, IFF_UP), [
    attribute(IFLA.alias, Buffer.from(bridge.alias)),
    attribute(IFLA.mtu, bridge.mtu),
  ]);
  return index;
}

/** Makes a veth pair: `name` on the bridge here, `peer.name` inside the namespace that `peer.netnsFd` refers to. */
export function createVeth(netlink: NetlinkSocket, veth: { readonly name: string; readonly bridgeIndex: number; readonly isolated: boolean; readonly mtu: number; readonly peer: { readonly name: string; readonly netnsFd: number; readonly macAddress: string } }): void {
  const peer = Buffer.concat([
    linkHeader(),
    attribute(IFLA.name, veth.peer.name),
    attribute(IFLA.address, mac(veth.peer.macAddress)),
    attribute(IFLA.mtu, veth.mtu),
    attribute(IFLA.netNsFd, veth.peer.netnsFd),
  ]);
  const data = attribute(IFLA.infoData, attribute(IFLA.vethPeer, peer));
  netlink.request(`make the device pair ${veth.name}`, RTM.newLink, linkHeader(0, IFF_UP, IFF_UP), [
    attribute(IFLA.name, veth.name),
    attribute(IFLA.mtu, veth.mtu),
    attribute(IFLA.master, veth.bridgeIndex),
    attribute(IFLA.linkInfo, Buffer.concat([attribute(IFLA.infoKind, "veth"), data])),
  ], CREATE_NEW);
  setPort(netlink, findLink(netlink, veth.name)!.index, veth.isolated);
}

/**
 * Lets a container reach itself through its own published port, also where bridged frames pass nftables (br_netfilter); an isolated
 * port exchanges no frames with other isolated ones.
 */
function setPort(netlink: NetlinkSocket, index: number, isolated: boolean): void {
  const AF_BRIDGE = 7;
  const header = linkHeader(index);
  header.writeUInt8(AF_BRIDGE, 0);
  const settings = [attribute(BRIDGE_PORT_MODE, Buffer.from([1])), ...(isolated ? [attribute(BRIDGE_PORT_ISOLATED, Buffer.from([1]))] : [])];
  netlink.request("set up a port of a bridge", RTM.setLink, header, [attribute(IFLA.protocolInfo | NLA_F_NESTED, Buffer.concat(settings))]);
}

/** Brings a link up. */
export function setUp(netlink: NetlinkSocket, index: number): void {
  netlink.request("bring a network device up", RTM.newLink, linkHeader(index, IFF_UP, IFF_UP), []);
}

/** Gives a link an address; fine when it has it. */
export function addAddress(netlink: NetlinkSocket, index: number, address: number, prefixLength: number): void {
  const broadcast = prefixLength >= 31 ? [] : [attribute(IFA.broadcast, ipv4((address | (2 ** (32 - prefixLength) - 1)) >>> 0))];
  netlink.request(`add the address ${formatIPv4(address)}`, RTM.newAddress, addressHeader(prefixLength, index), [
    attribute(IFA.local, ipv4(address)),
    attribute(IFA.address, ipv4(address)),
    ...broadcast,
  ], NLM_F_REPLACE_CREATE);
}

/** Sets the default route through `gateway`. */
export function addDefaultRoute(netlink: NetlinkSocket, index: number, gateway: string): void {
  const MAIN_TABLE = 254;
  const PROTOCOL_BOOT = 3;
  const TYPE_UNICAST = 1;
  const header = Buffer.from([AF_INET, 0, 0, 0, MAIN_TABLE, PROTOCOL_BOOT, 0, TYPE_UNICAST, 0, 0, 0, 0]);
  netlink.request(`set the default route to ${gateway}`, RTM.newRoute, header, [
    attribute(RTA.gateway, ipv4(parseIPv4(gateway))),
    attribute(RTA.outputInterface, index),
  ], NLM_F_REPLACE_CREATE);
}

/** Removes a link; fine when it is not there. */
export function deleteLink(netlink: NetlinkSocket, index: number): void {
  try {
    netlink.request("remove a network device", RTM.delLink, linkHeader(index), []);
  } catch (error) {
    if (!isSystemError(error, "ENODEV")) throw error;
  }
}
