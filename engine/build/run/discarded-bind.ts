import { chmodSync, chownSync, mkdirSync, rmdirSync, statSync } from "node:fs";
import { join } from "node:path";
import type { IoOptions } from "../../base/abort.ts";
import { isEngineError } from "../../base/errors.ts";
import { copyTree } from "../../archive/copy.ts";
import { mountStack } from "../../snapshots/overlay-mount.ts";
import { cloneFile } from "../../sys/files.ts";
import { inUserNamespace } from "../../sys/identity.ts";
import { unmount } from "../../sys/mount.ts";
import type { WorkerPool } from "../../sys/workers.ts";

/**
 * Shows `source`, a directory or a file, so that it can be written to and stays as it is: a directory through an overlay, or, where its file system cannot be
 * a layer, as a copy. What is written lies in `scratch`, which the caller removes after everything deferred to `resources`.
 * @param target a path in an existing directory, free to mount on
 * @param scratch a path on a disk, free to make
 * @returns the host path to mount
 */
export async function discardedBind(workers: WorkerPool, source: string, place: { readonly target: string; readonly scratch: string }, resources: AsyncDisposableStack, options: IoOptions = {}): Promise<string> {
  const { target, scratch } = place;
  mkdirSync(scratch, { recursive: true, mode: 0o700 });
  const stats = statSync(source);
  const fs = join(scratch, "fs");
  if (!stats.isDirectory()) {
    cloneFile(source, fs);
  } else {
    for (const directory of [fs, join(scratch, "work")]) mkdirSync(directory);
  }
  chownSync(fs, stats.uid, stats.gid);
  chmodSync(fs, stats.mode & 0o7777);
  if (!stats.isDirectory()) return fs;
  try {
    mountStack({ root: "", lower: [source.slice(1)], upper: scratch.slice(1), userNamespace: inUserNamespace(), volatile: true }, target);
    resources.defer(() => {
      unmount(target, { detach: true });
      rmdirSync(target);
    });
    return target;
  } catch (error) {
    if (!isEngineError(error, "internal", "notImplemented")) throw error;
    await copyTree(workers, source, fs, options);
    return fs;
  }
}
