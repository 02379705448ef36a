import { copyFileSync, mkdirSync, readdirSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { staticBusybox } from "../../../e2e/fixtures/tools.ts";

/** Programs of busybox that tests call. */
const APPLETS = ["sh", "true", "cat", "echo", "sleep", "seq", "hostname", "stty", "id", "ls", "mount", "head", "touch", "grep", "test", "kill", "wc", "ps"];

/** Makes a root file system of the host's static busybox. */
export function makeBusyboxRoot(rootfs: string): void {
  mkdirSync(join(rootfs, "bin"), { recursive: true });
  // crun wants /dev to be there.
  for (const name of ["dev", "etc", "proc"]) mkdirSync(join(rootfs, name));
  copyFileSync(staticBusybox(), join(rootfs, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(rootfs, "bin", applet));
}

/** What tasks have left on this machine: entries of the run directory and cgroups of its tasks. */
export function taskLeftovers(run: string): string[] {
  return ["tasks", "oci"].flatMap((name) => readdirSync(join(run, name)).map((entry) => `${name}/${entry}`));
}
