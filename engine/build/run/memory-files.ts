import { chmodSync, chownSync, mkdirSync, rmdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { EngineError, isSystemError } from "../../base/errors.ts";
import type { Disposable } from "../../base/disposable.ts";
import { MS, mount, unmount } from "../../sys/mount.ts";

/** Owner and permissions of a file. */
export interface FileAccess {
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
}

/**
 * Files that exist in memory alone, for secrets: a ramfs of our own, which is never swapped, mounted at the first file. Programs in it may be executed, also
 * where the run directory's file system forbids it.
 */
export class MemoryFiles implements Disposable {
  readonly #directory: string;
  #count = 0;
  #mounted = false;

  /** @param directory where to mount; made when needed, removed in the end */
  constructor(directory: string) {
    this.#directory = directory;
  }

  /** Makes a file and returns its path. @throws EngineError `invalidArgument` for an owner that this user namespace does not have */
  add(content: string | Uint8Array, { mode, uid, gid }: FileAccess): string {
    if (!this.#mounted) {
      mkdirSync(this.#directory, { mode: 0o700 });
      mount("ramfs", this.#directory, "ramfs", MS.NOSUID | MS.NODEV, "mode=700");
      this.#mounted = true;
    }
    const path = join(this.#directory, String(this.#count++));
    writeFileSync(path, content, { mode: 0o600 });
    setAccess(path, { mode, uid, gid });
    return path;
  }

  [Symbol.dispose](): void {
    if (!this.#mounted) return;
    this.#mounted = false;
    unmount(this.#directory, { detach: true });
    rmdirSync(this.#directory);
  }
}

/** Gives a file its owner and permissions. @throws EngineError `invalidArgument` for an owner that this user namespace does not have */
export function setAccess(path: string, { mode, uid, gid }: FileAccess): void {
  try {
    chownSync(path, uid, gid);
  } catch (error) {
    if (isSystemError(error, "EINVAL")) throw new EngineError("invalidArgument", `the owner ${uid}:${gid} of a mount does not exist here: this engine has fewer ids than that (see /etc/subuid and /etc/subgid)`, { cause: error });
    throw error;
  }
  chmodSync(path, mode & 0o7777);
}
