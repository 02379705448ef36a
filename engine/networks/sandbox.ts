import { randomBytes } from "node:crypto";
import { closeSync, openSync, writeFileSync } from "node:fs";
import { NetlinkSocket } from "../sys/netlink.ts";
import { createNetworkNamespace } from "../sys/netns.ts";
import { addAddress, addDefaultRoute, createVeth, findLink, setUp } from "./links.ts";
import type { BridgeDevice } from "./bridge.ts";

/** A container's side of its connection to a bridge. */
export interface SandboxAddress {
  readonly interfaceName: string;
  readonly ipAddress: number;
  readonly prefixLength: number;
  readonly macAddress: string;
  readonly gateway: string;
}

const LOOPBACK_INDEX = 1;

/** Docker's defaults for a container's own network namespace: unprivileged low ports and ping, no IPv6 without an IPv6 network. */
const SYSCTLS: readonly (readonly [string, string])[] = [
  ["net/ipv4/ip_unprivileged_port_start", "0"],
  ["net/ipv4/ping_group_range", "0 2147483647"],
  ["net/ipv6/conf/default/disable_ipv6", "1"],
];

/**
 * Makes a network namespace at `path` with loopback up, and, when a bridge is given, a device on it with address and default route.
 * Synchronous, about two milliseconds. @throws a system error; nothing is left then
 */
export function makeSandbox(netlink: NetlinkSocket, path: string, connection?: { readonly bridge: BridgeDevice; readonly address: SandboxAddress }): void {
  using inside = createNetworkNamespace(path, () => {
    for (const [name, value] of SYSCTLS) setIfAllowed(name, value);
    const socket = new NetlinkSocket();
    setUp(socket, LOOPBACK_INDEX);
    return socket;
  });
  if (connection) connect(netlink, inside, path, connection.bridge, connection.address);
}

function connect(netlink: NetlinkSocket, inside: NetlinkSocket, path: string, bridge: BridgeDevice, address: SandboxAddress): void {
  const netnsFd = openSync(path, "r");
  try {
    createVeth(netlink, {
      name: `veth${randomBytes(4).toString("hex").slice(1)}`,
      bridgeIndex: bridge.index,
      mtu: bridge.mtu,
      peer: { name: address.interfaceName, netnsFd, macAddress: address.macAddress },
    });
  } finally {
    closeSync(netnsFd);
  }
  const device = findLink(inside, address.interfaceName)!;
  setUp(inside, device.index);
  addAddress(inside, device.index, address.ipAddress, address.prefixLength);
  addDefaultRoute(inside, device.index, address.gateway);
}

function setIfAllowed(name: string, value: string): void {
  try {
    writeFileSync(`/proc/sys/${name}`, value);
  } catch {
    // A kernel without IPv6 has no such file, and a user namespace may not map every group: the default stays.
  }
}
