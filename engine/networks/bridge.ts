import { randomBytes } from "node:crypto";
import { writeFileSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import type { NetlinkSocket } from "../sys/netlink.ts";
import { addAddress, createBridge, defaultRouteDevice, deleteLink, findLink, listLinks, usedSubnets, type Link } from "./links.ts";
import { defaultPools, overlaps, parseIPv4, parseSubnet, type Subnet } from "./address.ts";

/** The bridge device of a network: its kernel side. */
export interface BridgeDevice {
  readonly name: string;
  readonly index: number;
  readonly mtu: number;
}

const DEFAULT_MTU = 1500;

/**
 * The first of Docker's pools that no address or route of this machine uses.
 * @param reserved subnets of networks whose bridges may not be there now
 * @throws EngineError `resourceExhausted`
 */
export function chooseSubnet(netlink: NetlinkSocket, reserved: readonly Subnet[] = []): Subnet {
  const used = [...usedSubnets(netlink), ...reserved];
  const free = defaultPools().find((pool) => !used.some((subnet) => overlaps(pool, subnet)));
  if (!free) throw new EngineError("resourceExhausted", "could not find an available, non-overlapping IPv4 address pool among the defaults to assign to the network: all of 172.17.0.0/16 to 172.31.0.0/16 and 192.168.0.0/16 is in use; remove networks (docker network prune) or choose one with --subnet");
  return free;
}

/** Whether a bridge of that name and mark is there. */
export function findBridge(netlink: NetlinkSocket, name: string, alias: string): Link | undefined {
  const link = findLink(netlink, name);
  return link?.alias === alias ? link : undefined;
}

/** The first name `slipway0`, `slipway1`, ... that no device has. */
export function chooseBridgeName(netlink: NetlinkSocket): string {
  const taken = new Set(listLinks(netlink).map((link) => link.name));
  for (let number = 0; ; number++) if (!taken.has(`slipway${number}`)) return `slipway${number}`;
}

/** Makes the bridge with its address, and lets the kernel forward to and from it, loopback included. */
export function makeBridge(netlink: NetlinkSocket, name: string, alias: string, subnet: string, gateway: string, ownMtu?: number): BridgeDevice {
  const uplink = defaultRouteDevice(netlink);
  const mtu = ownMtu ?? listLinks(netlink).find((link) => link.index === uplink)?.mtu ?? DEFAULT_MTU;
  const macAddress = ["02", "42", ...[...randomBytes(4)].map((byte) => byte.toString(16).padStart(2, "0"))].join(":");
  const index = createBridge(netlink, { name, alias, macAddress, mtu });
  addAddress(netlink, index, parseIPv4(gateway), parseSubnet(subnet).prefixLength);
  allowForwarding(name);
  return { name, index, mtu };
}

/** Kernel settings a bridge with published ports needs; see ip-sysctl in the kernel's documentation. */
export function allowForwarding(bridge: string): void {
  writeFileSync("/proc/sys/net/ipv4/ip_forward", "1");
  // Lets 127.0.0.1:PORT be translated to a container; the table's `early` chain drops what would abuse it.
  writeFileSync(`/proc/sys/net/ipv4/conf/${bridge}/route_localnet`, "1");
}

export function removeBridge(netlink: NetlinkSocket, name: string, alias: string): void {
  const link = findBridge(netlink, name, alias);
  if (link) deleteLink(netlink, link.index);
}
