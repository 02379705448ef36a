import { BlockList, isIP } from "node:net";

/** A registry's host and port, taken from a reference's domain. */
export interface Host {
  /** Without brackets. */
  readonly name: string;
  readonly port: number | undefined;
}

/** Splits `name:port`, `[::1]:port` or `name`. */
export function splitHost(domain: string): Host {
  const match = /^(?:\[([^\]]*)\]|([^:]*))(?::(\d+))?$/.exec(domain);
  if (match === null) return { name: domain, port: undefined };
  return { name: match[1] ?? match[2] ?? "", port: match[3] === undefined ? undefined : Number(match[3]) };
}

const LOOPBACK = blockList([["127.0.0.0", 8], ["::1", 128]]);
const PRIVATE = blockList([["10.0.0.0", 8], ["172.16.0.0", 12], ["192.168.0.0", 16], ["169.254.0.0", 16], ["100.64.0.0", 10], ["0.0.0.0", 8], ["fc00::", 7], ["fe80::", 10], ["::", 128]]);

function blockList(ranges: readonly (readonly [string, number])[]): BlockList {
  const list = new BlockList();
  for (const [network, prefix] of ranges) list.addSubnet(network, prefix, family(network));
  return list;
}

function family(address: string): "ipv4" | "ipv6" {
  return isIP(address) === 6 ? "ipv6" : "ipv4";
}

/** Whether `domain` is this machine: such registries are spoken to in plain http, as Docker does. */
export function isLoopback(domain: string): boolean {
  const { name } = splitHost(domain);
  return name === "localhost" || name.endsWith(".localhost") || (isIP(name) !== 0 && LOOPBACK.check(name, family(name)));
}

/** Whether `domain` names an address that only means something on this machine or network. Names are not looked up. */
export function isPrivate(domain: string): boolean {
  const { name } = splitHost(domain);
  return isLoopback(domain) || (isIP(name) !== 0 && PRIVATE.check(name, family(name)));
}

/** Whether `domain` is listed as insecure: by host, by host and port, or by a CIDR range that holds its address. */
export function isListedInsecure(domain: string, listed: readonly string[]): boolean {
  const { name } = splitHost(domain);
  return listed.some((entry) => {
    if (!entry.includes("/")) return entry === domain || entry === name;
    const [network, prefix] = entry.split("/") as [string, string];
    if (isIP(network) === 0 || isIP(name) !== isIP(network) || !/^\d+$/.test(prefix)) return false;
    const list = new BlockList();
    list.addSubnet(network, Number(prefix), family(network));
    return list.check(name, family(name));
  });
}
