import { readdirSync, readlinkSync } from "node:fs";
import { isSystemError } from "../base/errors.ts";

/** Pids of the processes that share the pid namespace of `pid`: a container's processes where it has no cgroup of its own. */
export function processesOfNamespace(pid: number): number[] {
  const namespace = namespaceOf(pid);
  if (namespace === undefined || namespace === namespaceOf("self")) return namespace === undefined ? [] : [pid];
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name) && namespaceOf(name) === namespace).map(Number);
}

function namespaceOf(pid: number | string): string | undefined {
  try {
    return readlinkSync(`/proc/${pid}/ns/pid`);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH", "EACCES")) return undefined;
    throw error;
  }
}
