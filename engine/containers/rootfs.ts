import { closeSync, fchmodSync, mkdirSync, openSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { ContainerId } from "../base/ids.ts";
import type { MountOptions } from "../snapshots/snapshots.ts";
import type { ContainerDependencies } from "./context.ts";
import { snapshotKey } from "./create.ts";

const DIRECTORIES = ["dev/pts", "dev/shm", "proc", "sys", "etc"];
const FILES = ["dev/console", "etc/hostname", "etc/hosts", "etc/resolv.conf"];
/** By which programs see that they run in a container. */
const MARK = ".dockerenv";

/**
 * Makes the layer that lies below the image in every container, with what Docker's "init layer" has: mount points, `/etc/mtab` and `/.dockerenv`. Being the lowest, it gives way to
 * all that an image brings. Idempotent.
 * @param root the engine's data root: the layer lies on the file system of the others, or inode numbers in containers would not be unique
 */
export function makeInitLayer(root: string): void {
  const layer = initLayer(root);
  for (const directory of DIRECTORIES) mkdirSync(join(layer, directory), { recursive: true, mode: 0o755 });
  for (const file of FILES) makeFile(join(layer, file), 0o644);
  makeFile(join(layer, MARK), 0o755);
  try {
    symlinkSync("/proc/mounts", join(layer, "etc/mtab"));
  } catch (error) {
    if (!isSystemError(error, "EEXIST")) throw error;
  }
}

/** Mounts a container's root file system at `target`, as its processes see it. */
export function mountRootfs(context: ContainerDependencies, id: ContainerId, target: string, options: MountOptions = {}): Promise<string> {
  return context.snapshots.mount(snapshotKey(id), target, { ...options, below: [...(options.below ?? []), initLayer(context.root)] });
}

function initLayer(root: string): string {
  return join(root, "init-layer");
}

function makeFile(path: string, mode: number): void {
  const fd = openSync(path, "a", mode);
  fchmodSync(fd, mode);
  closeSync(fd);
}
