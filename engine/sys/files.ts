import { chmodSync, closeSync, constants, copyFileSync, fsyncSync, lstatSync, openSync, readdirSync, renameSync, rmdirSync, rmSync, unlinkSync, writeSync } from "node:fs";
import { randomBytes } from "node:crypto";
import { dirname } from "node:path";
import { setImmediate as nextTurn } from "node:timers/promises";
import { isSystemError } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import type { Path } from "./libc.ts";

/**
 * Writes a file so that readers see the old or the new content, never a part: temporary name in the same directory, then rename.
 * @param options.mode permissions, 0o644 unless given
 * @param options.sync also survives a power cut (costs milliseconds; not on hot paths)
 * @throws a system error; nothing is left behind
 */
export function writeFileAtomic(path: string, data: string | Uint8Array, options: { readonly mode?: number; readonly sync?: boolean } = {}): void {
  const temporary = `${path}.${randomBytes(6).toString("hex")}.tmp`;
  const mode = options.mode ?? 0o644;
  const fd = openSync(temporary, "wx", mode);
  try {
    try {
      const bytes = typeof data === "string" ? Buffer.from(data) : data;
      for (let done = 0; done < bytes.length; ) done += writeSync(fd, bytes, done);
      if (options.sync === true) fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    renameSync(temporary, path);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
  if (options.sync === true) syncDirectory(dirname(path));
}

/** Makes renames and removals in `directory` durable. @throws a system error */
export function syncDirectory(directory: string): void {
  const fd = openSync(directory, constants.O_RDONLY | constants.O_DIRECTORY);
  try {
    fsyncSync(fd);
  } finally {
    closeSync(fd);
  }
}

/** Copies a regular file's bytes, sharing its blocks where the file system can. @throws a system error (`EEXIST`) */
export function cloneFile(source: Path, target: Path): void {
  copyFileSync(source, target, constants.COPYFILE_FICLONE | constants.COPYFILE_EXCL);
}

/** Milliseconds of work on the event loop between two breaks. */
const SLICE_MS = 4;

/**
 * Removes a file or a tree without following symlinks; fine when it does not exist. Works through read-only directories and in slices of a
 * few milliseconds, so that even a large tree leaves the event loop free.
 * @throws a system error (`EBUSY` for a mount point), EngineError `cancelled`
 */
export async function removeTree(path: Path, options: IoOptions = {}): Promise<void> {
  let slice = performance.now();
  const stack: { path: Buffer; entries: Buffer[] | undefined }[] = [{ path: Buffer.from(path), entries: undefined }];
  for (let top = stack.at(-1); top !== undefined; top = stack.at(-1)) {
    if (performance.now() - slice > SLICE_MS) {
      await nextTurn();
      throwIfAborted(options.signal);
      slice = performance.now();
    }
    if (top.entries === undefined) {
      const children = unlinkOrList(top.path);
      if (children === undefined) stack.pop();
      else top.entries = children;
      continue;
    }
    const next = top.entries.pop();
    if (next !== undefined) {
      stack.push({ path: Buffer.concat([top.path, SLASH, next]), entries: undefined });
    } else {
      forced(top.path, () => rmdirSync(top.path));
      stack.pop();
    }
  }
}

const SLASH = Buffer.from("/");

/** Removes a non-directory; returns a directory's names. */
function unlinkOrList(path: Buffer): Buffer[] | undefined {
  try {
    forced(path, () => unlinkSync(path));
    return undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    // unlink(2) of a directory says EISDIR on Linux; EPERM may also be a protected file, which lstat tells.
    if (!isSystemError(error, "EISDIR", "EPERM") || !lstatSync(path).isDirectory()) throw error;
  }
  try {
    return readdirSync(path, { encoding: "buffer" });
  } catch (error) {
    if (!isSystemError(error, "EACCES")) throw error;
    chmodSync(path, 0o700);
    return readdirSync(path, { encoding: "buffer" });
  }
}

/** Runs `remove` and, where the parent directory forbids it, once more after making that writable. */
function forced(path: Buffer, remove: () => void): void {
  try {
    remove();
  } catch (error) {
    if (!isSystemError(error, "EACCES")) throw error;
    chmodSync(path.subarray(0, path.lastIndexOf(0x2f)), 0o700);
    remove();
  }
}
