import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, readdirSync, readlinkSync, rmSync, statSync } from "node:fs";
import { connect } from "node:net";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isSystemError, messageOf } from "../base/errors.ts";
import { isAlive } from "../sys/processes.ts";
import { canDelegate, inNewScope, inScope, scopeOf } from "./cgroups.ts";
import { WITH_FORWARDER, isAwaited } from "./forwarder.ts";
import type { EnginePaths, User } from "./paths.ts";

/**
 * The namespaces of a rootless engine. A tiny process, the *holder*, keeps them: rootlesskit runs `sleep infinity`, not the
 * engine. Each engine enters with nsenter, so that containers, their conmon and their ports outlive an engine that is
 * killed, and the next engine finds them in the same user, mount and network namespaces.
 */
export interface Holder {
  /** Process whose namespaces the engine enters. */
  readonly pid: number;
  /** Its delegated cgroup scope, relative to /sys/fs/cgroup. */
  readonly scope: string | undefined;
}

const FORWARDER_MAIN = fileURLToPath(new URL("./forwarder-main.ts", import.meta.url));
const START_TIMEOUT_MS = 15_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 10;

/**
 * Finds the live holder of these paths or starts one. The caller serialises calls for one run directory.
 *
 * @throws EngineError `unavailable` with what rootlesskit said
 */
export async function ensureHolder(paths: EnginePaths, user: User, options: IoOptions = {}): Promise<Holder> {
  const existing = await findHolder(paths);
  if (existing !== undefined) return existing;
  // What a killed rootlesskit left behind; its lock file and sockets are of no use to the next one.
  rmSync(paths.holder, { recursive: true, force: true });
  const log = join(paths.run, "holder.log");
  const output = openSync(log, "w", 0o600);
  const holder = ["/bin/sh", "-c", WITH_FORWARDER, "sh", paths.forwarder, process.execPath, FORWARDER_MAIN, ...rootlesskit(paths)];
  const command = canDelegate(user) ? inNewScope(holder) : holder;
  // NODE_OPTIONS of the caller (a debugger, a test runner) is not meant for the forwarder.
  const { NODE_OPTIONS: _, ...env } = user.env;
  let ended: string | undefined;
  const child = spawn(command[0] ?? "", command.slice(1), { detached: true, stdio: ["ignore", output, output], env });
  child.once("error", (error) => (ended = messageOf(error)));
  child.once("exit", (code, signal) => (ended ??= `it ended with ${signal ?? `code ${String(code)}`}`));
  child.unref();
  closeSync(output);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    await sleep(POLL_MS, options.signal);
    if (/^ready$/m.test(readFileSync(log, "utf8"))) {
      const holder = await findHolder(paths);
      if (holder !== undefined) return holder;
    }
    if (ended !== undefined) break;
  }
  child.kill();
  throw new EngineError("unavailable", `rootlesskit did not start: ${lastWords(log) ?? ended ?? `no answer within ${String(START_TIMEOUT_MS / 1000)} s`}. \`slipway doctor\` shows what is missing`);
}

/** The live holder of these paths: its process exists and rootlesskit answers on its API socket. */
export async function findHolder(paths: EnginePaths): Promise<Holder | undefined> {
  const pid = readPid(join(paths.holder, "child_pid"));
  if (pid === undefined || !isAlive(pid) || !(await answers(join(paths.holder, "api.sock")))) return undefined;
  return { pid, scope: scopeOf(pid) };
}

/** The command line that runs `command` in the holder's namespaces and cgroup, as root there. */
export function inHolder(holder: Holder, command: readonly string[], user: User): string[] {
  const enter = ["nsenter", "--target", String(holder.pid), "--user", "--mount", "--net", "--preserve-credentials", "--", ...command];
  return holder.scope === undefined ? enter : inScope(holder.scope, enter, user);
}

/**
 * Ends the holder when no container needs it, that is when no conmon is left in its namespaces.
 * @returns whether it has ended
 */
export async function endIdleHolder(paths: EnginePaths): Promise<boolean> {
  const holder = await findHolder(paths);
  if (holder === undefined) return true;
  const inside = processesBeside(holder.pid);
  if (inside.some(({ name }) => name === "conmon")) return false;
  const parent = Number(/^PPid:\s+(\d+)$/m.exec(readFileSync(`/proc/${String(holder.pid)}/status`, "utf8"))?.[1]);
  for (const { pid } of inside) signal(pid, "SIGTERM");
  signal(parent, "SIGTERM");
  const deadline = Date.now() + STOP_TIMEOUT_MS;
  const wishes = `${paths.forwarder}.wake`;
  while ((isAlive(holder.pid) || isAlive(parent) || isAwaited(wishes)) && Date.now() < deadline) await sleep(POLL_MS);
  if (isAlive(parent)) signal(parent, "SIGKILL");
  for (const path of [paths.holder, paths.forwarder, wishes]) rmSync(path, { recursive: true, force: true });
  return true;
}

function rootlesskit(paths: EnginePaths): string[] {
  return [
    "rootlesskit",
    `--state-dir=${paths.holder}`,
    "--net=slirp4netns",
    "--mtu=65520",
    "--slirp4netns-sandbox=auto",
    "--slirp4netns-seccomp=auto",
    "--disable-host-loopback",
    "--port-driver=builtin",
    "--copy-up=/etc",
    "--copy-up=/run",
    "--propagation=rslave",
    "/bin/sh",
    "-c",
    `${RESTORE_DIRECTORY}\necho ready; exec sleep infinity >/dev/null 2>&1`,
    "sh",
    // /run/user for the usual /run/user/UID/slipway.
    /^\/run\/[^/]+(?=\/)/.exec(paths.run)?.[0] ?? "",
  ];
}

/** --copy-up leaves symbolic links where /run had directories, and an OCI runtime takes no root file system behind one: ours is mounted instead. */
const RESTORE_DIRECTORY = `if [ -L "$1" ]; then original=$(readlink -f "$1") && rm "$1" && mkdir "$1" && mount --rbind "$original" "$1" || exit; fi`;

/** Other processes of this user in the user namespace of `holder`. Container processes run as other uids and have a conmon. */
function processesBeside(holder: number): { readonly pid: number; readonly name: string }[] {
  const namespace = readlinkSync(`/proc/${String(holder)}/ns/user`);
  const found = [];
  for (const entry of readdirSync("/proc")) {
    const pid = Number(entry);
    if (!Number.isInteger(pid) || pid === holder || !isAlive(pid)) continue;
    try {
      if (statSync(`/proc/${entry}`).uid !== process.getuid?.() || readlinkSync(`/proc/${entry}/ns/user`) !== namespace) continue;
      found.push({ pid, name: readFileSync(`/proc/${entry}/comm`, "utf8").trim() });
    } catch (error) {
      if (!isSystemError(error, "ENOENT", "ESRCH", "EACCES", "EPERM")) throw error;
    }
  }
  return found;
}

/** Whether somebody accepts connections on the socket `path`. */
export function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => {
      socket.destroy();
      resolve(true);
    });
    socket.once("error", () => resolve(false));
  });
}

function readPid(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "latin1"), 10);
    return pid > 0 ? pid : undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (error) {
    if (!isSystemError(error, "ESRCH")) throw error;
  }
}

/** The line of a failed rootlesskit's log that says most: its error, else its last. */
function lastWords(log: string): string | undefined {
  const lines = readFileSync(log, "utf8").split("\n").filter((line) => line.trim() !== "" && line !== "ready");
  const error = lines.find((line) => line.includes("error:")) ?? lines.at(-1);
  const cause = lines.find((line) => /permission denied|operation not permitted|no such file/i.test(line));
  return error === undefined ? undefined : [...new Set([cause, error])].filter((line) => line !== undefined).join("; ");
}
