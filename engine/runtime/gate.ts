import { closeSync, constants, openSync, readSync, rmSync } from "node:fs";
import { Socket } from "node:net";
import { isSystemError } from "../base/errors.ts";

/**
 * Opens the gate that runc's created process waits at: it writes one byte into `exec.fifo` as soon as someone reads. What `runc start` does, without its process.
 * @param ended settles when the waiting process is gone
 * @returns false when there is no such fifo
 */
export async function openGate(fifo: string, ended: Promise<unknown>): Promise<boolean> {
  let fd: number;
  try {
    fd = openSync(fifo, constants.O_RDONLY | constants.O_NONBLOCK);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return false;
    throw error;
  }
  if (readByte(fd)) {
    closeSync(fd);
  } else {
    const socket = new Socket({ fd, readable: true, writable: false });
    const passed = new Promise<void>((resolve) => {
      socket.once("data", () => resolve());
      socket.once("close", () => resolve());
      socket.on("error", () => resolve());
    });
    await Promise.race([passed, ended]);
    socket.destroy();
  }
  // The fifo's absence is how runc tells a running container from a created one.
  rmSync(fifo, { force: true });
  return true;
}

function readByte(fd: number): boolean {
  try {
    return readSync(fd, Buffer.alloc(1)) === 1;
  } catch (error) {
    if (isSystemError(error, "EAGAIN")) return false;
    throw error;
  }
}
