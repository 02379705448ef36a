import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import { inUserNamespace } from "../sys/identity.ts";
import { run } from "../sys/processes.ts";
import { ownCapabilities } from "./capabilities.ts";
import type { Cgroups } from "./cgroups/cgroups.ts";
import { hybridCrun } from "./hybrid.ts";
import type { Command } from "./hybrid.ts";
import { SYSTEM_PATH, findProgram } from "./programs.ts";
import type { RuntimeCapabilities } from "./runtime.ts";

/** The programs the runtime drives and what the host allows. */
export interface RuntimeHost {
  readonly conmon: string;
  readonly runtime: string;
  /** Global arguments of every call of the runtime. */
  readonly runtimeArgs: readonly string[];
  /** The runtime and its global arguments for `exec`. */
  readonly execCommand: Command;
  readonly capabilities: RuntimeCapabilities;
}

/** The environment of conmon and the runtime: nothing of the engine's own; conmon writes its log's times in TZ. */
export const TOOL_ENVIRONMENT: Readonly<Record<string, string>> = { PATH: SYSTEM_PATH, TZ: "UTC", LC_ALL: "C.UTF-8" };

export interface ProbeOptions {
  /** Where the runtime keeps its state (on a tmpfs). */
  readonly stateRoot: string;
  readonly cgroups: Cgroups;
  /** Use this one only. */
  readonly runtime?: "runc" | "crun" | undefined;
  /** File that remembers the outcome until the programs change or the host reboots. */
  readonly cache: string;
}

/**
 * Finds conmon and a runtime that really works here: crun, which is faster, unless it refuses the host.
 * @throws EngineError `unavailable` naming the missing program
 */
export async function probeHost(options: ProbeOptions): Promise<RuntimeHost> {
  const conmon = findProgram("conmon");
  if (conmon === undefined) throw new EngineError("unavailable", "conmon is not installed: install the package conmon");
  const names = options.runtime === undefined ? (["crun", "runc"] as const) : [options.runtime];
  const found = names.flatMap((name) => {
    const path = findProgram(name);
    return path === undefined ? [] : [foundRuntime(name, path, options)];
  });
  if (found.length === 0) throw new EngineError("unavailable", `no OCI runtime is installed: install the package ${names.join(" or ")}`);

  const key = JSON.stringify([...found.map(({ path }) => path), conmon].map((path) => [path, statSync(path).mtimeMs])) + JSON.stringify([...options.cgroups.layout.controllers]);
  const cached = readCache(options.cache, key);
  const versions = cached ?? (await probe(found, conmon, options));
  if (cached === undefined) writeFileSync(options.cache, JSON.stringify({ key, versions }));
  const chosen = found.find(({ name }) => name === versions.runtime)!;
  const { layout } = options.cgroups;
  return {
    conmon,
    runtime: chosen.command,
    runtimeArgs: chosen.args,
    execCommand: chosen.exec,
    capabilities: {
      ...versions,
      cgroupVersion: layout.version,
      cgroupDriver: layout.parent === null ? "none" : "cgroupfs",
      controllers: layout.controllers,
      capabilities: ownCapabilities(),
      seccomp: existsSync("/proc/sys/kernel/seccomp/actions_avail"),
      apparmor: !inUserNamespace() && apparmorEnabled(),
      rootless: inUserNamespace(),
      swapLimit: options.cgroups.offers("memory", layout.version === 2 ? "memory.swap.max" : "memory.memsw.limit_in_bytes"),
      blockIoWeight: options.cgroups.offers("blkio", layout.version === 2 ? "io.bfq.weight" : "blkio.weight"),
    },
  };
}

interface Versions { readonly runtime: "runc" | "crun"; readonly runtimeVersion: string; readonly conmonVersion: string }
/** A runtime: its program, and the command and global arguments of every call. */
interface Found { readonly name: "runc" | "crun"; readonly path: string; readonly command: string; readonly args: readonly string[]; readonly exec: Command }

function foundRuntime(name: "runc" | "crun", path: string, { stateRoot, cgroups: { layout } }: ProbeOptions): Found {
  const args = ["--root", stateRoot];
  if (name === "runc") return { name, path, command: path, args, exec: { path, args } };
  args.push("--cgroup-manager", layout.parent === null ? "disabled" : "cgroupfs");
  const plain = { path, args };
  const [all, exec] = layout.hybrid ? hybridCrun(plain, layout.mounts.get("unified")!) : [plain, plain];
  return { name, path, command: all.path, args: all.args, exec };
}

async function probe(found: readonly Found[], conmon: string, options: ProbeOptions): Promise<Versions> {
  const refusals: string[] = [];
  for (const candidate of found) {
    const refusal = await trial(candidate, options);
    if (refusal !== undefined) {
      refusals.push(`${candidate.name}: ${refusal}`);
      continue;
    }
    return { runtime: candidate.name, runtimeVersion: await versionOf(candidate.path), conmonVersion: await versionOf(conmon) };
  }
  throw new EngineError("unavailable", `no OCI runtime works on this host: ${refusals.join("; ")}`);
}

/** Runs a container of nothing but the host's own programs. @returns why it failed; undefined when it works */
async function trial(candidate: Found, options: ProbeOptions): Promise<string | undefined> {
  const bundle = mkdtempSync(join(options.stateRoot, "..", "probe-"));
  const id = `probe-${process.pid}-${candidate.name}`;
  try {
    // crun opens dev, and makes what it mounts on only below a root that it may write.
    for (const directory of ["rootfs", "rootfs/dev", "rootfs/proc"]) mkdirSync(join(bundle, directory));
    writeFileSync(join(bundle, "config.json"), JSON.stringify(trialSpec(options.cgroups.path(id))));
    const result = await run(candidate.command, [...candidate.args, "run", "--bundle", bundle, id], { timeoutMs: 20_000, env: { ...TOOL_ENVIRONMENT } });
    if (result.code === 0) return undefined;
    await run(candidate.command, [...candidate.args, "delete", "--force", id], { timeoutMs: 20_000, env: { ...TOOL_ENVIRONMENT } });
    return result.stderr.trim().split("\n").at(-1) || `exit code ${result.code}`;
  } finally {
    await options.cgroups.remove(id);
    rmSync(bundle, { recursive: true, force: true });
  }
}

function trialSpec(cgroupsPath: string | undefined): object {
  const binds = ["/usr", "/bin", "/lib", "/lib64"].filter((path) => existsSync(path));
  return {
    ociVersion: "1.0.2",
    process: { terminal: false, user: { uid: 0, gid: 0 }, args: ["/bin/true"], env: ["PATH=/usr/bin:/bin"], cwd: "/" },
    root: { path: "rootfs", readonly: false },
    mounts: [
      { destination: "/proc", type: "proc", source: "proc" },
      // The run directory's file system may forbid devices.
      { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "mode=755"] },
      ...binds.map((path) => ({ destination: path, type: "bind", source: path, options: ["rbind", "ro"] })),
    ],
    linux: { namespaces: [{ type: "pid" }, { type: "mount" }, { type: "ipc" }, { type: "uts" }], ...(cgroupsPath === undefined ? {} : { cgroupsPath }) },
  };
}

async function versionOf(path: string): Promise<string> {
  const { stdout } = await run(path, ["--version"], { timeoutMs: 10_000, env: { ...TOOL_ENVIRONMENT } });
  return /version (\S+)/.exec(stdout)?.[1] ?? "unknown";
}

function readCache(path: string, key: string): Versions | undefined {
  try {
    const entry = JSON.parse(readFileSync(path, "utf8")) as { key: string; versions: Versions };
    return entry.key === key ? entry.versions : undefined;
  } catch {
    return undefined;
  }
}

/** Programs that can be process 1 and reap, best first: they need no libraries, as they run inside any image. */
const INIT_PROGRAMS = ["docker-init", "/usr/libexec/docker/docker-init", "tini-static", "catatonit", "/usr/libexec/podman/catatonit", "/usr/libexec/catatonit/catatonit"];

/** The program for `--init`; undefined where none is installed. */
export function findInit(): string | undefined {
  return INIT_PROGRAMS.map(findProgram).find((path) => path !== undefined);
}

function apparmorEnabled(): boolean {
  try {
    return readFileSync("/sys/module/apparmor/parameters/enabled", "utf8").startsWith("Y") && findProgram("apparmor_parser") !== undefined;
  } catch {
    return false;
  }
}
