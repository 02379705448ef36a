import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readFileSync, readlinkSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
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

/**
 * Runs suites of the engine's own tests in a user namespace, and lets what fails there say itself in the outer run.
 * @param suites paths of test files from the checkout's root, without their ends
 * @param prefix a program with arguments that starts the runner, as `unshare --net` does
 * @throws with the names and first lines of what failed, or with all the runner's output where it failed for another reason
 */
export async function runSuitesInUserNamespace(suites: readonly string[], options: { readonly timeoutMs: number; readonly prefix?: readonly string[] }): Promise<void> {
  const checkout = new URL("../../..", import.meta.url).pathname;
  const notes = mkdtempSync(join(tmpdir(), "slipway-user-namespace-"));
  chmodSync(notes, 0o777);
  try {
    const [file, ...args] = [...(options.prefix ?? []), process.execPath, join(checkout, "node_modules/vitest/vitest.mjs"), "run", "--configLoader", "native", "--project", "engine", ...suites];
    const { code, stdout, stderr } = await runInUserNamespace(file!, args, { timeoutMs: options.timeoutMs, cwd: checkout, env: { ...process.env, SLIPWAY_FAILURES: notes } });
    if (code === 0) return;
    const failures = join(notes, "failures.txt");
    throw new Error(`in a user namespace, with exit code ${code}:\n${existsSync(failures) ? readFileSync(failures, "utf8") : `${stdout}${stderr}`}`);
  } finally {
    rmSync(notes, { recursive: true });
  }
}
