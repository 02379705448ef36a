import { readFileSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import { removeRecord } from "./task.ts";

/**
 * Removes a bundle's own files, the record first: an engine that is killed meanwhile leaves a bundle without one, and the next clears away the rest, instead of one
 * whose exit code is gone, which looks like that of a running task. Directories that are not ours (a root file system, mounted or not) go only when empty:
 * a mount left behind by mistake must never cost the data below it.
 */
export function clearBundle(bundle: string): void {
  removeRecord(bundle);
  let entries;
  try {
    entries = readdirSync(bundle, { withFileTypes: true });
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return;
    throw error;
  }
  for (const entry of entries) {
    const path = join(bundle, entry.name);
    if (entry.name === "exec") rmSync(path, { recursive: true, force: true });
    else if (entry.isDirectory()) removeEmpty(path);
    else rmSync(path, { force: true });
  }
  removeEmpty(bundle);
}

function removeEmpty(directory: string): void {
  try {
    rmdirSync(directory);
  } catch (error) {
    if (!isSystemError(error, "ENOENT", "ENOTEMPTY", "EBUSY")) throw error;
  }
}

/** Pids of what makes a task of `bundle`: conmon, and the OCI runtime's create that it runs and that outlives it. */
export function findMakers(bundle: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isMakerOf(name, bundle)).map(Number);
}

function isMakerOf(pid: string, bundle: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    // unshare and sh become crun on hybrid hosts.
    return /(^|\/)(conmon|runc|crun|unshare|sh)$/.test(args[0] ?? "") && args[args.indexOf("--bundle") + 1] === bundle;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH", "EACCES")) return false;
    throw error;
  }
}
