import { spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { sleep } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isEngineError, isSystemError, messageOf } from "../base/errors.ts";
import { acquireLock, lockHolder } from "../sys/lock.ts";
import type { FileLock } from "../sys/lock.ts";
import { isAlive, signalProcess } from "../sys/processes.ts";
import { answers, endIdleHolder, ensureHolder, findHolder, inHolder } from "./holder.ts";
import { currentUser, makeDirectories, resolvePaths } from "./paths.ts";
import type { EnginePaths, PathChoice, User } from "./paths.ts";

export interface LaunchOptions extends IoOptions, PathChoice {
  /** The engine's program; tests give a stand-in. */
  readonly entry?: string | undefined;
}

export interface EngineStatus {
  readonly running: boolean;
  /** The engine's process id in the host's numbering; null when it does not run. */
  readonly pid: number | null;
  readonly socket: string;
  readonly root: string;
  readonly run: string;
  readonly rootless: boolean;
}

const ENTRY = fileURLToPath(new URL("../daemon/main.ts", import.meta.url));
const START_TIMEOUT_MS = 60_000;
const STOP_TIMEOUT_MS = 60_000;
const LAUNCH_LOCK_TIMEOUT_MS = 90_000;
const POLL_MS = 10;
const LONGEST_LOG_BYTES = 1024 * 1024;

/** Whether the engine of these paths runs. Asks the kernel who holds the data root's lock; no process is started. */
export async function engineStatus(options: LaunchOptions = {}): Promise<EngineStatus> {
  const paths = resolvePaths(options);
  const pid = lockHolder(join(paths.root, "engine.lock"));
  const running = pid !== undefined && (await answers(paths.socket));
  return { running, pid: pid ?? null, socket: paths.socket, root: paths.root, run: paths.run, rootless: paths.rootless };
}

/**
 * Starts the engine in the background and waits until it listens. Does nothing when it already does; two calls at the same
 * time start one engine.
 *
 * @throws EngineError `unavailable` with the engine's last words, `forbidden` for a directory that is not ours
 */
export async function startEngine(options: LaunchOptions = {}): Promise<EngineStatus & { readonly started: boolean }> {
  const paths = resolvePaths(options);
  const user = currentUser();
  makeDirectories(paths, user);
  using _lock = await launchLock(paths, options);
  const before = await engineStatus(options);
  if (before.running) return { ...before, started: false };
  if (before.pid !== null) throw runningElsewhere(paths, before.pid);
  const { command, env } = await engineCommand(paths, options, user);
  if (logSize(paths.log) > LONGEST_LOG_BYTES) renameSync(paths.log, `${paths.log}.1`);
  const offset = logSize(paths.log);
  const log = openSync(paths.log, "a", 0o600);
  let ended: string | undefined;
  const child = spawn(command[0] ?? "", command.slice(1), { detached: true, stdio: ["ignore", log, log], env, cwd: "/" });
  child.once("error", (error) => (ended = messageOf(error)));
  child.once("exit", (code, signal) => (ended ??= `it ended with ${signal ?? `code ${String(code)}`}`));
  child.unref();
  closeSync(log);
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (ended === undefined && Date.now() < deadline) {
    await sleep(POLL_MS, options.signal);
    if (isListening(logFrom(paths.log, offset))) return { ...(await engineStatus(options)), started: true };
  }
  if (ended === undefined) child.kill();
  if (paths.rootless) await endIdleHolder(paths);
  const words = logFrom(paths.log, offset).trim().split("\n").slice(-3).join("\n");
  throw new EngineError("unavailable", `the engine did not start: ${words === "" ? (ended ?? "no answer within a minute") : words}\n(its log is ${paths.log})`);
}

/**
 * Runs the engine in the foreground, on this process' own output. As root this process becomes the engine (execve);
 * otherwise it waits, passes signals on, and ends the namespaces if no container needs them.
 *
 * @returns the engine's exit code, when this process did not become the engine
 * @throws EngineError `conflict` when one already runs on this data root, `unavailable` when a signal ended it
 */
export async function runEngine(options: LaunchOptions = {}): Promise<number> {
  const paths = resolvePaths(options);
  const user = currentUser();
  makeDirectories(paths, user);
  let engine: EngineCommand;
  {
    using _lock = await launchLock(paths, options);
    const pid = lockHolder(join(paths.root, "engine.lock"));
    if (pid !== undefined) throw runningElsewhere(paths, pid);
    engine = await engineCommand(paths, options, user);
  }
  const [file = "", ...args] = engine.command;
  if (!paths.rootless && process.execve !== undefined) {
    process.execve(file, engine.command, definedOnly(engine.env));
  }
  // In a session of its own, so that the terminal's Ctrl-C reaches it once: through us.
  const child = spawn(file, args, { stdio: "inherit", detached: true, env: engine.env });
  const forward = (signal: NodeJS.Signals): void => void child.kill(signal);
  const signals: NodeJS.Signals[] = ["SIGTERM", "SIGINT", "SIGHUP"];
  for (const signal of signals) process.on(signal, forward);
  try {
    return await new Promise<number>((resolve, reject) => {
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        if (signal === null) resolve(code ?? 0);
        else reject(new EngineError("unavailable", `the engine was ended by ${signal}: its containers go on, and the engine that is started next takes them over`));
      });
    });
  } finally {
    for (const signal of signals) process.off(signal, forward);
    await endIdleHolderOf(paths);
  }
}

/**
 * Stops the engine; containers go on. Without a running container the rootless namespaces end too.
 *
 * @returns whether one was running, and whether the namespaces are kept for containers
 * @throws EngineError `deadlineExceeded` when it does not end
 */
export async function stopEngine(options: LaunchOptions = {}): Promise<{ readonly wasRunning: boolean; readonly containersGoOn: boolean }> {
  const paths = resolvePaths(options);
  const lock = join(paths.root, "engine.lock");
  const pid = lockHolder(lock);
  if (pid !== undefined) {
    signalProcess(pid, undefined, "SIGTERM");
    const deadline = Date.now() + STOP_TIMEOUT_MS;
    while (lockHolder(lock) !== undefined || isAlive(pid)) {
      if (Date.now() > deadline) throw new EngineError("deadlineExceeded", `the engine (pid ${String(pid)}) did not stop within ${String(STOP_TIMEOUT_MS / 1000)} s: end it with \`kill -9 ${String(pid)}\`, its containers go on`);
      await sleep(POLL_MS, options.signal);
    }
  }
  const ended = await endIdleHolderOf(paths);
  return { wasRunning: pid !== undefined, containersGoOn: !ended };
}

interface EngineCommand {
  readonly command: string[];
  readonly env: NodeJS.ProcessEnv;
}

async function engineCommand(paths: EnginePaths, options: LaunchOptions, user: User): Promise<EngineCommand> {
  const engine = [process.execPath, options.entry ?? ENTRY, "--root", paths.root, "--run", paths.run, "--socket", paths.socket];
  // NODE_OPTIONS of the caller (a debugger, a test runner) is not meant for the engine.
  const { NODE_OPTIONS: _, ...env } = user.env;
  if (!paths.rootless) return { command: engine, env };
  const holder = await ensureHolder(paths, user, options);
  const command = inHolder(holder, [...engine, "--rootless-state", paths.holder, "--forwarder", paths.forwarder], user);
  return { command, env };
}

async function endIdleHolderOf(paths: EnginePaths): Promise<boolean> {
  if (!paths.rootless || (await findHolder(paths)) === undefined) return true;
  using _lock = await launchLock(paths, {});
  return lockHolder(join(paths.root, "engine.lock")) === undefined && (await endIdleHolder(paths));
}

/** Serialises starts and stops of one run directory. */
async function launchLock(paths: EnginePaths, options: IoOptions): Promise<FileLock> {
  const deadline = Date.now() + LAUNCH_LOCK_TIMEOUT_MS;
  for (;;) {
    try {
      return acquireLock(join(paths.run, "launch.lock"));
    } catch (error) {
      if (!isEngineError(error, "conflict") || Date.now() > deadline) throw error;
      await sleep(POLL_MS, options.signal);
    }
  }
}

function runningElsewhere(paths: EnginePaths, pid: number): EngineError {
  const who = pid === 0 ? "another engine" : `another engine (pid ${String(pid)})`;
  return new EngineError("conflict", `${who} already uses ${paths.root}: stop it with \`slipway engine stop\`, or give this one a folder of its own with --root`, { details: { pid } });
}

function isListening(text: string): boolean {
  return /^listening on unix:\/\//m.test(text);
}

function logFrom(path: string, offset: number): string {
  return readFileSync(path).subarray(offset).toString("utf8");
}

function logSize(path: string): number {
  try {
    return statSync(path).size;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return 0;
    throw error;
  }
}

function definedOnly(env: NodeJS.ProcessEnv): Record<string, string> {
  return Object.fromEntries(Object.entries(env).filter((entry): entry is [string, string] => entry[1] !== undefined));
}
