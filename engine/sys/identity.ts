import { readFileSync } from "node:fs";

let cached: boolean | undefined;

/** Whether this process lives in a user namespace of its own (rootless): being uid 0 here is not being root on the host. */
export function inUserNamespace(): boolean {
  cached ??= !/^\s*0\s+0\s+4294967295\s*$/.test(readFileSync("/proc/self/uid_map", "utf8"));
  return cached;
}
