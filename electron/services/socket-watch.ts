import { watch } from "node:fs";
import { basename, dirname } from "node:path";
import type { Endpoint } from "./endpoint.ts";

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
