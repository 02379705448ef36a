import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { shortId } from "../base/ids.ts";
import { hostGateway, hostsText, resolvConfText } from "../networks/etc-files.ts";
import type { Sandbox } from "../networks/networks.ts";
import type { Container } from "./container.ts";
import type { ContainerRecord } from "./containers.ts";
import { containerDirectory, type Context } from "./context.ts";
import { linksOn, linkTarget } from "./links.ts";
import { isAlive } from "./state.ts";

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

/** Writes hostname, hosts and resolv.conf for a start. @throws EngineError `invalidArgument` for a bad extra host */
export async function writeNetworkFiles(context: Context, { record }: Container, sandbox: Sandbox | null): Promise<NetworkFiles> {
  const directory = containerDirectory(context, record.id);
  await mkdir(directory, { recursive: true, mode: 0o710 });
  const files = networkFiles(directory);
  const onHost = record.hostConfig.NetworkMode === "host";
  await Promise.all([
    writeFile(files.hostname, `${hostnameOf(record)}\n`),
    containerHosts(context, record, sandbox, onHost).then((text) => writeFile(files.hosts, text)),
    containerResolvConf(context, record, sandbox, onHost).then((text) => writeFile(files.resolvConf, text)),
  ]);
  return files;
}

/** Tells a running container's files of a changed sandbox. What somebody wrote there meanwhile stays. */
export async function updateNetworkFiles(context: Context, { record }: Container, before: Sandbox, after: Sandbox): Promise<void> {
  const files = networkFiles(containerDirectory(context, record.id));
  const gone = before.endpoints.filter((endpoint) => !after.endpoints.includes(endpoint));
  const fresh = after.endpoints.filter((endpoint) => !before.endpoints.includes(endpoint));
  await editLines(files.hosts, (line) => !gone.some(({ ipAddress }) => line.startsWith(`${ipAddress}\t`)), fresh.map(({ ipAddress }) => `${ipAddress}\t${namesOf(record)}`));
  const [old, now] = await Promise.all([containerResolvConf(context, record, before, false), containerResolvConf(context, record, after, false)]);
  if (old !== now && (await readFile(files.resolvConf, "utf8").catch(() => null)) === old) await writeFile(files.resolvConf, now);
}

/** Tells those who link to a container where it is now. */
export async function followLinks(context: Context, target: Container): Promise<void> {
  if (context.networks.sandbox(target.id) === null) return;
  for (const { record, state } of context.directory.all()) {
    const sandbox = context.networks.sandbox(record.id);
    if (record.id === target.id || sandbox === null || !isAlive(state)) continue;
    const lines = linkLines(context, record, sandbox, target);
    if (lines.length === 0) continue;
    const aliases = new Set(lines.map((line) => line.slice(line.indexOf("\t"))));
    await editLines(networkFiles(containerDirectory(context, record.id)).hosts, (line) => !aliases.has(line.slice(line.indexOf("\t"))), lines);
  }
}

/** Written in place: the file is mounted in the container, a new one would not be. */
async function editLines(path: string, keep: (line: string) => boolean, added: readonly string[]): Promise<void> {
  const text = await readFile(path, "utf8").catch(() => null);
  if (text === null) return;
  const lines = text.split("\n").filter((line) => line !== "" && keep(line));
  await writeFile(path, [...lines, ...added].map((line) => `${line}\n`).join(""));
}

/** The lines of /etc/hosts for a container's links, of those to `only` if given. */
function linkLines(context: Context, record: ContainerRecord, sandbox: Sandbox, only?: Container): string[] {
  return sandbox.endpoints.flatMap(({ networkId, networkName, names }) => linksOn(record, networkName).flatMap((link) => {
    const target = linkTarget(context, link);
    if (target === undefined || (only !== undefined && target !== only)) return [];
    const address = context.networks.sandbox(target.id)?.endpoints.find((endpoint) => endpoint.networkId === networkId)?.ipAddress;
    // Where no names are served, its own names are given too.
    const all = new Set([link.alias, ...(names === undefined ? [hostnameOf(target.record), target.record.name] : [])]);
    return address === undefined ? [] : [`${address}\t${[...all].join(" ")}`];
  }));
}

/** The hostname inside: the one asked for, else the short id. */
export function hostnameOf({ config, id }: ContainerRecord): string {
  return config.Hostname || shortId(id);
}

/** What a container's own addresses are called. */
function namesOf(record: ContainerRecord): string {
  const hostname = hostnameOf(record);
  return record.config.Domainname === "" ? hostname : `${hostname}.${record.config.Domainname} ${hostname}`;
}

async function containerHosts(context: Context, record: ContainerRecord, sandbox: Sandbox | null, onHost: boolean): Promise<string> {
  const text = await hostsText({
    onHost,
    extraHosts: record.hostConfig.ExtraHosts ?? [],
    gateway: hostGateway(sandbox),
    addresses: (sandbox?.endpoints ?? []).map(({ ipAddress }) => ipAddress).filter((address) => address !== ""),
    names: namesOf(record),
  });
  return sandbox === null ? text : [text, ...linkLines(context, record, sandbox).map((line) => `${line}\n`)].join("");
}

function containerResolvConf(context: Context, { hostConfig }: ContainerRecord, sandbox: Sandbox | null, onHost: boolean): Promise<string> {
  return resolvConfText({
    onHost, given: { nameservers: hostConfig.Dns ?? [], search: hostConfig.DnsSearch ?? [], options: hostConfig.DnsOptions ?? [] }, resolver: () => context.networks.resolver(),
    nameServer: sandbox?.endpoints.find((endpoint) => endpoint.nameServer !== undefined)?.nameServer,
  });
}
