import { randomUUID } from "node:crypto";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { setTimeout as delay } from "node:timers/promises";
import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { Digest } from "../base/ids.ts";
import type { ContentStore } from "../content/content.ts";
import type { Lease } from "../gc/leases.ts";
import type { BlobRecords, BlobRow } from "../store/blobs.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { CompressTaskData, CompressTaskResult } from "./compress-task.ts";
import { SingleFlight } from "./single-flight.ts";

const TASK = new URL("./compress-task.ts", import.meta.url);
const READ_SIZE = 1 << 18;
/** How long a reader waits for more to be written, in milliseconds. */
const POLL_MS = 5;

export interface CompressedBlobsOptions {
  readonly content: ContentStore;
  readonly workers: WorkerPool;
  readonly records: BlobRecords;
}

/** A blob that is being compressed. */
export interface Compressing extends AsyncDisposable {
  /** Its bytes from the beginning, as they are written; ends with them. */
  open(): AsyncIterable<Uint8Array>;
  /** With its bytes in the content store. */
  readonly made: Promise<BlobRow>;
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
    const made = await this.#running.run(source, options.signal, async () => {
      await using work = await this.#begin(source, lease, options);
      return await work.made;
    });
    await lease.add(made.digest);
    return made;
  }

  /** Begins to compress what never was, so that it can be read meanwhile. Undefined when it is known, or under way for someone else. */
  async start(source: Digest, lease: Lease, options: IoOptions = {}): Promise<Compressing | undefined> {
    if (this.known(source) !== undefined || this.#running.has(source)) return undefined;
    const work = await this.#begin(source, lease, options);
    const made = this.#running.run(source, options.signal, () => work.made);
    made.catch(() => undefined);
    return { open: () => work.open(), made, [Symbol.asyncDispose]: () => work[Symbol.asyncDispose]() };
  }

  async #begin(source: Digest, lease: Lease, options: IoOptions): Promise<Compressing> {
    const { content, workers, records } = this.#options;
    const path = await content.pathOf(source);
    const ingest = content.ingestPath(`compress-${randomUUID()}`);
    const file = await open(ingest, "wx+", 0o600);
    const written = new SharedArrayBuffer(8);
    const data: CompressTaskData = { path, ingest, written };
    let result: CompressTaskResult | undefined;
    const made = (async (): Promise<BlobRow> => {
      try {
        result = await workers.run<CompressTaskResult>(TASK, data, options);
        await lease.add(result.digest);
        await content.adopt(ingest, result.digest, result.size);
        records.putCompressed(source, result);
        return result;
      } catch (error) {
        await rm(ingest, { force: true });
        throw error;
      }
    })();
    // Who only reads learns of a failure there.
    made.catch(() => undefined);
    const told = new Float64Array(written);
    return {
      made,
      open: () => follow(file, () => ({ available: told[0]!, isWhole: result !== undefined }), made, options),
      async [Symbol.asyncDispose]() {
        await made.catch(() => undefined);
        await file.close();
      },
    };
  }
}

/** Reads a file while it is written. @throws what `made` is rejected with; EngineError `cancelled` */
async function* follow(file: FileHandle, state: () => { readonly available: number; readonly isWhole: boolean }, made: Promise<unknown>, { signal }: IoOptions): AsyncGenerator<Uint8Array> {
  let failure: { readonly error: unknown } | undefined;
  made.catch((error: unknown) => (failure = { error }));
  for (let offset = 0; ; ) {
    throwIfAborted(signal);
    if (failure !== undefined) throw failure.error;
    const { available, isWhole } = state();
    if (offset < available) {
      const { bytesRead, buffer } = await file.read(Buffer.allocUnsafe(Math.min(READ_SIZE, available - offset)), 0, Math.min(READ_SIZE, available - offset), offset);
      offset += bytesRead;
      yield buffer.subarray(0, bytesRead);
    } else if (isWhole) return;
    else await delay(POLL_MS);
  }
}
