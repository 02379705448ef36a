import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../../base/abort.ts";
import type { WorkerTask } from "../../sys/worker-protocol.ts";
import { IndexBuilder } from "./file-index.ts";
import type { FileIndex } from "./file-index.ts";
import { walkLayers } from "./walk.ts";

export interface IndexTaskData {
  /** The layers' directories, bottom first. */
  readonly directories: readonly string[];
  readonly maxFiles: number;
  /** Entries that are looked at; more than any real image has. */
  readonly maxEntries: number;
}

const ENTRIES_A_TURN = 2000;

/** Reads all layers of an image. */
export const task: WorkerTask<IndexTaskData, FileIndex> = async ({ directories, maxFiles, maxEntries }, { signal }) => {
  const builder = new IndexBuilder(directories.length, maxFiles);
  let entries = 0;
  for (const entry of walkLayers(directories, () => builder.omit())) {
    if (++entries > maxEntries) {
      builder.omit();
      break;
    }
    builder.add(entry);
    if (entries % ENTRIES_A_TURN !== 0) continue;
    // The signal arrives as a message.
    await nextTurn();
    throwIfAborted(signal);
  }
  return builder.finish();
};
