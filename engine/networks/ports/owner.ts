import { readdir, readFile, readlink } from "node:fs/promises";

export interface PortOwner {
  readonly pid: number;
  /** The process' name (`comm`). */
  readonly name: string;
}

const STATE_LISTEN = "0A";

/**
 * The process that listens on a port, from /proc: what people need to hear when a port is taken.
 * @param netPid a process whose network namespace to look in; ourselves when undefined
 * @returns undefined when it cannot be seen (another user's process, or gone)
 */
export async function findPortOwner(protocol: "tcp" | "udp", port: number, netPid: number | "self" = "self"): Promise<PortOwner | undefined> {
  const inodes = new Set<string>();
  for (const family of ["", "6"]) {
    for (const inode of await listeningInodes(`/proc/${netPid}/net/${protocol}${family}`, protocol, port)) inodes.add(`socket:[${inode}]`);
  }
  if (inodes.size === 0) return undefined;
  for (const entry of await readdir("/proc")) {
    if (!/^\d+$/.test(entry)) continue;
    if (await holdsAny(entry, inodes)) {
      const name = await readFile(`/proc/${entry}/comm`, "utf8").catch(() => "");
      return { pid: Number(entry), name: name.trim() || "unknown" };
    }
  }
  return undefined;
}

async function listeningInodes(table: string, protocol: "tcp" | "udp", port: number): Promise<string[]> {
  const text = await readFile(table, "utf8").catch(() => "");
  const wanted = `:${port.toString(16).toUpperCase().padStart(4, "0")}`;
  return text.split("\n").slice(1).flatMap((line) => {
    const fields = line.trim().split(/\s+/);
    const listening = protocol === "udp" || fields[3] === STATE_LISTEN;
    return fields[1]?.endsWith(wanted) && listening && fields[9] ? [fields[9]] : [];
  });
}

async function holdsAny(pid: string, sockets: ReadonlySet<string>): Promise<boolean> {
  const descriptors = await readdir(`/proc/${pid}/fd`).catch(() => []);
  for (const descriptor of descriptors) {
    const target = await readlink(`/proc/${pid}/fd/${descriptor}`).catch(() => "");
    if (sockets.has(target)) return true;
  }
  return false;
}
