import { spawn } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { DockerCli } from "../e2e/fixtures/docker.ts";
import { startEngine } from "../e2e/fixtures/engines.ts";
import { must, run, tempDir, waitFor } from "../e2e/fixtures/exec.ts";
import { killStrays, unmountBelow } from "../e2e/fixtures/remains.ts";

export const ENGINE_NAMES = ["ours", "ours-rootless", "dockerd", "podman"] as const;
export type EngineName = (typeof ENGINE_NAMES)[number];

/** An engine as the benchmark sees it. */
export interface BenchEngine extends AsyncDisposable {
  readonly name: EngineName;
  readonly version: string;
  readonly socket: string;
  readonly docker: DockerCli;
  /** Memory of all processes of the engine itself, in bytes (proportional set size). */
  memory(): Promise<number>;
}

/** The engines of this machine: ours always, the others where they are installed. */
export function installedEngines(): readonly EngineName[] {
  return ENGINE_NAMES.filter((name) => name === "ours" || (name === "dockerd" && existsSync("/usr/sbin/dockerd")) || (name === "podman" && existsSync("/usr/bin/podman")));
}

/** Starts an engine in temporary folders. @param registryHost a registry to be spoken to without TLS */
export async function startBenchEngine(name: EngineName, registryHost: string): Promise<BenchEngine> {
  if (name === "podman") return startPodman(registryHost);
  const engine = await startEngine(name === "ours" ? "ours-rootful" : name, { built: true });
  const version = await engine.docker.ok("version", "-f", "{{.Server.Version}}");
  return {
    name, version, socket: engine.socket, docker: engine.docker,
    memory: async () => memoryOf(engine.dir, [await engine.pid()]),
    [Symbol.asyncDispose]: () => engine[Symbol.asyncDispose](),
  };
}

/** podman's Docker-compatible service with folders of its own. */
async function startPodman(registryHost: string): Promise<BenchEngine> {
  const dir = await tempDir("podman");
  const socket = join(dir.path, "podman.sock");
  for (const folder of ["config", "networks", "root", "run"]) await mkdir(join(dir.path, folder));
  const registries = join(dir.path, "registries.conf");
  await writeFile(registries, `[[registry]]\nlocation = "${registryHost}"\ninsecure = true\n`);
  // podman asks for more open files and processes than an engine in a sandbox may give.
  const limit = await must("sh", ["-c", "ulimit -Hn"]);
  const containers = join(dir.path, "containers.conf");
  await writeFile(containers, `[containers]\ndefault_ulimits = ["nofile=${limit}:${limit}", "nproc=4096:4096"]\n`);
  const args = ["--root", join(dir.path, "root"), "--runroot", join(dir.path, "run"), "--storage-driver", "overlay", "--cgroup-manager", "cgroupfs", "--runtime", "runc",
    "--network-config-dir", join(dir.path, "networks"), "--events-backend", "file", "--tmpdir", join(dir.path, "tmp"), "system", "service", "--time=0", `unix://${socket}`];
  const child = spawn("podman", args, { stdio: "ignore", env: { ...process.env, CONTAINERS_REGISTRIES_CONF: registries, CONTAINERS_CONF: containers } });
  const exited = new Promise((done) => child.once("exit", done));
  const docker = new DockerCli(socket, join(dir.path, "config"));
  const dispose = async (): Promise<void> => {
    const ids = (await docker.run(["ps", "-aq"])).stdout.split("\n").filter(Boolean);
    if (ids.length > 0) await docker.run(["rm", "-f", ...ids], { timeout: 120_000 });
    child.kill();
    await exited;
    await killStrays(dir.path);
    await unmountBelow(dir.path);
    await run("ip", ["link", "del", "cni-podman0"]);
    await run("ip", ["link", "del", "podman0"]);
    await dir[Symbol.asyncDispose]();
  };
  try {
    await waitFor("podman", async () => (await docker.run(["version"])).code === 0, 20_000);
  } catch (error) {
    await dispose();
    throw error;
  }
  return { name: "podman", version: await docker.ok("version", "-f", "{{.Server.Version}}"), socket, docker, memory: () => memoryOf(dir.path, [child.pid!]), [Symbol.asyncDispose]: dispose };
}

/** The memory in bytes of an engine's own process, of all whose command line names its folder, and of their children; each shared page counts in part. */
async function memoryOf(dir: string, known: readonly number[]): Promise<number> {
  const list = await must("ps", ["-eo", "pid=,ppid=,args=", "-ww"]);
  const rows = list.split("\n").map((line) => /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line)).filter((match) => match !== null);
  const own = new Set(rows.filter(([, pid, , args]) => Number(pid) !== process.pid && args!.includes(`${dir}/`) && !args!.startsWith("docker ")).map(([, pid]) => pid!));
  for (const pid of known) own.add(String(pid));
  // Children count too: aardvark-dns, slirp4netns and workers do not all name the folder.
  for (let size = -1; size !== own.size;) {
    size = own.size;
    for (const [, pid, parent] of rows) if (own.has(parent!)) own.add(pid!);
  }
  let total = 0;
  for (const pid of own) {
    const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8").catch(() => "");
    total += Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024;
  }
  return total;
}
