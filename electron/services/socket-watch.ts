import { statSync, watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Endpoint } from "./endpoint.ts";

/** The longest that a timer runs, in milliseconds. */
const LONGEST_MS = 2 ** 31 - 1;

/**
 * Waits before the next attempt to connect: `ms`, or less when the engine's socket appears or changes, which the kernel tells.
 * Ends at once when `signal` aborts.
 *
 * @returns whether something happened to the socket
 */
export function waitForSocket(endpoint: Endpoint, ms: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const watcher = endpoint.type === "unix" ? watchFile(endpoint.socketPath, () => end(true)) : undefined;
    const timer = setTimeout(() => end(false), ms);
    const onAbort = (): void => end(false);
    signal.addEventListener("abort", onAbort, { once: true });
    if (signal.aborted) end(false);

    function end(changed: boolean): void {
      clearTimeout(timer);
      watcher?.close();
      signal.removeEventListener("abort", onAbort);
      resolve(changed);
    }
  });
}

/**
 * Waits, for as long as it takes, until there is a socket and it is not the known one. Ends at once when `signal` aborts.
 *
 * @param known of {@link socketId}
 * @returns whether there is such a socket
 */
export async function anotherSocket(endpoint: Endpoint, known: string | undefined, signal: AbortSignal): Promise<boolean> {
  const found = new AbortController();
  const over = AbortSignal.any([signal, found.signal]);
  while (!over.aborted) {
    const change = waitForSocket(endpoint, LONGEST_MS, over);
    // The watch has begun: what comes from now on is seen.
    if (![undefined, known].includes(socketId(endpoint))) found.abort();
    await change;
  }
  return found.signal.aborted;
}

/** Tells one socket from the next in the same place; undefined where there is none. */
export function socketId(endpoint: Endpoint): string | undefined {
  const stats = endpoint.type === "unix" ? statSync(endpoint.socketPath, { throwIfNoEntry: false }) : undefined;
  // The number of an inode is given again at once.
  return stats && `${stats.ino} ${stats.mtimeMs}`;
}

/** Undefined where the folder cannot be watched, because it is not there yet. */
function watchFile(path: string, onChange: () => void): { close(): void } | undefined {
  try {
    const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
      if (name === basename(path)) onChange();
    });
    watcher.on("error", () => watcher.close());
    return watcher;
  } catch {
    return undefined;
  }
}
