import { chmodSync, closeSync, constants, fstatSync, lchownSync, openSync, readdirSync, rmdirSync, unlinkSync } from "node:fs";
import { EngineError, isSystemError } from "../base/errors.ts";
import { decodeName } from "../sys/names.ts";
import { O_PATH, again, at, lookAt, openDirectory } from "./place.ts";

/** Directories that are held open in each other; deeper ones are for the container's own tools. */
export const MAX_DEPTH = 1000;

/** The names in an open directory. */
export function namesIn(fd: number): string[] {
  return readdirSync(again(fd), { encoding: "buffer" }).map(decodeName);
}

export function tooDeep(): EngineError {
  return new EngineError("invalidArgument", `there are more than ${MAX_DEPTH} directories in each other here: begin further below`);
}

/** Calls `work` with an entry's directory, open, and closes it. A directory that is replaced by a symlink meanwhile counts as gone. */
export function inDirectory(parent: number, name: string, depth: number, work: (fd: number) => void): void {
  if (depth > MAX_DEPTH) throw tooDeep();
  let fd: number;
  try {
    fd = openDirectory(parent, name);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP")) return;
    throw error;
  }
  try {
    work(fd);
  } finally {
    closeSync(fd);
  }
}

/** Removes an entry with everything below, never through a symlink and never into another file system. @throws a system error (`EBUSY` for a mount point) */
export function removeEntry(parent: number, name: string, checkAborted: () => void, depth = 0): void {
  checkAborted();
  try {
    unlinkSync(at(parent, name));
    return;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    if (!isSystemError(error, "EISDIR", "EPERM") || lookAt(parent, name)?.isDirectory() !== true) throw error;
  }
  inDirectory(parent, name, depth, (fd) => {
    if (deviceOf(fd) !== deviceOf(parent)) throw new EngineError("conflict", `${name.toWellFormed()} is mounted here, so it is not removed: what it holds belongs to another volume or file system`);
    for (const child of namesIn(fd)) removeEntry(fd, child, checkAborted, depth + 1);
  });
  try {
    rmdirSync(at(parent, name));
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
}

export interface Attributes {
  readonly mode: number | undefined;
  readonly uid: number | undefined;
  readonly gid: number | undefined;
}

function deviceOf(fd: number): number {
  return fstatSync(fd).dev;
}

/** Owner first: the kernel takes set-user-id away with it. Symlinks have an owner and no mode. */
export function changeAttributes(parent: number, name: string, wanted: Attributes, recursive: boolean, checkAborted: () => void, depth = 0): void {
  checkAborted();
  const fd = openEntry(parent, name);
  if (fd === undefined) return;
  try {
    const stats = fstatSync(fd);
    if (wanted.uid !== undefined || wanted.gid !== undefined) lchownSync(at(parent, name), wanted.uid ?? stats.uid, wanted.gid ?? stats.gid);
    if (wanted.mode !== undefined && !stats.isSymbolicLink()) chmodSync(again(fd), depth === 0 || stats.isDirectory() || (stats.mode & 0o111) !== 0 ? wanted.mode : wanted.mode & ~0o111);
    if (!recursive || !stats.isDirectory()) return;
  } finally {
    closeSync(fd);
  }
  inDirectory(parent, name, depth, (directory) => {
    if (depth > 0 && deviceOf(directory) !== deviceOf(parent)) return;
    for (const child of namesIn(directory)) changeAttributes(directory, child, wanted, true, checkAborted, depth + 1);
  });
}

/** The entry itself, of whatever type, without opening what it stands for; undefined when it has gone. */
function openEntry(parent: number, name: string): number | undefined {
  try {
    return openSync(at(parent, name), O_PATH | constants.O_NOFOLLOW);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}
