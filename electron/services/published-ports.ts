/** The published ports of all containers: what is bound now, what stopped ones are configured for, and where these collide. */
import type Docker from "dockerode";
import type { PortBinding, PortRival } from "../ipc/contract/ports.ts";
import type { PortOwner } from "../ipc/errors.ts";
import type { Endpoint } from "./endpoint.ts";
import { listeners, overlaps, socketOwners, type Listener } from "./ports.ts";

/** A binding before anybody has compared it with others. */
export type PlainBinding = Omit<PortBinding, "rivals" | "holder" | "suggestion">;

/** A listening socket of this machine with the process behind it, where that is visible. */
export interface HostListener {
  readonly address: string;
  readonly port: number;
  readonly protocol: PortBinding["protocol"];
  readonly owner: PortOwner;
}

export interface PublishedPorts {
  list(signal?: AbortSignal): Promise<PortBinding[]>;
}

/** Inspections of stopped containers at a time. */
const AT_ONCE = 8;
/** How far above a taken port a free one is looked for. */
const SUGGEST_WITHIN = 100;

const RUNNING: ReadonlySet<string> = new Set(["running", "paused", "restarting"]);

export function createPublishedPorts(docker: Docker, endpoint: Endpoint): PublishedPorts {
  /** Bindings of containers that do not run, which cannot change before they run again. */
  const configured = new Map<string, readonly PlainBinding[]>();

  async function bindingsOf(info: Docker.ContainerInfo, signal: AbortSignal | undefined): Promise<readonly PlainBinding[]> {
    if (RUNNING.has(info.State)) {
      configured.delete(info.Id);
      return liveBindings(info);
    }
    const known = configured.get(info.Id);
    if (known !== undefined && known.every((one) => one.state === info.State && one.containerName === nameOf(info))) return known;
    // One that was removed meanwhile has no ports.
    const details = await docker.getContainer(info.Id).inspect(signal === undefined ? {} : { abortSignal: signal }).catch(() => undefined);
    if (details === undefined) return [];
    const bindings = configuredBindings(info, details);
    configured.set(info.Id, bindings);
    return bindings;
  }

  return {
    async list(signal) {
      const containers = await docker.listContainers({ all: true, ...(signal === undefined ? {} : { abortSignal: signal }) });
      const present = new Set(containers.map((info) => info.Id));
      for (const id of configured.keys()) if (!present.has(id)) configured.delete(id);
      const lists = await mapSome(containers, AT_ONCE, (info) => bindingsOf(info, signal));
      return compare(lists.flat(), endpoint.type === "unix" ? await hostListeners() : []);
    },
  };
}

/** What a running container has bound: the two families of one port on every address are one binding. */
export function liveBindings(info: Docker.ContainerInfo): PlainBinding[] {
  const bindings = new Map<string, PlainBinding>();
  for (const port of info.Ports ?? []) {
    if (!port.PublicPort) continue;
    const binding = { ...common(info), hostIp: everyAsEmpty(port.IP ?? ""), hostPort: port.PublicPort, containerPort: port.PrivatePort, protocol: protocolOf(port.Type), live: true };
    bindings.set(`${binding.hostIp} ${binding.hostPort} ${binding.containerPort} ${binding.protocol}`, binding);
  }
  return [...bindings.values()];
}

/** What a container will bind when it starts. */
export function configuredBindings(info: Docker.ContainerInfo, details: Docker.ContainerInspectInfo): PlainBinding[] {
  const wanted = (details.HostConfig.PortBindings ?? {}) as Record<string, { HostIp?: string; HostPort?: string }[] | null>;
  const bindings = Object.entries(wanted).flatMap(([key, list]) => (list ?? []).map((one) => plain(info, key, one.HostIp ?? "", Number(one.HostPort ?? "") || null)));
  if (details.HostConfig.PublishAllPorts !== true) return bindings;
  const others = Object.keys(details.Config.ExposedPorts ?? {}).filter((key) => !(key in wanted));
  return [...bindings, ...others.map((key) => plain(info, key, "", null))];
}

function plain(info: Docker.ContainerInfo, key: string, hostIp: string, hostPort: number | null): PlainBinding {
  const [containerPort = "", protocol = "tcp"] = key.split("/");
  return { ...common(info), hostIp: everyAsEmpty(hostIp), hostPort, containerPort: Number(containerPort), protocol: protocolOf(protocol), live: false };
}

function common(info: Docker.ContainerInfo): Pick<PlainBinding, "containerId" | "containerName" | "image" | "state"> {
  return { containerId: info.Id, containerName: nameOf(info), image: info.Image, state: info.State };
}

function nameOf(info: Docker.ContainerInfo): string {
  return (info.Names[0] ?? info.Id.slice(0, 12)).replace(/^\//, "");
}

function protocolOf(text: string): PortBinding["protocol"] {
  return text === "udp" || text === "sctp" ? text : "tcp";
}

function everyAsEmpty(address: string): string {
  return address === "0.0.0.0" || address === "::" ? "" : address;
}

/** Finds what collides. A live port is never compared with sockets: the engine's own proxy listens there. */
export function compare(bindings: readonly PlainBinding[], sockets: readonly HostListener[]): PortBinding[] {
  const byPort = new Map<string, PlainBinding[]>();
  for (const one of bindings) {
    if (one.hostPort === null) continue;
    const key = `${one.hostPort}/${one.protocol}`;
    const list = byPort.get(key);
    if (list) list.push(one);
    else byPort.set(key, [one]);
  }
  const socketsByPort = new Map<string, HostListener[]>();
  for (const socket of sockets) {
    const key = `${socket.port}/${socket.protocol}`;
    const list = socketsByPort.get(key);
    if (list) list.push(socket);
    else socketsByPort.set(key, [socket]);
  }
  const taken = (port: number, one: PlainBinding): boolean =>
    (byPort.get(`${port}/${one.protocol}`)?.some((other) => overlaps(other.hostIp, one.hostIp)) ?? false) ||
    (socketsByPort.get(`${port}/${one.protocol}`)?.some((socket) => overlaps(socket.address, one.hostIp)) ?? false);

  return bindings.map((one): PortBinding => {
    if (one.hostPort === null) return { ...one, rivals: [] };
    const key = `${one.hostPort}/${one.protocol}`;
    const rivals = (byPort.get(key) ?? []).filter((other) => other.containerId !== one.containerId && overlaps(other.hostIp, one.hostIp)).map((other): PortRival => ({ containerId: other.containerId, containerName: other.containerName, live: other.live }));
    const holder = one.live || rivals.some((rival) => rival.live) ? undefined : socketsByPort.get(key)?.find((socket) => overlaps(socket.address, one.hostIp))?.owner;
    const suggestion = rivals.length === 0 && holder === undefined ? undefined : firstFree(one.hostPort, (port) => taken(port, one));
    return { ...one, rivals, ...(holder === undefined ? {} : { holder }), ...(suggestion === undefined ? {} : { suggestion }) };
  });
}

function firstFree(above: number, taken: (port: number) => boolean): number | undefined {
  for (let port = above + 1; port <= Math.min(above + SUGGEST_WITHIN, 65_535); port++) if (!taken(port)) return port;
  return undefined;
}

async function hostListeners(): Promise<HostListener[]> {
  const [tcp, udp] = await Promise.all([listeners("tcp"), listeners("udp")]);
  const all: [Listener, "tcp" | "udp"][] = [...tcp.map((one): [Listener, "tcp"] => [one, "tcp"]), ...udp.map((one): [Listener, "udp"] => [one, "udp"])];
  const owners = await socketOwners(new Set(all.map(([one]) => one.inode)));
  return all.map(([{ address, port, inode }, protocol]) => ({ address, port, protocol, owner: owners.get(inode) ?? {} }));
}

async function mapSome<T, R>(items: readonly T[], atOnce: number, work: (item: T) => Promise<R>): Promise<R[]> {
  const results: R[] = [];
  let next = 0;
  async function worker(): Promise<void> {
    for (let at = next++; at < items.length; at = next++) results[at] = await work(items[at] as T);
  }
  await Promise.all(Array.from({ length: Math.min(atOnce, items.length) }, worker));
  return results;
}
