import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { User } from "./paths.ts";

/**
 * Delegated cgroups for a rootless engine. On a machine with cgroup v2 and a systemd user manager the namespace holder gets
 * a transient scope with `Delegate=yes`, laid out as
 *
 *   <scope>/holder          rootlesskit and slirp4netns
 *   <scope>/engine          the engine and its helpers
 *   <scope>/containers/ID   made by engine/runtime, with the controllers that systemd delegates (cpu, memory, pids)
 *
 * because a cgroup that hands controllers to its children may not hold processes itself (cgroup-v2, "no internal processes").
 */
const MOUNT = "/sys/fs/cgroup";

/** Whether this user can be given cgroups: pure cgroup v2 and a systemd user manager that answers on its socket. */
export function canDelegate(user: User): boolean {
  const runtime = user.env["XDG_RUNTIME_DIR"];
  return existsSync(join(MOUNT, "cgroup.controllers")) && runtime !== undefined && existsSync(join(runtime, "systemd/private"));
}

/** The command line that runs `command` as the holder of a new delegated scope. */
export function inNewScope(command: readonly string[]): string[] {
  const script = [
    `scope="${MOUNT}$(sed -n s/^0:://p /proc/self/cgroup)"`,
    `mkdir "$scope/holder" "$scope/engine" && echo $$ >"$scope/holder/cgroup.procs"`,
    `for controller in $(cat "$scope/cgroup.controllers"); do echo "+$controller" >"$scope/cgroup.subtree_control"; done`,
    `exec "$@"`,
  ].join("\n");
  return [...systemdRun(), `--unit=slipway-${String(process.pid)}-${Date.now().toString(36)}`, "--property=Delegate=yes", "--", "/bin/sh", "-c", script, "sh", ...command];
}

/** The command line that runs `command` in the engine's part of `scope`. */
export function inScope(scope: string, command: readonly string[], user: User): string[] {
  const enter = ["/bin/sh", "-c", `echo $$ >"$1" && shift && exec "$@"`, "sh", `${MOUNT}${scope}/engine/cgroup.procs`, ...command];
  // A login session's scope is not the user's own: only the user manager may take a process out of it.
  const manager = `/user@${String(user.uid)}.service/`;
  return cgroupOf("self")?.includes(manager) === true ? enter : [...systemdRun(), "--", ...enter];
}

/** The delegated scope that the holder `pid` was started in, relative to /sys/fs/cgroup; undefined when there is none. */
export function scopeOf(pid: number): string | undefined {
  return /^(.+\/slipway-[^/]+\.scope)\/holder$/.exec(cgroupOf(pid) ?? "")?.[1];
}

function systemdRun(): string[] {
  return ["systemd-run", "--user", "--scope", "--quiet", "--collect"];
}

function cgroupOf(pid: number | "self"): string | undefined {
  try {
    return /^0::(.*)$/m.exec(readFileSync(`/proc/${String(pid)}/cgroup`, "utf8"))?.[1];
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH", "EACCES")) return undefined;
    throw error;
  }
}
