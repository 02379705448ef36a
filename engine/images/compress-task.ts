import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";
import { open } from "node:fs/promises";
import type { Digest } from "../base/ids.ts";
import { gzip } from "../archive/gzip.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";

export interface CompressTaskData {
  /** The uncompressed blob. */
  readonly path: string;
  /** The file to write; it is there and empty. */
  readonly ingest: string;
  /** Shared with the caller: a Float64 of the bytes that can be read from the file. */
  readonly written: SharedArrayBuffer;
}

export interface CompressTaskResult {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

/**
 * Compresses one blob with gzip and hashes the result. Pieces of a fixed size, so that equal blobs give equal results. Through the page cache: the
 * bytes are sent from there while they are being made.
 */
export const task: WorkerTask<CompressTaskData, CompressTaskResult> = async ({ path, ingest, written }, { signal }) => {
  const hash = createHash("sha256");
  const told = new Float64Array(written);
  const file = await open(ingest, "r+");
  let size = 0;
  try {
    for await (const chunk of gzip(createReadStream(path, { highWaterMark: 1 << 18 }) as AsyncIterable<Buffer>, { signal })) {
      hash.update(chunk);
      for (let done = 0; done < chunk.byteLength; ) done += (await file.write(chunk, done, chunk.byteLength - done, size + done)).bytesWritten;
      size += chunk.byteLength;
      told[0] = size;
    }
    await file.datasync();
  } finally {
    await file.close();
  }
  return { digest: `sha256:${hash.digest("hex")}` as Digest, size };
};
