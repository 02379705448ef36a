import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { IoOptions } from "../base/abort.ts";
import type { Digest } from "../base/ids.ts";
import type { ContentStore } from "../content/content.ts";
import type { Lease } from "../gc/leases.ts";
import type { BlobRecords, BlobRow } from "../store/blobs.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { CompressTaskData, CompressTaskResult } from "./compress-task.ts";
import { SingleFlight } from "./single-flight.ts";

const TASK = new URL("./compress-task.ts", import.meta.url);

export interface CompressedBlobsOptions {
  readonly content: ContentStore;
  readonly workers: WorkerPool;
  readonly records: BlobRecords;
}

/** Compressed forms of layers that were made here and lie uncompressed: each is made once and kept as long as its layer. */
export class CompressedBlobs {
  readonly #options: CompressedBlobsOptions;
  readonly #running = new SingleFlight<BlobRow>();

  constructor(options: CompressedBlobsOptions) {
    this.#options = options;
  }

  /** What compressing `source` gave once; its bytes may be gone. */
  known(source: Digest): BlobRow | undefined {
    return this.#options.records.compressedOf(source);
  }

  /** The compressed form, with its bytes in the content store and held by `lease`. @throws EngineError of content and workers */
  async ensure(source: Digest, lease: Lease, options: IoOptions = {}): Promise<BlobRow> {
    const known = this.known(source);
    if (known !== undefined) {
      await lease.add(known.digest);
      if (await this.#options.content.has(known.digest)) return known;
    }
    const made = await this.#running.run(source, options.signal, () => this.#make(source, lease, options));
    await lease.add(made.digest);
    return made;
  }

  async #make(source: Digest, lease: Lease, options: IoOptions): Promise<BlobRow> {
    const { content, workers, records } = this.#options;
    const ingest = content.ingestPath(`compress-${randomUUID()}`);
    try {
      const data: CompressTaskData = { path: await content.pathOf(source), ingest };
      const { digest, size } = await workers.run<CompressTaskResult>(TASK, data, options);
      await lease.add(digest);
      await content.adopt(ingest, digest, size);
      records.putCompressed(source, { digest, size });
      return { digest, size };
    } catch (error) {
      await rm(ingest, { force: true });
      throw error;
    }
  }
}
