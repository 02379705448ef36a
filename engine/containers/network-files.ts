import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { hostGateway, hostsText, resolvConfText } from "../networks/etc-files.ts";
import type { ResolverConfig, Sandbox } from "../networks/networks.ts";
import type { ContainerRecord } from "./containers.ts";

/** The three files that every container sees in /etc, on the host. */
export interface NetworkFiles {
  readonly hostname: string;
  readonly hosts: string;
  readonly resolvConf: string;
}

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
    containerHosts(record, sandbox, hostname, onHost).then((text) => writeFile(files.hosts, text)),
    containerResolvConf(record, resolver, onHost).then((text) => writeFile(files.resolvConf, text)),
  ]);
  return files;
}

function containerHosts(record: ContainerRecord, sandbox: Sandbox | null, hostname: string, onHost: boolean): Promise<string> {
  return hostsText({
    onHost,
    extraHosts: record.hostConfig.ExtraHosts ?? [],
    gateway: hostGateway(sandbox),
    addresses: (sandbox?.endpoints ?? []).map(({ ipAddress }) => ipAddress).filter((address) => address !== ""),
    names: record.config.Domainname === "" ? hostname : `${hostname}.${record.config.Domainname} ${hostname}`,
  });
}

function containerResolvConf({ hostConfig }: ContainerRecord, resolver: () => Promise<ResolverConfig>, onHost: boolean): Promise<string> {
  return resolvConfText({ onHost, given: { nameservers: hostConfig.Dns ?? [], search: hostConfig.DnsSearch ?? [], options: hostConfig.DnsOptions ?? [] }, resolver });
}
