import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { inUserNamespace } from "../sys/identity.ts";
import { ConfinedRoot } from "../sys/root.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";
import type { WorkerPool } from "../sys/workers.ts";
import { TarExtractor } from "./extract.ts";
import { packEntries } from "./pack.ts";

interface CopyRequest {
  readonly source: string;
  readonly target: string;
}

const SELF = new URL(import.meta.url);

/**
 * Copies what is in directory `source` into directory `target` in a worker thread: owners, modes, times, attributes, hard links, devices;
 * symlinks as they are. Neither side is left, whatever symlinks say. In a user namespace device nodes are left out.
 */
export function copyTree(pool: WorkerPool, source: string, target: string, options: IoOptions = {}): Promise<void> {
  return pool.run<void>(SELF, { source, target } satisfies CopyRequest, options);
}

/** The worker's part of {@link copyTree}: a tar from one side to the other that never leaves memory. */
export const task: WorkerTask<CopyRequest, void> = async ({ source, target }, { signal }) => {
  using from = new ConfinedRoot(source);
  using to = new TarExtractor({ root: target, whiteouts: "plain", userNamespace: inUserNamespace(), maxBytes: Infinity, maxEntries: Infinity });
  const chunks = packEntries({ root: source, exact: true });
  for (let next = from.run(() => chunks.next()); next.done !== true; next = from.run(() => chunks.next())) {
    to.push(next.value);
    // Lets the message of an abort arrive.
    await new Promise((resolve) => setImmediate(resolve));
    throwIfAborted(signal);
  }
  to.finish();
};
