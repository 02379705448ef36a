import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import type { Digest } from "../base/ids.ts";
import { gzip } from "../archive/gzip.ts";
import { DirectFile } from "../sys/direct-file.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";

export interface CompressTaskData {
  /** The uncompressed blob. */
  readonly path: string;
  /** The file to write. */
  readonly ingest: string;
}

export interface CompressTaskResult {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/** Compresses one blob with gzip and hashes the result. Pieces of a fixed size, so that equal blobs give equal results. */
export const task: WorkerTask<CompressTaskData, CompressTaskResult> = async ({ path, ingest }, { signal }) => {
  const hash = createHash("sha256");
  const file = await DirectFile.open(ingest);
  try {
    for await (const chunk of gzip(createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>, { signal })) {
      hash.update(chunk);
      await file.write(chunk);
    }
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest("hex")}` as Digest, size: file.size };
};
