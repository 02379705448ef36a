import { mkdirSync, readdirSync, realpathSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../../base/errors.ts";
import type { ContainerId } from "../../base/ids.ts";
import { removeTree } from "../../sys/files.ts";
import { mountsBelow, unmount } from "../../sys/mount.ts";
import type { StepContext } from "./context.ts";
import { ACTIVE_PREFIX, stepDirectories } from "./local-step-root.ts";

/**
 * Removes what an engine that was killed left of its steps: tasks with their networks, then mounts, writable snapshots, files. Before or after the recovery of
 * containers, which removes tasks and networks that it does not know.
 */
export async function recoverSteps(context: StepContext): Promise<void> {
  const { runtime, networks, snapshots, onError } = context;
  const attempt = async (what: string, work: () => Promise<unknown> | unknown): Promise<void> => {
    await Promise.resolve().then(work).catch((error: unknown) => onError(`${what} of a build step`, error));
  };
  const directories = stepDirectories(context);
  mkdirSync(directories.run, { recursive: true, mode: 0o700 });
  await runtime.adopt();
  for (const step of readdirSync(directories.run)) {
    for (const id of namesIn(join(directories.run, step, "tasks"))) {
      await attempt("removing a task", () => runtime.delete(id as ContainerId, { force: true }));
      await attempt("releasing the network", () => networks.detach(id as ContainerId));
    }
  }
  for (const { target } of mountsBelow(realpathSync(directories.run))) await attempt("unmounting", () => unmount(target, { detach: true }));
  for (const { key, kind } of snapshots.list()) {
    if (kind === "active" && key.startsWith(ACTIVE_PREFIX)) await attempt("removing the snapshot", () => snapshots.remove(key));
  }
  for (const directory of [directories.run, directories.scratch]) await attempt("removing the files", () => removeTree(directory));
}

function namesIn(directory: string): string[] {
  try {
    return readdirSync(directory);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR")) return [];
    throw error;
  }
}
