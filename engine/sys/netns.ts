import { closeSync, openSync, rmSync, writeFileSync } from "node:fs";
import { checked, native } from "./libc.ts";
import { mount, MS, unmount } from "./mount.ts";

/**
 * Network namespaces that have a name: a file with the namespace bind-mounted on it, as ip-netns(8) keeps them.
 *
 * Namespaces belong to threads. The calling thread enters the new namespace and leaves it again within one synchronous call (about one
 * millisecond), so that no other JavaScript ever runs inside; the thread pool's threads stay where they are.
 */

const CLONE_NEWNET = 0x40000000;
const THREAD_NETNS = "/proc/thread-self/ns/net";

const unshare = native<[number]>("int unshare(int flags)");
const setns = native<[number, number]>("int setns(int fd, int type)");

let home: number | undefined;

/**
 * Makes a network namespace at `path` and runs `inside` in it; `inside` must not await.
 * @throws a system error; nothing is left at `path` then
 */
export function createNetworkNamespace<T>(path: string, inside: () => T): T {
  home ??= openSync(THREAD_NETNS, "r");
  writeFileSync(path, "", { mode: 0o600 });
  try {
    checked(unshare(CLONE_NEWNET), "unshare");
    try {
      mount(THREAD_NETNS, path, null, MS.BIND);
      return inside();
    } finally {
      goHome(home);
    }
  } catch (error) {
    removeNetworkNamespace(path);
    throw error;
  }
}

/** Runs `inside` in the namespace at `path`; `inside` must not await. @throws a system error */
export function inNetworkNamespace<T>(path: string, inside: () => T): T {
  home ??= openSync(THREAD_NETNS, "r");
  const target = openSync(path, "r");
  try {
    checked(setns(target, CLONE_NEWNET), "setns", path);
    try {
      return inside();
    } finally {
      goHome(home);
    }
  } finally {
    closeSync(target);
  }
}

/** Removes the name; the kernel frees the namespace and its devices when the last process in it has ended. Idempotent. */
export function removeNetworkNamespace(path: string): void {
  unmount(path, { detach: true });
  rmSync(path, { force: true });
}

function goHome(fd: number): void {
  // A thread that cannot come back would serve everything from the wrong network: end the process instead.
  if (setns(fd, CLONE_NEWNET) !== 0) process.abort();
}
