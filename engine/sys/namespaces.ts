import { closeSync, constants, openSync, rmSync } from "node:fs";
import { checked, native } from "./libc.ts";
import { MS, mount, unmount } from "./mount.ts";

const CLONE_NEWNET = 0x40000000;
const OWN_NETWORK = "/proc/thread-self/ns/net";

const unshareC = native<[number]>("int unshare(int flags)");
const setnsC = native<[number, number]>("int setns(int fd, int type)");

/**
 * Runs synchronous `work` on this thread in another network namespace and comes back. Sockets made and processes spawned inside belong
 * there for good. Other threads (libuv's pool) stay where they are: only synchronous calls count.
 */
function away<T>(enter: () => void, work: () => T): T {
  const home = openSync(OWN_NETWORK, constants.O_RDONLY);
  try {
    // Whoever may not come back must not leave: the present namespace may belong to another user namespace.
    checked(setnsC(home, CLONE_NEWNET), "setns", OWN_NETWORK);
    enter();
    try {
      return work();
    } finally {
      // A thread left in the wrong network would serve the wrong one: better none at all.
      if (setnsC(home, CLONE_NEWNET) < 0) process.abort();
    }
  } finally {
    closeSync(home);
  }
}

/**
 * Makes a network namespace that lives as long as it is mounted at `path` (an empty file is made there). About a millisecond, no process.
 * @throws a system error (`EEXIST`: something is there already); nothing is left behind
 */
export function createNetworkNamespace(path: string): void {
  closeSync(openSync(path, "wx", 0o444));
  try {
    away(() => checked(unshareC(CLONE_NEWNET), "unshare"), () => mount(OWN_NETWORK, path, null, MS.BIND));
  } catch (error) {
    rmSync(path, { force: true });
    throw error;
  }
}

/** Unmounts and removes a namespace file; fine when it is not there. The kernel frees the namespace with its last process. */
export function removeNetworkNamespace(path: string): void {
  unmount(path, { detach: true });
  rmSync(path, { force: true });
}

/**
 * Runs synchronous `work` inside the network namespace at `path`: a bound path or `/proc/PID/ns/net`.
 * @throws a system error, and whatever `work` throws
 */
export function inNetworkNamespace<T>(path: string, work: () => T): T {
  const target = openSync(path, constants.O_RDONLY);
  try {
    return away(() => checked(setnsC(target, CLONE_NEWNET), "setns", path), work);
  } finally {
    closeSync(target);
  }
}
