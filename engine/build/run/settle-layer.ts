import { throwIfAborted } from "../../base/abort.ts";
import type { IoOptions } from "../../base/abort.ts";
import { fsPath } from "../../sys/names.ts";
import { setTimes } from "../../sys/nodes.ts";
import { statOf, treeUsage, walkTree } from "../../sys/walk.ts";
import type { WorkerTask } from "../../sys/worker-protocol.ts";
import type { WorkerPool } from "../../sys/workers.ts";

interface Layer {
  readonly directory: string;
  readonly latestTime: number | undefined;
}

const SELF = new URL(import.meta.url);
/** Entries up to which a layer is settled at once: starting a thread takes longer. */
const SMALL = 200;
const NS = 1_000_000_000n;

/**
 * Moves times of a finished layer that are too late to the latest one allowed, in seconds since the epoch, and measures it: in a worker thread, unless it is
 * small. Times of directories and symlinks count too.
 * @returns its size in bytes
 */
export async function settleLayer(workers: WorkerPool, directory: string, latestTime: number | undefined, options: IoOptions = {}): Promise<number> {
  const layer: Layer = { directory, latestTime };
  return (await isSmall(directory)) ? settle(layer, options) : workers.run<number>(SELF, layer, options);
}

export const task: WorkerTask<Layer, number> = (layer, { signal }) => settle(layer, { signal });

async function isSmall(directory: string): Promise<boolean> {
  let count = 0;
  for await (const _ of walkTree(directory)) if (++count > SMALL) return false;
  return true;
}

async function settle({ directory, latestTime }: Layer, options: IoOptions): Promise<number> {
  if (latestTime !== undefined) await clampTimes(directory, latestTime, options);
  return (await treeUsage(directory, options)).bytes;
}

async function clampTimes(directory: string, latest: number, options: IoOptions): Promise<void> {
  throwIfAborted(options.signal);
  const time = BigInt(Math.floor(latest)) * NS;
  const clamp = (path: string, mtimeMs: number): void => {
    if (mtimeMs > latest * 1000) setTimes(fsPath(path), time, time);
  };
  for await (const { name, stats } of walkTree(directory, options)) clamp(`${directory}/${name}`, stats.mtimeMs);
  clamp(directory, statOf(directory)!.mtimeMs);
}
