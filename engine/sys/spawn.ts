import { closeSync } from "node:fs";
import { checked, cPath, native, systemError } from "./libc.ts";

/**
 * Starts programs by `posix_spawn`, which lends the child our memory until it calls exec. Node's own `spawn` forks: for an engine of a
 * hundred megabytes the kernel then copies page tables, and copies pages that either side writes, for 5 ms and more.
 */
export interface SpawnOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly cwd?: string | undefined;
  /**
   * The child's file descriptors, by position; it gets no others. One of ours (which stays open), or a pipe that the child `reads` from
   * or `writes` to, whose other end is in {@link SpawnedProcess.pipes}.
   */
  readonly fds: readonly (number | "reads" | "writes")[];
}

export interface SpawnedProcess {
  readonly pid: number;
  /** Exit code, 128 + number for a signal. Settled only while something else keeps this process alive. */
  readonly exited: Promise<number>;
  /** Our ends of the pipes asked for, at the child's positions; the caller closes them. */
  readonly pipes: readonly (number | undefined)[];
  /** Does nothing when it has ended. */
  kill(signal: NodeJS.Signals): void;
}

const SETSIGDEF = 0x04;
const SETSIGMASK = 0x08;
const WNOHANG = 1;
const WEXITED = 4;
const WNOWAIT = 0x01000000;
/** Children of the calling thread alone. */
const WNOTHREAD = 0x20000000;
const P_ALL = 0;
/** `siginfo_t` on 64-bit machines: its size, and where the pid is. */
const SIGINFO_SIZE = 128;
const SIGINFO_PID = 16;
const SIGKILL = 9;
const PR_SET_CHILD_SUBREAPER = 36;
const O_CLOEXEC = 0o2000000;
/** Milliseconds. */
const BURIAL_DELAY = 20;
/** Milliseconds for which the exit code of a buried one is known: who is about to adopt it may be slow to learn its pid. */
const MEMORY = 10_000;
/** Larger than the C library's own structures and signal set on every architecture. */
const STRUCT_SIZE = 1024;

const spawnC = native<[Int32Array, Uint8Array, Uint8Array, Uint8Array, readonly (string | null)[], readonly (string | null)[]]>(
  "int posix_spawn(_Out_ int *pid, const void *path, const void *actions, const void *attributes, const char **argv, const char **envp)",
);
const initActions = native<[Uint8Array]>("int posix_spawn_file_actions_init(void *actions)");
const addDup2 = native<[Uint8Array, number, number]>("int posix_spawn_file_actions_adddup2(void *actions, int from, int to)");
const addClose = native<[Uint8Array, number]>("int posix_spawn_file_actions_addclose(void *actions, int fd)");
const addChdir = native<[Uint8Array, Uint8Array]>("int posix_spawn_file_actions_addchdir_np(void *actions, const void *path)");
const destroyActions = native<[Uint8Array]>("int posix_spawn_file_actions_destroy(void *actions)");
const initAttributes = native<[Uint8Array]>("int posix_spawnattr_init(void *attributes)");
const setFlags = native<[Uint8Array, number]>("int posix_spawnattr_setflags(void *attributes, short flags)");
const setDefaults = native<[Uint8Array, Uint8Array]>("int posix_spawnattr_setsigdefault(void *attributes, const void *signals)");
const fillSet = native<[Uint8Array]>("int sigfillset(void *signals)");
const pipe2C = native<[Int32Array, number]>("int pipe2(_Out_ int *fds, int flags)");
const waitidC = native<[number, number, Uint8Array, number]>("int waitid(int type, unsigned int id, void *info, int options)");
const prctlC = native<[number, number, number, number, number]>("int prctl(int option, unsigned long a, unsigned long b, unsigned long c, unsigned long d)");
const waitpidC = native<[number, Int32Array, number]>("int waitpid(int pid, _Out_ int *status, int options)");

const children = new Map<number, (code: number) => void>();
let attributes: Uint8Array | undefined;
let listening = false;

/**
 * @param file absolute path
 * @param args without the program's own name
 * @throws a system error (`ENOENT`, `EACCES`, `EAGAIN`, `EMFILE`, ...)
 */
export function spawnProcess(file: string, args: readonly string[], options: SpawnOptions): SpawnedProcess {
  const pipes = new Map<number, Pipe>();
  let started = false;
  try {
    options.fds.forEach((fd, target) => typeof fd === "string" && pipes.set(target, makePipe(fd)));
    const pid = posixSpawn(file, args, options, options.fds.map((fd, target) => (typeof fd === "string" ? pipes.get(target)!.theirs : fd)));
    started = true;
    return watched(pid, options.fds.map((_, target) => pipes.get(target)?.ours));
  } finally {
    for (const { ours, theirs } of pipes.values()) {
      closeSync(theirs);
      if (!started) closeSync(ours);
    }
  }
}

function posixSpawn(file: string, args: readonly string[], { env, cwd }: SpawnOptions, fds: readonly number[]): number {
  // Before there is a child, whose end must not be missed.
  listen();
  const actions = fileActions(fds, cwd);
  const pid = new Int32Array(1);
  try {
    const environment = Object.entries(env).map(([name, value]) => `${name}=${value}`);
    // It answers the error's number itself, not by errno.
    const error = spawnC(pid, cPath(file), actions, (attributes ??= plainSignals()), [file, ...args, null], [...environment, null]);
    if (error !== 0) throw systemError(error, "spawn", file);
    return pid[0]!;
  } finally {
    destroyActions(actions);
  }
}

/**
 * Makes this process the parent of those descendants whose own parent ends, as `PR_SET_CHILD_SUBREAPER` says. Those that
 * {@link adoptOrphan} does not take are buried when they end, as process 1 would do it.
 */
export function becomeSubreaper(): void {
  listen();
  if (!burying) process.on("SIGCHLD", () => (burial ??= setTimeout(bury, BURIAL_DELAY).unref()));
  burying = true;
  checked(prctlC(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl");
}

/** The exit code, as {@link SpawnedProcess.exited}, of a process that came to us by {@link becomeSubreaper}. */
export function adoptOrphan(pid: number): Promise<number> {
  const known = buried.get(pid);
  buried.delete(pid);
  if (known !== undefined && Date.now() - known.at < MEMORY) return Promise.resolve(known.code);
  const exited = awaitChild(pid);
  // It may have ended before it was ours, and its signal be gone.
  reap();
  return exited;
}

function awaitChild(pid: number): Promise<number> {
  listen();
  return new Promise((resolve) => children.set(pid, resolve));
}

function watched(pid: number, pipes: SpawnedProcess["pipes"]): SpawnedProcess {
  return {
    pid,
    exited: awaitChild(pid),
    pipes,
    kill(signal) {
      // Until it is reaped, the number is the child's.
      if (children.has(pid)) process.kill(pid, signal);
    },
  };
}

/** No signal blocked or ignored, whatever we do: Node itself ignores SIGPIPE. */
function plainSignals(): Uint8Array {
  const [result, signals] = [Buffer.alloc(STRUCT_SIZE), Buffer.alloc(STRUCT_SIZE)];
  checked(fillSet(signals), "sigfillset");
  initAttributes(result);
  setDefaults(result, signals);
  setFlags(result, SETSIGDEF | SETSIGMASK);
  return result;
}

function fileActions(fds: readonly number[], cwd: string | undefined): Uint8Array {
  const actions = Buffer.alloc(STRUCT_SIZE);
  initActions(actions);
  if (cwd !== undefined) addChdir(actions, cPath(cwd));
  // One that we have within the child's range would be overwritten before its turn: then all move out of the way first.
  const collide = fds.some((fd, target) => fd < fds.length && fd !== target);
  const away = Math.max(fds.length, ...fds) + 1;
  if (collide) fds.forEach((fd, target) => addDup2(actions, fd, away + target));
  fds.forEach((fd, target) => addDup2(actions, collide ? away + target : fd, target));
  if (collide) fds.forEach((_, target) => addClose(actions, away + target));
  return actions;
}

function listen(): void {
  if (!listening) process.on("SIGCHLD", reap);
  listening = true;
}

/** Several may have ended for one signal. */
function reap(): void {
  const status = new Int32Array(1);
  for (const [pid, resolve] of children) {
    const ended = waitpidC(pid, status, WNOHANG);
    if (ended === 0) continue;
    children.delete(pid);
    resolve(ended === pid ? exitCode(status[0]!) : 128 + SIGKILL);
  }
}

const buried = new Map<number, { readonly code: number; readonly at: number }>();
let burying = false;
let burial: NodeJS.Timeout | undefined;
let seen = 0;

/**
 * Reaps ended children that nobody waits for. A container's processes would else never be gone for the kernel. Those of Node's own
 * `child_process` are not to be told apart from them, but Node takes these at once: who is still there the second time is an orphan.
 * Children of worker threads are left alone: a thread may be busy for long before it looks, and would wait for ever for one that is gone.
 */
function bury(): void {
  burial = undefined;
  const ended = firstEnded();
  if (ended !== 0 && ended === seen) take(ended);
  const next = ended === seen ? firstEnded() : ended;
  seen = next;
  if (next !== 0) burial = setTimeout(bury, BURIAL_DELAY).unref();
}

function take(pid: number): void {
  const status = new Int32Array(1);
  if (waitpidC(pid, status, WNOHANG) !== pid) return;
  for (const [other, { at }] of buried) if (Date.now() - at > MEMORY) buried.delete(other);
  buried.set(pid, { code: exitCode(status[0]!), at: Date.now() });
}

/** The pid of one that has ended and is left as it is; 0 when there is none. The kernel gives orphans to the main thread, on which this runs. */
function firstEnded(): number {
  const info = Buffer.alloc(SIGINFO_SIZE);
  return waitidC(P_ALL, 0, info, WEXITED | WNOHANG | WNOWAIT | WNOTHREAD) < 0 ? 0 : info.readInt32LE(SIGINFO_PID);
}

/** Of a wait status. */
function exitCode(status: number): number {
  const signal = status & 0x7f;
  return signal === 0 ? (status >> 8) & 0xff : 128 + signal;
}

interface Pipe { readonly ours: number; readonly theirs: number }

function makePipe(child: "reads" | "writes"): Pipe {
  const fds = new Int32Array(2);
  checked(pipe2C(fds, O_CLOEXEC), "pipe2");
  const [readEnd, writeEnd] = [fds[0]!, fds[1]!];
  return child === "reads" ? { ours: writeEnd, theirs: readEnd } : { ours: readEnd, theirs: writeEnd };
}
