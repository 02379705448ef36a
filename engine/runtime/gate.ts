import { closeSync, constants, openSync, readFileSync, readSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { sleep } from "../base/abort.ts";
import { isSystemError } from "../base/errors.ts";
import type { RuntimeCapabilities } from "./runtime.ts";

/** A process at the gate passes at once; this long, in milliseconds, is for a machine that is out of breath. */
const PATIENCE = 10_000;
const LOOK_EVERY = 20;

/**
 * Opens the gate that a created process waits at, the runtime's `exec.fifo`: what `runc start` or `crun start` does, without its process.
 * runc's process writes one byte into it as soon as someone reads; crun's reads one. It may have passed already, let through by an engine that was killed at that moment.
 * @param pid the waiting process
 * @param ended settles when the waiting process is gone
 * @returns false when there is no such fifo
 */
export async function openGate(runtime: RuntimeCapabilities["runtime"], fifo: string, pid: number, ended: Promise<unknown>): Promise<boolean> {
  let fd: number | undefined;
  try {
    fd = openSync(fifo, (runtime === "crun" ? constants.O_WRONLY : constants.O_RDONLY) | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    // crun's process holds the other end from before its create returns: nobody there means that it is gone.
    if (!isSystemError(error, "ENXIO")) throw error;
  }
  if (fd !== undefined) {
    if (runtime === "crun") pushByte(fd);
    else await pullByte(fd, pid, ended);
  }
  // The fifo's absence is how the runtimes tell a running container from a created one.
  rmSync(fifo, { force: true });
  return true;
}

function pushByte(fd: number): void {
  try {
    writeSync(fd, "\0");
  } catch (error) {
    if (!isSystemError(error, "EPIPE")) throw error;
  } finally {
    closeSync(fd);
  }
}

async function pullByte(fd: number, pid: number, ended: Promise<unknown>): Promise<void> {
  if (readByte(fd)) {
    closeSync(fd);
    return;
  }
  const socket = new Socket({ fd, readable: true, writable: false });
  let waiting = true;
  const passed = new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
    socket.once("close", () => resolve());
    socket.on("error", () => resolve());
  });
  // Nobody tells of the byte of a process that passed before: its reader is gone, and the byte with it.
  const passedBefore = async (): Promise<void> => {
    for (const end = Date.now() + PATIENCE; waiting && isRuncInit(pid) && Date.now() < end;) await sleep(LOOK_EVERY);
  };
  await Promise.race([passed, ended, passedBefore()]);
  waiting = false;
  socket.destroy();
}

/** Whether the process is still runc's own, before it becomes the container's. */
function isRuncInit(pid: number): boolean {
  try {
    return /(^|\/)runc\0init\0/.test(readFileSync(`/proc/${pid}/cmdline`, "latin1"));
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH")) return false;
    throw error;
  }
}

function readByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 1;
  } catch (error) {
    if (isSystemError(error, "EAGAIN")) return false;
    throw error;
  }
}
