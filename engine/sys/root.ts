import { closeSync, constants, openSync } from "node:fs";
import { checked, native } from "./libc.ts";

const CLONE_FS = 0x200;
const O_PATH = 0o10000000;

const unshareC = native<[number]>("int unshare(int flags)");
const chrootC = native<[string]>("int chroot(const char *path)");
const fchdirC = native<[number]>("int fchdir(int fd)");
const umaskC = native<[number]>("unsigned int umask(unsigned int mask)");

/**
 * A directory that synchronous work of this thread sees as `/`: the kernel itself keeps every path, `..` and symlink inside.
 * Root directory, working directory and umask are made this thread's own (unshare(2), CLONE_FS) and are put back after each run.
 * Asynchronous `fs` calls use libuv's threads and are not confined. For worker threads of a {@link WorkerPool}, which makes sure that
 * those threads do not descend from the confined one.
 */
export class ConfinedRoot {
  readonly #inside: number;
  readonly #homeRoot: number;
  readonly #homeDirectory: number;

  /** @throws a system error (`ENOENT`, `ENOTDIR`) */
  constructor(directory: string) {
    const open = (path: string): number => openSync(path, O_PATH | constants.O_DIRECTORY);
    this.#inside = open(directory);
    this.#homeRoot = open("/");
    this.#homeDirectory = open(".");
    checked(unshareC(CLONE_FS), "unshare");
  }

  /** Runs `work`, in which `/` is the directory and the umask is 0. */
  run<T>(work: () => T): T {
    const mask = umaskC(0);
    checked(fchdirC(this.#inside), "fchdir");
    checked(chrootC("."), "chroot");
    try {
      return work();
    } finally {
      const back = fchdirC(this.#homeRoot) | chrootC(".") | fchdirC(this.#homeDirectory);
      umaskC(mask);
      // A thread that cannot come home must not touch another path.
      if (back !== 0) process.abort();
    }
  }

  [Symbol.dispose](): void {
    closeSync(this.#inside);
    closeSync(this.#homeRoot);
    closeSync(this.#homeDirectory);
  }
}
