import { lstatSync } from "node:fs";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";

/** Directories that the OCI runtime fills before the container sees its root as `/`. */
const RUNTIME_DIRECTORIES = ["dev", "proc", "sys"];

/**
 * Refuses a root file system in which one of these directories is something else, such as a link: runtimes (crun 1.8 with /dev) follow it on the host.
 * @throws EngineError `invalidArgument`
 */
export function checkRootfs(rootfs: string): void {
  for (const name of RUNTIME_DIRECTORIES) {
    const info = lstatSync(join(rootfs, name), { throwIfNoEntry: false });
    if (info === undefined || info.isDirectory()) continue;
    throw new EngineError("invalidArgument", `/${name} of the image is ${info.isSymbolicLink() ? "a symbolic link" : "no directory"}: such an image cannot be run safely; make it a directory`);
  }
}
