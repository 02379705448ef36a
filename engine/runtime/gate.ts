import { closeSync, constants, openSync, readSync, rmSync, writeSync } from "node:fs";
import { Socket } from "node:net";
import { isSystemError } from "../base/errors.ts";
import type { RuntimeCapabilities } from "./runtime.ts";

/**
 * Opens the gate that a created process waits at, the runtime's `exec.fifo`: what `runc start` or `crun start` does, without its process.
 * runc's process writes one byte into it as soon as someone reads; crun's reads one.
 * @param ended settles when the waiting process is gone
 * @returns false when there is no such fifo
 */
export async function openGate(runtime: RuntimeCapabilities["runtime"], fifo: string, ended: Promise<unknown>): Promise<boolean> {
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
    else await pullByte(fd, ended);
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

async function pullByte(fd: number, ended: Promise<unknown>): Promise<void> {
  if (readByte(fd)) {
    closeSync(fd);
    return;
  }
  const socket = new Socket({ fd, readable: true, writable: false });
  const passed = new Promise<void>((resolve) => {
    socket.once("data", () => resolve());
    socket.once("close", () => resolve());
    socket.on("error", () => resolve());
  });
  await Promise.race([passed, ended]);
  socket.destroy();
}

function readByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 1;
  } catch (error) {
    if (isSystemError(error, "EAGAIN")) return false;
    throw error;
  }
}
