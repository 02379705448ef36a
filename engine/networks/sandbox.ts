import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { NetlinkSocket } from "../sys/netlink.ts";
import { createNetworkNamespace, inNetworkNamespace } from "../sys/netns.ts";
import { addAddress, addDefaultRoute, addressedLinks, createVeth, deleteLink, findLink, listLinks, setUp } from "./links.ts";
import type { BridgeDevice } from "./bridge.ts";

/** A container's side of its connection to a bridge, and the bridge. */
export interface Plug {
  readonly bridge: BridgeDevice;
  /** Keeps it from the other containers on the bridge. */
  readonly isolated: boolean;
  readonly interfaceName: string;
  readonly ipAddress: number;
  readonly prefixLength: number;
  readonly macAddress: string;
  /** Undefined leaves the default route alone. */
  readonly defaultGateway: string | undefined;
}

const LOOPBACK_INDEX = 1;

/** Docker's defaults for a container's own network namespace: unprivileged low ports and ping, no IPv6 without an IPv6 network. */
const SYSCTLS: readonly (readonly [string, string])[] = [
  ["net/ipv4/ip_unprivileged_port_start", "0"],
  ["net/ipv4/ping_group_range", "0 2147483647"],
  ["net/ipv6/conf/default/disable_ipv6", "1"],
];

/**
 * Makes a network namespace at `path` with loopback up and a device for each plug. Synchronous, about two milliseconds.
 * @throws a system error; nothing is left then
 */
export function makeSandbox(netlink: NetlinkSocket, path: string, plugs: readonly Plug[]): void {
  using inside = createNetworkNamespace(path, () => {
    for (const [name, value] of SYSCTLS) setIfAllowed(name, value);
    const socket = new NetlinkSocket();
    setUp(socket, LOOPBACK_INDEX);
    return socket;
  });
  for (const plug of plugs) connect(netlink, inside, path, plug);
}

/** Adds a device to the namespace at `path`. @throws a system error; the device may be there then */
export function plugIn(netlink: NetlinkSocket, path: string, plug: Plug): void {
  using inside = socketIn(path);
  connect(netlink, inside, path, plug);
}

/** Removes a device from the namespace at `path`, and with it its routes; fine when it is not there. */
export function unplug(path: string, interfaceName: string): void {
  using inside = socketIn(path);
  const device = findLink(inside, interfaceName);
  if (device) deleteLink(inside, device.index);
}

/** Leads the default route of the namespace at `path` through a device. */
export function routeThrough(path: string, interfaceName: string, gateway: string): void {
  using inside = socketIn(path);
  addDefaultRoute(inside, findLink(inside, interfaceName)!.index, gateway);
}

/** Names of the devices in the namespace at `path` that have an address: one that was being plugged in when the engine was killed may have none. */
export function connectedDevices(path: string): string[] {
  using inside = socketIn(path);
  const addressed = addressedLinks(inside);
  return listLinks(inside).filter((link) => addressed.has(link.index)).map((link) => link.name);
}

function socketIn(path: string): NetlinkSocket {
  return inNetworkNamespace(path, () => new NetlinkSocket());
}

function connect(netlink: NetlinkSocket, inside: NetlinkSocket, path: string, plug: Plug): void {
  const netnsFd = openSync(path, "r");
  try {
    createVeth(netlink, {
      name: `veth${randomBytes(4).toString("hex").slice(1)}`,
      bridgeIndex: plug.bridge.index,
      isolated: plug.isolated,
      mtu: plug.bridge.mtu,
      peer: { name: plug.interfaceName, netnsFd, macAddress: plug.macAddress },
    });
  } finally {
    closeSync(netnsFd);
  }
  const device = findLink(inside, plug.interfaceName)!;
  setUp(inside, device.index);
  addAddress(inside, device.index, plug.ipAddress, plug.prefixLength);
  if (plug.defaultGateway !== undefined) addDefaultRoute(inside, device.index, plug.defaultGateway);
}

function setIfAllowed(name: string, value: string): void {
  try {
    writeFileSync(`/proc/sys/${name}`, value);
  } catch {
    // A kernel without IPv6 has no such file, and a user namespace may not map every group: the default stays.
  }
}
