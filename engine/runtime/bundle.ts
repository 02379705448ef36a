import { readFileSync, readdirSync, rmSync, rmdirSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";

/**
 * Removes a bundle's own files. Directories that are not ours (a root file system, mounted or not) go only when empty:
 * a mount left behind by mistake must never cost the data below it.
 */
export function clearBundle(bundle: string): void {
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

/** Pids of conmon processes that were started for `bundle`. */
export function findConmon(bundle: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && isConmonOf(name, bundle)).map(Number);
}

function isConmonOf(pid: string, bundle: string): boolean {
  try {
    const args = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    return args[0]?.endsWith("/conmon") === true && args[args.indexOf("--bundle") + 1] === bundle;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH", "EACCES")) return false;
    throw error;
  }
}
