import { spawn } from "node:child_process";
import { readlinkSync, writeFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
import { run } from "../processes.ts";
import type { RunResult } from "../processes.ts";

/** Host ids that become 0 to 65535 inside, as a line of /etc/subuid would give. */
const RANGE = "0 100000 65536";

/**
 * Runs a program as uid 0 of a new user and mount namespace, as rootlesskit runs a rootless engine. Needs root.
 * @param timeoutMs after which it is killed
 */
export async function runInUserNamespace(file: string, args: readonly string[], options: { readonly timeoutMs: number; readonly env?: NodeJS.ProcessEnv; readonly cwd?: string }): Promise<RunResult> {
  const holder = spawn("unshare", ["--user", "sleep", String(options.timeoutMs / 1000 + 10)], { stdio: "ignore" });
  try {
    while (readlinkSync(`/proc/${holder.pid}/ns/user`) === readlinkSync("/proc/self/ns/user")) await wait(2);
    writeFileSync(`/proc/${holder.pid}/uid_map`, RANGE);
    writeFileSync(`/proc/${holder.pid}/gid_map`, RANGE);
    return await run("nsenter", ["--user", `--target=${holder.pid}`, "--setuid=0", "--setgid=0", "unshare", "--mount", file, ...args], options);
  } finally {
    holder.kill("SIGKILL");
  }
}
