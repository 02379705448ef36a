import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from "node:fs";
import { endianness } from "node:os";
import { EngineError, isSystemError } from "../base/errors.ts";
import type { Disposable } from "../base/disposable.ts";
import { checked, native } from "./libc.ts";

// Declared without the ellipsis: integers and pointers are passed alike on x86-64 and arm64.
const fcntl = native<[number, number, Uint8Array]>("int fcntl(int fd, int cmd, void *lock)");

const F_OFD_GETLK = 36;
const F_OFD_SETLK = 37;
const F_WRLCK = 1;
const F_UNLCK = 2;
/** sizeof(struct flock) with 64-bit offsets: type and whence (2 bytes each), 4 of padding, start, length, pid. */
const FLOCK_SIZE = 32;

/** A lock on a file, held until disposed or until the process ends, however it ends. */
export interface FileLock extends Disposable {
  readonly path: string;
}

/**
 * Takes the exclusive lock on `path` without waiting, and writes this process' id into the file for whoever is refused.
 * It is an open-file-description lock (fcntl(2), `F_OFD_SETLK`): the kernel drops it when the process dies, and no child
 * inherits it, because Node opens files with O_CLOEXEC.
 *
 * @throws EngineError `conflict` (details: pid) when another process holds it
 */
export function acquireLock(path: string): FileLock {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  try {
    checked(fcntl(fd, F_OFD_SETLK, wholeFile()), "fcntl", path);
  } catch (error) {
    closeSync(fd);
    if (!isSystemError(error, "EAGAIN", "EACCES")) throw error;
    const pid = writtenPid(path);
    throw new EngineError("conflict", `${path} is held by another process${pid === undefined ? "" : ` (pid ${String(pid)})`}`, { cause: error, details: { pid } });
  }
  ftruncateSync(fd);
  writeSync(fd, `${String(process.pid)}\n`, 0);
  let held = true;
  return {
    path,
    [Symbol.dispose]() {
      if (held) closeSync(fd);
      held = false;
    },
  };
}

/**
 * Who holds the lock on `path`, found without taking it.
 * @returns the holder's pid, 0 when it did not write one yet, undefined when nobody holds it
 */
export function lockHolder(path: string): number | undefined {
  let fd: number;
  try {
    fd = openSync(path, constants.O_RDONLY);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return undefined;
    throw error;
  }
  try {
    const lock = wholeFile();
    checked(fcntl(fd, F_OFD_GETLK, lock), "fcntl", path);
    if (view(lock).getInt16(0, littleEndian) === F_UNLCK) return undefined;
    return writtenPid(path) ?? 0;
  } finally {
    closeSync(fd);
  }
}

const littleEndian = endianness() === "LE";

function wholeFile(): Uint8Array {
  const lock = new Uint8Array(FLOCK_SIZE);
  view(lock).setInt16(0, F_WRLCK, littleEndian);
  return lock;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function writtenPid(path: string): number | undefined {
  const pid = Number.parseInt(readFileSync(path, "latin1"), 10);
  return Number.isSafeInteger(pid) && pid > 0 ? pid : undefined;
}
