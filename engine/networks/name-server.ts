import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { isIP } from "node:net";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { EngineError } from "../base/errors.ts";
import type { ContainerId, NetworkId } from "../base/ids.ts";
import { findProgram } from "../runtime/programs.ts";
import { adoptOrphan } from "../sys/spawn.ts";
import { NAME_PORT } from "./nft.ts";

/** What a network's containers can ask for. */
export interface NamedNetwork {
  readonly id: NetworkId;
  /** Where the server listens: the bridge's address. */
  readonly address: string;
  /** Names of the outside are not looked up. */
  readonly internal: boolean;
  readonly endpoints: readonly { readonly containerId: ContainerId; readonly ipAddress: string; readonly names: readonly string[]; readonly forwarders: readonly string[] }[];
}

const PID_FILE = "aardvark.pid";
/** A suffix by which newer versions of aardvark-dns know an internal network. */
const INTERNAL = "%int";
/** For older ones: a server that no datagram can be sent to without a permission that aardvark-dns does not ask for. */
const UNREACHABLE = "255.255.255.255";
const PATIENCE_MS = 2000;
const STEP_MS = 2;
/** One that ends sooner by itself would only end again. */
const SHORT_LIFE_MS = 1000;

/**
 * aardvark-dns, which answers for the names of containers and forwards all others to the host's name servers. It runs only while there
 * are names, outlives the engine as containers do, and is started again when it ends while the engine that started it runs. Its configuration is a directory with one file for each network;
 * SIGHUP makes it read them again.
 */
export class NameServer {
  readonly #directory: string;
  readonly #current: () => readonly NamedNetwork[];
  #program: string | undefined;
  #running: Promise<void> = Promise.resolve();
  #waiting: Promise<void> | undefined;

  /** @param directory below the run directory; @param current what to serve now */
  constructor(directory: string, current: () => readonly NamedNetwork[]) {
    this.#directory = directory;
    this.#current = current;
  }

  /** Whether aardvark-dns is installed. */
  get available(): boolean {
    return (this.#program ??= findProgram("aardvark-dns")) !== undefined;
  }

  /**
   * Makes the server serve what is current now, starts or ends it. Calls that come while one is under way share the next.
   * @throws EngineError `unavailable` when it does not start
   */
  refresh(): Promise<void> {
    this.#waiting ??= this.#running.then(() => {
      this.#waiting = undefined;
      return this.#apply();
    });
    this.#running = this.#waiting.catch(() => undefined);
    return this.#waiting;
  }

  async #apply(): Promise<void> {
    const networks = this.#current().filter((network) => network.endpoints.length > 0);
    if (networks.length === 0 || !this.available) return this.#stop();
    const changed = this.#write(new Map(networks.map((network) => [network.internal ? `${network.id}${INTERNAL}` : network.id, configOf(network)])));
    const pid = await this.#livingPid();
    if (pid === undefined) await this.#start();
    else if (changed) await reload(pid);
    if (pid !== undefined && !changed) return;
    // It is said to run before it listens; a container that asks at once would be refused.
    const listens = (): boolean => listensAt(networks.map(({ address }) => address));
    await waitFor(() => listens() || this.#pid() === undefined);
    if ((await this.#livingPid()) !== undefined) return;
    await this.#start();
    await waitFor(listens);
  }

  #write(wanted: ReadonlyMap<string, string>): boolean {
    mkdirSync(this.#directory, { recursive: true, mode: 0o700 });
    let changed = false;
    for (const name of readdirSync(this.#directory)) {
      if (name === PID_FILE || wanted.has(name)) continue;
      rmSync(join(this.#directory, name), { force: true });
      changed = true;
    }
    for (const [name, text] of wanted) {
      const path = join(this.#directory, name);
      if (readText(path) === text) continue;
      // Beside the directory, where the server does not look.
      writeFileSync(`${this.#directory}.new`, text);
      renameSync(`${this.#directory}.new`, path);
      changed = true;
    }
    return changed;
  }

  /** The running server's pid. */
  #pid(): number | undefined {
    const pid = Number(readText(join(this.#directory, PID_FILE)));
    return pid > 0 && this.#isOurs(pid) ? pid : undefined;
  }

  /** As {@link #pid}, but for one that was killed, which holds its addresses until it is gone. */
  async #livingPid(): Promise<number | undefined> {
    const pid = this.#pid();
    if (pid === undefined || !isDoomed(pid)) return pid;
    await waitFor(() => !this.#isOurs(pid));
    return this.#pid();
  }

  /** A number may belong to another process by now; a dead one has no command line. */
  #isOurs(pid: number): boolean {
    return readText(`/proc/${pid}/cmdline`).split("\0").includes(this.#directory);
  }

  async #start(): Promise<void> {
    const child = spawn(this.#program!, ["--config", this.#directory, "--port", String(NAME_PORT), "run"], { stdio: "ignore", detached: true, env: { PATH: process.env["PATH"] } });
    const [code] = (await once(child, "exit").catch((error: unknown) => [error])) as [unknown];
    const started = await waitFor(() => this.#pid() !== undefined);
    if (code !== 0 || !started) throw new EngineError("unavailable", `the name server of container networks did not start (${this.#program}: ${code instanceof Error ? code.message : `exit code ${String(code)}`}): reinstall the package aardvark-dns`);
    this.#watch(this.#pid()!);
  }

  /** Only the engine of the runtime takes orphans for children, and is told of their end; elsewhere the promise settles at once. */
  #watch(pid: number): void {
    const began = Date.now();
    void adoptOrphan(pid).then(() => {
      if (!this.#isOurs(pid) && Date.now() - began > SHORT_LIFE_MS) return this.refresh();
    }).catch(() => undefined);
  }

  async #stop(): Promise<void> {
    const pid = this.#pid();
    if (pid !== undefined) {
      signal(pid, "SIGKILL");
      // The next one binds the same addresses.
      await waitFor(() => !this.#isOurs(pid));
    }
    rmSync(this.#directory, { recursive: true, force: true });
    rmSync(`${this.#directory}.new`, { force: true });
  }
}

/** The file of one network: the address to listen at, then a line for each container. */
function configOf({ address, internal, endpoints }: NamedNetwork): string {
  const lines = endpoints.map(({ containerId, ipAddress, names, forwarders }) => {
    const servers = internal ? [UNREACHABLE] : forwarders.filter((server) => isIP(server) !== 0);
    // Anything else would break the line, and with it all names.
    const sound = names.filter((name) => /^[^\s,]+$/.test(name));
    return `${containerId} ${ipAddress}  ${sound.join(",")}${servers.length > 0 ? ` ${servers.join(",")}` : ""}\n`;
  });
  return `${address}\n${lines.sort().join("")}`;
}

/** Whether something listens for datagrams at all of these IPv4 addresses of this network namespace. */
function listensAt(addresses: readonly string[]): boolean {
  const bound = new Set(readText("/proc/net/udp").split("\n").map((line) => line.trim().split(/\s+/)[1]));
  return addresses.every((address) => bound.has(`${hexOf(address)}:${NAME_PORT.toString(16).toUpperCase().padStart(4, "0")}`));
}

/** An address as /proc/net/udp writes it: in the byte order of the machine, which is little-endian wherever Node runs. */
function hexOf(address: string): string {
  return Buffer.from(address.split(".").map(Number)).reverse().toString("hex").toUpperCase();
}

/** Until the server has a handler, the signal would end it. */
async function reload(pid: number): Promise<void> {
  const SIGHUP_BIT = 1n;
  await waitFor(() => (BigInt(`0x${/^SigCgt:\s*([0-9a-f]+)/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? "0"}`) & SIGHUP_BIT) !== 0n);
  signal(pid, "SIGHUP");
}

/** Whether a process has a SIGKILL that it has not acted on. */
function isDoomed(pid: number): boolean {
  const SIGKILL_BIT = 1n << 8n;
  return (BigInt(`0x${/^ShdPnd:\s*([0-9a-f]+)/m.exec(readText(`/proc/${pid}/status`))?.[1] ?? "0"}`) & SIGKILL_BIT) !== 0n;
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended.
  }
}

async function waitFor(condition: () => boolean): Promise<boolean> {
  for (const end = Date.now() + PATIENCE_MS; Date.now() < end; ) {
    if (condition()) return true;
    await sleep(STEP_MS);
  }
  return condition();
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
