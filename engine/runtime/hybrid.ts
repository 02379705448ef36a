import { findProgram } from "./programs.ts";

/** A program and the arguments that come before all others. */
export interface Command { readonly path: string; readonly args: readonly string[] }

/**
 * How to call crun on a host that mixes both cgroup versions, which it refuses though it needs nothing of version 2 there: in a mount
 * namespace of that one call, where the version 2 hierarchy is covered. See docs/decisions/0022-crun-on-hybrid-hosts.md.
 * @param unified where the version 2 hierarchy is mounted
 * @returns for all calls, and for `exec`, which mounts nothing; crun itself when the host lacks a program that it takes
 */
export function hybridCrun(crun: Command, unified: string): readonly [Command, Command] {
  const [unshare, mount] = ["unshare", "mount"].map(findProgram);
  if (unshare === undefined || mount === undefined) return [crun, crun];
  const wrapped = (propagation: "unchanged" | "private", script: string): Command =>
    ({ path: unshare, args: ["--mount", "--propagation", propagation, "--", "/bin/sh", "-c", `${script} && exec "$0" "$@"`, crun.path, ...crun.args] });
  const cover = `${mount} -n -t tmpfs tmpfs ${unified}`;
  // Propagation stays as it is, for volumes that are shared with the host; only the cover must not be seen outside.
  return [wrapped("unchanged", `${mount} -n --make-private ${unified} && ${cover}`), wrapped("private", cover)];
}
