import { createHash } from "node:crypto";
import { throwIfAborted } from "../../base/abort.ts";
import type { Digest } from "../../base/ids.ts";
import { packEntries } from "../../archive/pack.ts";
import { DirectFile } from "../../sys/direct-file.ts";
import { ConfinedRoot } from "../../sys/root.ts";
import type { WorkerTask } from "../../sys/worker-protocol.ts";

export interface LayerTaskData {
  /** An overlayfs layer's directory. */
  readonly directory: string;
  /** The file that gets the tar. */
  readonly file: string;
}

export interface LayerTaskResult {
  /** Of the tar. */
  readonly digest: Digest;
  /** Of the tar, in bytes. */
  readonly size: number;
}

/** Packs a layer as an uncompressed tar into a file, hashing as it writes. */
export const task: WorkerTask<LayerTaskData, LayerTaskResult> = async ({ directory, file }, { signal }) => {
  const output = await DirectFile.open(file, 0);
  const hash = createHash("sha256");
  let size = 0;
  try {
    using root = new ConfinedRoot(directory);
    const chunks = packEntries({ root: directory, overlay: true });
    for (let next = root.run(() => chunks.next()); next.done !== true; next = root.run(() => chunks.next())) {
      throwIfAborted(signal);
      hash.update(next.value);
      size += next.value.length;
      await output.write(next.value);
    }
  } finally {
    await output.close();
  }
  return { digest: `sha256:${hash.digest("hex")}` as Digest, size };
};
