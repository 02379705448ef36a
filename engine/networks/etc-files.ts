import { readFile } from "node:fs/promises";
import { EngineError } from "../base/errors.ts";
import type { ResolverConfig, Sandbox } from "./networks.ts";

/** What /etc/hosts of a process says. */
export interface HostsInput {
  /** The process shares the host's network: the host's own names come first. */
  readonly onHost: boolean;
  /** `name:address`, where the address may be IPv6, in brackets or not, or `host-gateway`. */
  readonly extraHosts: readonly string[];
  /** What `host-gateway` means; see {@link hostGateway}. */
  readonly gateway: string;
  /** The process' own addresses. */
  readonly addresses: readonly string[];
  /** What its addresses are called, separated by spaces. */
  readonly names: string;
}

const HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

/** The text of /etc/hosts. @throws EngineError `invalidArgument` for a bad extra host */
export async function hostsText({ onHost, extraHosts, gateway, addresses, names }: HostsInput): Promise<string> {
  const base = onHost ? await readFile("/etc/hosts", "utf8").catch(() => HOSTS) : HOSTS;
  const lines = [...extraHosts.map((entry) => extraHost(entry, gateway)), ...addresses.map((address) => `${address}\t${names}`)];
  return [base.replace(/\n*$/, "\n"), ...lines.map((line) => `${line}\n`)].join("");
}

/** The address under which a process reaches the host: its bridge's, or loopback where it has none. */
export function hostGateway(sandbox: Sandbox | null): string {
  return sandbox?.endpoints.find((endpoint) => endpoint.gateway !== "")?.gateway ?? "127.0.0.1";
}

function extraHost(entry: string, gateway: string): string {
  const at = entry.indexOf(":");
  const name = entry.slice(0, at);
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
  if (at < 1 || !/^(host-gateway|[0-9a-fA-F:.]+)$/.test(address) || /\s/.test(name)) throw new EngineError("invalidArgument", `bad format for add-host: ${JSON.stringify(entry)}: expected name:address`);
  return `${address === "host-gateway" ? gateway : address}\t${name}`;
}

/** Checks what {@link hostsText} will need. @throws EngineError `invalidArgument` */
export function checkExtraHosts(entries: readonly string[]): void {
  for (const entry of entries) extraHost(entry, "127.0.0.1");
}

/** What /etc/resolv.conf of a process says. */
export interface ResolvConfInput {
  /** The process shares the host's network, and with it the host's file, unless something is given. */
  readonly onHost: boolean;
  /** What was asked for; an empty list takes the host's. A search of `.` clears the host's. */
  readonly given: ResolverConfig;
  readonly resolver: () => Promise<ResolverConfig>;
  /** Serves names of containers, and forwards all others to what else would be written here. */
  readonly nameServer?: string | undefined;
}

/** The text of /etc/resolv.conf. */
export async function resolvConfText({ onHost, given, resolver, nameServer }: ResolvConfInput): Promise<string> {
  if (onHost && given.nameservers.length + given.search.length + given.options.length === 0) return readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const found = await resolver();
  const nameservers = nameServer !== undefined ? [nameServer] : given.nameservers.length > 0 ? given.nameservers : found.nameservers;
  const search = given.search.length > 0 ? given.search.filter((entry) => entry !== ".") : found.search;
  const wanted = given.options.length > 0 ? given.options : found.options;
  // A container's name has no dots, and comes before names below a search domain.
  const options = nameServer === undefined || wanted.some((option) => option.startsWith("ndots:")) ? wanted : [...wanted, "ndots:0"];
  return [...nameservers.map((server) => `nameserver ${server}\n`), search.length > 0 ? `search ${search.join(" ")}\n` : "", options.length > 0 ? `options ${options.join(" ")}\n` : ""].join("");
}
