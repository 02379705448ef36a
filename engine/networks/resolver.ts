import { readFile } from "node:fs/promises";
import type { ResolverConfig } from "./networks.ts";

const HOST_FILE = "/etc/resolv.conf";
/** systemd-resolved's own servers, behind the stub on 127.0.0.53. */
const RESOLVED_FILE = "/run/systemd/resolve/resolv.conf";
/** What Docker uses on a machine without any server that a container could reach. */
const PUBLIC_SERVERS = ["8.8.8.8", "8.8.4.4"];

/** Reads resolv.conf(5), leaving out what a container cannot reach. */
export function parseResolvConf(text: string): ResolverConfig {
  const nameservers: string[] = [];
  let search: string[] = [];
  const options: string[] = [];
  for (const line of text.split("\n")) {
    const [keyword, ...values] = line.replace(/[#;].*$/, "").trim().split(/\s+/);
    if (keyword === "nameserver" && values[0] !== undefined && !isLoopback(values[0])) nameservers.push(values[0]);
    if (keyword === "search" || keyword === "domain") search = values.filter((domain) => domain !== ".");
    if (keyword === "options") options.push(...values);
  }
  return { nameservers, search, options };
}

/** The resolver settings for containers on a bridge. */
export async function hostResolver(): Promise<ResolverConfig> {
  const host = parseResolvConf(await readFile(HOST_FILE, "utf8").catch(() => ""));
  if (host.nameservers.length > 0) return host;
  const resolved = parseResolvConf(await readFile(RESOLVED_FILE, "utf8").catch(() => ""));
  return { ...host, nameservers: resolved.nameservers.length > 0 ? resolved.nameservers : PUBLIC_SERVERS };
}

function isLoopback(address: string): boolean {
  // A link-local address with a zone names a device that the container does not have.
  return address.startsWith("127.") || address === "::1" || address.includes("%");
}
