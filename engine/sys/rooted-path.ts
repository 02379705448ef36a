import { closeSync, constants, fstatSync, lstatSync, openSync, readFileSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { EngineError, isSystemError } from "../base/errors.ts";

const MAX_LINKS = 255;

/**
 * Resolves a path of a container to a path on the host, following the container's symlinks but never out of `root`. Parts that do not
 * exist are kept as they are. Good for a tree that nobody changes meanwhile; for a running container use a confined worker.
 *
 * @throws EngineError `invalidArgument` for a loop of links
 */
export function resolveInRoot(root: string, path: string): string {
  const pending = path.split("/").filter(isName).reverse();
  const resolved: string[] = [];
  for (let links = 0; pending.length > 0; ) {
    const part = pending.pop()!;
    if (part === "..") {
      resolved.pop();
      continue;
    }
    const target = linkTarget(join(root, ...resolved, part));
    if (target === null) {
      resolved.push(part);
      continue;
    }
    if (++links > MAX_LINKS) throw new EngineError("invalidArgument", `too many levels of symbolic links in ${JSON.stringify(path)}`);
    if (target.startsWith("/")) resolved.length = 0;
    pending.push(...target.split("/").filter(isName).reverse());
  }
  return join(root, ...resolved);
}

function isName(part: string): boolean {
  return part !== "" && part !== ".";
}

function linkTarget(path: string): string | null {
  try {
    return lstatSync(path).isSymbolicLink() ? readlinkSync(path) : null;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return null;
    throw error;
  }
}

/** A small regular file of a container as text; empty when there is none. */
export function readTextInRoot(root: string, path: string, maxBytes: number): string {
  let fd: number;
  try {
    fd = openSync(resolveInRoot(root, path), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK);
  } catch (error) {
    if (error instanceof Error && "syscall" in error) return "";
    throw error;
  }
  try {
    const info = fstatSync(fd);
    return info.isFile() && info.size <= maxBytes ? readFileSync(fd, "utf8") : "";
  } finally {
    closeSync(fd);
  }
}
