import { findProgram } from "./programs.ts";

/** A program and the arguments that come before all others. */
export interface Command { readonly path: string; readonly args: readonly string[] }

/**
 * How to call crun on a host that mixes both cgroup versions, which it refuses though it needs nothing of version 2 there: in a mount
 * namespace of that one call, where the version 2 hierarchy is covered. See docs/decisions/0022-crun-on-hybrid-hosts.md.
 * @param unified where the version 2 hierarchy is mounted
 * @returns undefined when the host lacks a program that it takes
 */
export function hybridCrun(crun: string, unified: string): Command | undefined {
  const [unshare, mount] = ["unshare", "mount"].map(findProgram);
  if (unshare === undefined || mount === undefined) return undefined;
  // Propagation stays as it is, for volumes that are shared with the host; only the cover must not be seen outside.
  const script = `${mount} --make-private ${unified} && ${mount} -t tmpfs tmpfs ${unified} && exec "$0" "$@"`;
  return { path: unshare, args: ["--mount", "--propagation", "unchanged", "--", "/bin/sh", "-c", script, crun] };
}
