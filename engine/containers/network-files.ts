import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import type { ResolverConfig, Sandbox } from "../networks/networks.ts";
import type { ContainerRecord } from "./containers.ts";

/** The three files that every container sees in /etc, on the host. */
export interface NetworkFiles {
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

const HOSTS = "127.0.0.1\tlocalhost\n::1\tlocalhost ip6-localhost ip6-loopback\nfe00::\tip6-localnet\nff00::\tip6-mcastprefix\nff02::1\tip6-allnodes\nff02::2\tip6-allrouters\n";

/** Where the files of a container lie. */
export function networkFiles(directory: string): NetworkFiles {
  return { hostname: join(directory, "hostname"), hosts: join(directory, "hosts"), resolvConf: join(directory, "resolv.conf") };
}

/**
 * Writes hostname, hosts and resolv.conf for a start.
 *
 * @param sandbox null with the host's network or another container's
 * @throws EngineError `invalidArgument` for a bad extra host
 */
export async function writeNetworkFiles(directory: string, record: ContainerRecord, sandbox: Sandbox | null, resolver: () => Promise<ResolverConfig>, hostname: string): Promise<NetworkFiles> {
  await mkdir(directory, { recursive: true, mode: 0o710 });
  const files = networkFiles(directory);
  const onHost = record.hostConfig.NetworkMode === "host";
  await Promise.all([
    writeFile(files.hostname, `${hostname}\n`),
    hostsText(record, sandbox, hostname, onHost).then((text) => writeFile(files.hosts, text)),
    resolvText(record, resolver, onHost).then((text) => writeFile(files.resolvConf, text)),
  ]);
  return files;
}

async function hostsText(record: ContainerRecord, sandbox: Sandbox | null, hostname: string, onHost: boolean): Promise<string> {
  const base = onHost ? await readFile("/etc/hosts", "utf8").catch(() => HOSTS) : HOSTS;
  const gateway = onHost ? "127.0.0.1" : (sandbox?.endpoints.find((endpoint) => endpoint.gateway !== "")?.gateway ?? "127.0.0.1");
  const extra = (record.hostConfig.ExtraHosts ?? []).map((entry) => extraHost(entry, gateway));
  const names = record.config.Domainname === "" ? hostname : `${hostname}.${record.config.Domainname} ${hostname}`;
  const own = (sandbox?.endpoints ?? []).filter((endpoint) => endpoint.ipAddress !== "").map((endpoint) => `${endpoint.ipAddress}\t${names}`);
  return [base.replace(/\n*$/, "\n"), ...[...extra, ...own].map((line) => `${line}\n`)].join("");
}

/** `name:address`, where the address may be IPv6 or `host-gateway`. */
function extraHost(entry: string, gateway: string): string {
  const at = entry.indexOf(":");
  const name = entry.slice(0, at);
  const address = entry.slice(at + 1).replace(/^\[(.*)\]$/, "$1");
  if (at < 1 || !/^(host-gateway|[0-9a-fA-F:.]+)$/.test(address) || /\s/.test(name)) throw new EngineError("invalidArgument", `bad format for add-host: ${JSON.stringify(entry)}: expected name:address`);
  return `${address === "host-gateway" ? gateway : address}\t${name}`;
}

/** Checks what {@link writeNetworkFiles} will need. @throws EngineError `invalidArgument` */
export function checkExtraHosts(entries: readonly string[]): void {
  for (const entry of entries) extraHost(entry, "127.0.0.1");
}

async function resolvText(record: ContainerRecord, resolver: () => Promise<ResolverConfig>, onHost: boolean): Promise<string> {
  const host = record.hostConfig;
  const given = { nameservers: host.Dns ?? [], search: host.DnsSearch ?? [], options: host.DnsOptions ?? [] };
  if (onHost && given.nameservers.length + given.search.length + given.options.length === 0) return readFile("/etc/resolv.conf", "utf8").catch(() => "");
  const found = await resolver();
  const nameservers = given.nameservers.length > 0 ? given.nameservers : found.nameservers;
  // A search of "." clears the host's.
  const search = given.search.length > 0 ? given.search.filter((entry) => entry !== ".") : found.search;
  const options = given.options.length > 0 ? given.options : found.options;
  return [...nameservers.map((server) => `nameserver ${server}\n`), search.length > 0 ? `search ${search.join(" ")}\n` : "", options.length > 0 ? `options ${options.join(" ")}\n` : ""].join("");
}
