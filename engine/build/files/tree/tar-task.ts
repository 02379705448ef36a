import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { throwIfAborted } from "../../../base/abort.ts";
import { toEngineError } from "../../../base/errors.ts";
import { decompress } from "../../../archive/compression.ts";
import type { WorkerTask } from "../../../sys/worker-protocol.ts";
import { encodeEntries } from "./entry-codec.ts";
import { TarIndexer } from "./tar-indexer.ts";
import type { TarLimits } from "./tar-indexer.ts";

export interface TarTaskData {
  /** The file that keeps the tar, uncompressed. */
  readonly spool: string;
  readonly limits: TarLimits;
}

export interface Spooled {
  /** Of encodeEntries. */
  readonly index: Uint8Array;
  readonly files: number;
  /** Of all files. */
  readonly bytes: number;
}

/** Keeps a tar, compressed or not, and says what is in it. A failure leaves no file. */
export const task: WorkerTask<TarTaskData, Spooled> = async ({ spool, limits }, { signal, input }) => {
  const fd = openSync(spool, "wx", 0o600);
  try {
    const indexer = new TarIndexer(limits);
    for await (const chunk of decompress(input, { signal })) {
      throwIfAborted(signal);
      for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done);
      indexer.push(chunk);
    }
    const entries = indexer.finish();
    const files = entries.filter(({ type }) => type === "file");
    return { index: encodeEntries(entries), files: files.length, bytes: files.reduce((sum, { size }) => sum + size, 0) };
  } catch (error) {
    rmSync(spool, { force: true });
    throw toEngineError(error);
  } finally {
    closeSync(fd);
  }
};
