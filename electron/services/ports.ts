/** Who listens on a host port: containers of the engine first, then processes as far as /proc lets this user look. */
import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import type Docker from "dockerode";
import type { PortCheck } from "../ipc/contract/system.ts";
import type { PortOwner } from "../ipc/errors.ts";

export interface PortQuestion {
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  readonly hostIp?: string | undefined;
}

export interface Listener {
  readonly address: string;
  readonly port: number;
  readonly inode: string;
}

const TCP_LISTEN = "0A";
const UDP_UNCONNECTED = "07";

/** Whether each port can be published now, in the order of the questions. */
export async function checkPorts(docker: Docker, questions: readonly PortQuestion[]): Promise<PortCheck[]> {
  const [containers, tcp, udp] = await Promise.all([publishedPorts(docker), listeners("tcp"), listeners("udp")]);
  const taken = (question: PortQuestion): boolean =>
    containers.some((container) => container.protocol === question.protocol && container.port === question.port && overlaps(container.address, question.hostIp)) ||
    (question.protocol === "tcp" ? tcp : udp).some((listener) => listener.port === question.port && overlaps(listener.address, question.hostIp));
  return Promise.all(
    questions.map(async (question): Promise<PortCheck> => {
      const { port, protocol } = question;
      if (!taken(question)) return { port, protocol, free: true };
      const owner = await findPortOwner(docker, question);
      const suggestion = nextFree(question, taken);
      return { port, protocol, free: false, ...(owner === undefined ? {} : { owner }), ...(suggestion === undefined ? {} : { suggestion }) };
    }),
  );
}

/** The container or process that holds a port; undefined when it is free, or when its owner is not visible to this user. */
export async function findPortOwner(docker: Docker, question: PortQuestion): Promise<PortOwner | undefined> {
  const container = (await publishedPorts(docker)).find((one) => one.protocol === question.protocol && one.port === question.port && overlaps(one.address, question.hostIp));
  if (container !== undefined) return { containerId: container.id, containerName: container.name };
  const holders = (await listeners(question.protocol)).filter((one) => one.port === question.port && overlaps(one.address, question.hostIp));
  return findProcess(new Set(holders.map((holder) => holder.inode)));
}

function nextFree(question: PortQuestion, taken: (question: PortQuestion) => boolean): number | undefined {
  for (let port = question.port + 1; port <= Math.min(question.port + 100, 65_535); port++) {
    if (!taken({ ...question, port })) return port;
  }
  return undefined;
}

async function publishedPorts(docker: Docker): Promise<{ id: string; name: string; port: number; protocol: string; address: string }[]> {
  const containers = await docker.listContainers().catch(() => []);
  return containers.flatMap((container) =>
    container.Ports.filter((port) => port.PublicPort > 0).map((port) => ({
      id: container.Id,
      name: (container.Names[0] ?? "").replace(/^\//, ""),
      port: port.PublicPort,
      protocol: port.Type,
      address: port.IP ?? "",
    })),
  );
}

/** Sockets that listen, of both address families. Format: proc(5), /proc/net/tcp. */
export async function listeners(protocol: "tcp" | "udp"): Promise<Listener[]> {
  const wanted = protocol === "tcp" ? TCP_LISTEN : UDP_UNCONNECTED;
  const tables = await Promise.all([protocol, `${protocol}6`].map((name) => readFile(`/proc/net/${name}`, "utf8").catch(() => "")));
  return tables.flatMap((table) => table.split("\n").slice(1).flatMap((line) => parseSocketLine(line, wanted)));
}

/** One row of /proc/net/{tcp,udp}{,6} when it is in the wanted state. */
export function parseSocketLine(line: string, wantedState: string): Listener[] {
  const fields = line.trim().split(/\s+/);
  const [, local, , state] = fields;
  const inode = fields[9];
  if (local === undefined || inode === undefined || state !== wantedState) return [];
  const [hex = "", port = ""] = local.split(":");
  return [{ address: decodeAddress(hex), port: Number.parseInt(port, 16), inode }];
}

/** The kernel prints each 32-bit word in host order. Only what `overlaps` needs of IPv6 is decoded: any, loopback, mapped. */
function decodeAddress(hex: string): string {
  const words = Buffer.from(hex, "hex");
  for (let at = 0; at + 4 <= words.length; at += 4) words.subarray(at, at + 4).reverse();
  if (words.length === 4) return words.join(".");
  if (words.every((byte) => byte === 0)) return "::";
  if (words.subarray(0, 10).every((byte) => byte === 0) && words.readUInt16BE(10) === 0xffff) return words.subarray(12).join(".");
  if (words.subarray(0, 15).every((byte) => byte === 0) && words[15] === 1) return "::1";
  return Array.from({ length: 8 }, (_, at) => words.readUInt16BE(at * 2).toString(16)).join(":");
}

/** Whether a listener on one address keeps another from the other address. Empty, 0.0.0.0 and :: are every address. */
export function overlaps(listening: string, wanted: string | undefined): boolean {
  if (isAny(listening) || isAny(wanted ?? "")) return true;
  return listening === wanted;
}

function isAny(address: string): boolean {
  return address === "" || address === "0.0.0.0" || address === "::";
}

async function findProcess(inodes: ReadonlySet<string>): Promise<PortOwner | undefined> {
  for await (const [, owner] of socketHolders(inodes)) return owner;
  return undefined;
}

/** The processes that have the sockets with these inodes open, as far as /proc lets this user look. */
export async function socketOwners(inodes: ReadonlySet<string>): Promise<Map<string, PortOwner>> {
  const owners = new Map<string, PortOwner>();
  for await (const [inode, owner] of socketHolders(inodes)) owners.set(inode, owners.get(inode) ?? owner);
  return owners;
}

async function* socketHolders(inodes: ReadonlySet<string>): AsyncGenerator<[inode: string, owner: PortOwner], void, void> {
  if (inodes.size === 0) return;
  for (const pid of await readdir("/proc").catch(() => [])) {
    if (!/^\d+$/.test(pid)) continue;
    const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
    for (const descriptor of descriptors) {
      const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
      const inode = /^socket:\[(\d+)\]$/.exec(target)?.[1];
      if (inode === undefined || !inodes.has(inode)) continue;
      const name = await processName(pid);
      yield [inode, { pid: Number(pid), ...(name === "" ? {} : { process: name }) }];
    }
  }
}

/** What the process calls itself. Node calls its first thread MainThread, which says nothing: then the program's file name. */
async function processName(pid: string): Promise<string> {
  const name = (await readFile(`/proc/${pid}/comm`, "utf8").catch(() => "")).trim();
  if (name !== "MainThread") return name;
  return basename(await readlink(`/proc/${pid}/exe`).catch(() => name));
}
