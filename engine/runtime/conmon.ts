import { closeSync, constants, openSync, readSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { EngineError, isSystemError } from "../base/errors.ts";
import { abortError, sleep } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { isAlive } from "../sys/processes.ts";
import { S_IFIFO, mknod } from "../sys/nodes.ts";
import { spawnProcess } from "../sys/spawn.ts";
import type { SpawnedProcess } from "../sys/spawn.ts";
import { runtimeFailure } from "./failure.ts";
import { TOOL_ENVIRONMENT } from "./host.ts";
import type { RuntimeHost } from "./host.ts";
import type { ProcessId } from "./task.ts";

/** What conmon is started for: a container, or (with `exec`) one more process in a running one. */
export interface ConmonJob {
  /** The container. */
  readonly id: string;
  /** What is run, for messages. */
  readonly program: string | undefined;
  /** The bundle, or the exec's own directory: conmon makes `attach`, `ctl`, `winsz`, `pid` and the exit file in it. */
  readonly directory: string;
  readonly logPath: string | null;
  readonly tty: boolean;
  readonly stdin: boolean;
  readonly leaveStdinOpen: boolean;
  readonly exec?: {
    /** process.json */
    readonly processPath: string;
    /** Called when the attach socket is there and the process not yet started. */
    readonly attach: (() => Promise<void>) | undefined;
    /** Why the process could not start, when the runtime has not told: crun writes into the terminal, once there is one. */
    readonly reason: () => EngineError | undefined;
  };
}

export interface StartedConmon {
  /** The first process' pid. */
  readonly pid: number;
  /** conmon's own. */
  readonly monitor: number;
  /** An exec's exit code; undefined when conmon died without telling. Never settles for containers. */
  readonly execExit: Promise<number | undefined>;
}

/** File descriptors of conmon: standard ones, these, and at 4 the write end of the fifo that tells that it lives. */
const SYNC_FD = 3;
const ATTACH_FD = 5;
const START_FD = 6;

/** The fifo whose write end conmon holds open as long as it lives. */
export function alivePath(directory: string): string {
  return join(directory, "alive");
}

/**
 * Starts conmon, which runs the runtime's `create` or `exec`, and waits until the runtime is done.
 * conmon is our child (`--sync`) in a session of its own; it outlives us.
 * @throws EngineError of {@link runtimeFailure}, `cancelled`, `internal`
 */
export async function startConmon(host: RuntimeHost, job: ConmonJob, options: IoOptions = {}): Promise<StartedConmon> {
  const attach = job.exec?.attach;
  const { child, errors, messages, handshake } = spawnConmon(host, job);
  const onAbort = (): void => child.kill("SIGKILL");
  options.signal?.addEventListener("abort", onAbort, { once: true });
  try {
    if (attach !== undefined && handshake !== undefined) {
      writeByte(handshake.start);
      if ((await handshake.ready.next()) !== undefined) {
        await attach();
        writeByte(handshake.start);
      }
    }
    const message = await messages.next();
    if (options.signal?.aborted) throw abortError(options.signal);
    const action = job.exec === undefined ? "create" : "exec";
    if (message === undefined) throw job.exec?.reason() ?? new EngineError("internal", `conmon ended before the ${action} was done: ${errors().trim() || "no reason given"}`);
    if (message.data < 0) throw runtimeFailure(action, message.message ?? "", host.capabilities.runtime, job.program);
    // From here on conmon is on its own: it must not keep this process alive.
    if (job.exec === undefined) messages.close();
    else messages.unref();
    return { pid: message.data, monitor: child.pid, execExit: job.exec === undefined ? new Promise(() => {}) : messages.next().then((exit) => exit?.data) };
  } catch (error) {
    messages.close();
    throw error;
  } finally {
    options.signal?.removeEventListener("abort", onAbort);
    handshake?.ready.close();
    if (handshake !== undefined) closeSync(handshake.start);
  }
}

interface SpawnedConmon {
  readonly child: SpawnedProcess;
  /** What it wrote on standard error so far. */
  readonly errors: () => string;
  readonly messages: SyncMessages;
  /** Of an exec that is attached to before it starts. */
  readonly handshake: {
    /** Tells once that the attach socket is there. */
    readonly ready: SyncMessages;
    /** Write end of the pipe that conmon awaits bytes on. */
    readonly start: number;
  } | undefined;
}

function spawnConmon(host: RuntimeHost, job: ConmonJob): SpawnedConmon {
  const alive = alivePath(job.directory);
  mknod(alive, S_IFIFO | 0o600);
  const nothing = openSync("/dev/null", constants.O_RDWR);
  // Opened for both ends, a fifo never blocks; conmon's copy is the only one left once ours is closed.
  const aliveFd = openSync(alive, constants.O_RDWR);
  try {
    const attached = job.exec?.attach !== undefined;
    const child = spawnProcess(host.conmon, conmonArgs(host, job), {
      cwd: job.directory,
      fds: [nothing, nothing, "writes", "writes", aliveFd, ...(attached ? ["writes", "reads"] as const : [])],
      env: { ...TOOL_ENVIRONMENT, _OCI_SYNCPIPE: String(SYNC_FD), ...(attached ? { _OCI_ATTACHPIPE: String(ATTACH_FD), _OCI_STARTPIPE: String(START_FD) } : {}) },
    });
    return {
      child,
      errors: collect(reader(child.pipes[2]!)),
      messages: new SyncMessages(reader(child.pipes[SYNC_FD]!)),
      handshake: attached ? { ready: new SyncMessages(reader(child.pipes[ATTACH_FD]!)), start: child.pipes[START_FD]! } : undefined,
    };
  } finally {
    closeSync(nothing);
    closeSync(aliveFd);
  }
}

function reader(fd: number): Readable {
  return new Socket({ fd, readable: true, writable: false });
}

function writeByte(fd: number): void {
  try {
    writeSync(fd, "\0");
  } catch (error) {
    // conmon has ended, and says why.
    if (!isSystemError(error, "EPIPE")) throw error;
  }
}

function conmonArgs(host: RuntimeHost, job: ConmonJob): string[] {
  const args = [
    "--api-version", "1", "--sync", "--cid", job.id, "--cuuid", job.id, "--name", job.id.slice(0, 12), "--runtime", host.runtime,
    "--bundle", job.directory, "--container-pidfile", join(job.directory, "pid"), "--exit-dir", job.directory, "--full-attach",
    "--log-path", job.logPath === null ? "none" : `k8s-file:${job.logPath}`, "--no-sync-log", "--log-level", "error",
  ];
  if (job.tty) args.push("--terminal");
  if (job.stdin) args.push("--stdin");
  if (job.leaveStdinOpen) args.push("--leave-stdin-open");
  for (const argument of host.runtimeArgs) args.push("--runtime-arg", argument);
  if (job.exec === undefined) {
    // A rootless user may have 200 session keyrings, fewer than containers.
    if (host.capabilities.rootless) args.push("--no-new-keyring");
  } else {
    args.push("--exec", "--exec-process-spec", job.exec.processPath);
    if (job.exec.attach !== undefined) args.push("--exec-attach");
  }
  return args;
}

interface SyncMessage { readonly data: number; readonly message?: string }

/** conmon's messages on a sync pipe: one JSON object a line. */
class SyncMessages {
  readonly #stream: Readable;
  readonly #lines: AsyncIterator<SyncMessage>;

  constructor(stream: Readable) {
    this.#stream = stream;
    this.#lines = parseMessages(stream);
  }

  unref(): void {
    (this.#stream as Socket).unref();
  }

  /** The next message; undefined when conmon closed the pipe. */
  async next(): Promise<SyncMessage | undefined> {
    const { done, value } = await this.#lines.next();
    return done === true ? undefined : value;
  }

  close(): void {
    this.#stream.destroy();
  }
}

async function* parseMessages(stream: Readable): AsyncGenerator<SyncMessage, undefined> {
  let text = "";
  try {
    for await (const chunk of stream) {
      text += (chunk as Buffer).toString("utf8");
      for (let end = text.indexOf("\n"); end >= 0; end = text.indexOf("\n")) {
        const line = text.slice(0, end);
        text = text.slice(end + 1);
        if (line.trim() !== "") yield JSON.parse(line) as SyncMessage;
      }
    }
  } catch (error) {
    if (!isSystemError(error, "ECONNRESET", "ERR_STREAM_PREMATURE_CLOSE", "EPIPE")) throw error;
  }
  return undefined;
}

function collect(stream: Readable): () => string {
  let text = "";
  stream.on("data", (chunk: Buffer) => {
    if (text.length < 65536) text += chunk.toString("utf8");
  });
  stream.on("error", () => {});
  (stream as Socket).unref();
  return () => text;
}

/**
 * Calls `onDeath` once when the conmon of `directory` has ended, also one that another engine process started.
 * @returns stops watching
 */
export function watchConmon(directory: string, monitor: ProcessId, onDeath: () => void): () => void {
  let watching = true;
  // conmon lets go of the fifo a moment before it writes the exit code and ends: from then on it takes a millisecond or so.
  const closed = async (): Promise<void> => {
    for (let round = 0; watching && isAlive(monitor.pid, monitor.startTime); round++) await sleep(round < 20 ? 1 : 20);
    if (watching) onDeath();
    watching = false;
  };
  const fd = openAlive(directory);
  if (fd === undefined) {
    queueMicrotask(() => void closed());
    return () => void (watching = false);
  }
  const socket = new Socket({ fd, readable: true, writable: false });
  socket.on("close", () => void closed()).on("error", () => {});
  socket.on("end", () => socket.destroy());
  socket.resume();
  socket.unref();
  return () => {
    watching = false;
    socket.destroy();
  };
}

/** The read end of conmon's fifo; undefined when conmon has let go of it. */
function openAlive(directory: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(alivePath(directory), constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
  if (hasWriter(fd)) return fd;
  closeSync(fd);
  return undefined;
}

/** Whether someone holds the write end of a fifo: without, a read ends at once; the poller tells only of writers that leave later. */
function hasWriter(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) !== 0;
  } catch (error) {
    if (isSystemError(error, "EAGAIN")) return true;
    throw error;
  }
}

/** Sends a line to conmon's control fifo. @returns false when conmon is gone */
export function controlConmon(directory: string, line: string): boolean {
  let fd: number;
  try {
    fd = openSync(join(directory, "ctl"), constants.O_WRONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENXIO")) return false;
    throw error;
  }
  try {
    writeSync(fd, line);
    return true;
  } finally {
    closeSync(fd);
  }
}

/** conmon refuses larger terminals. */
const MAX_CELLS = 1000;

/** Sets the size of the terminal behind `directory`, in character cells. @returns false when conmon is gone */
export function resizeTerminal(directory: string, columns: number, rows: number): boolean {
  return controlConmon(directory, `1 ${Math.min(rows, MAX_CELLS)} ${Math.min(columns, MAX_CELLS)}\n`);
}
