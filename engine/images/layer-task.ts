import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { createReadStream } from "node:fs";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError, isEngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import { decompress } from "../archive/compression.ts";
import { TarExtractor } from "../archive/extract.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Target } from "../registry/failures.ts";
import { fetchInRanges } from "../registry/ranges.ts";
import type { BlobLocation } from "../registry/registry.ts";
import { HttpTransport } from "../registry/transport.ts";
import type { TransportOptions } from "../registry/transport.ts";
import { DirectFile } from "../sys/direct-file.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";
import { IngestParts } from "./ingest-parts.ts";

export interface UnpackLimits {
  /** File data of one layer, in bytes. */
  readonly maxBytes: number;
  readonly maxEntries: number;
}

/** Where the bytes come from: a registry, or the task's input stream. */
export type LayerOrigin =
  | { readonly type: "registry"; readonly descriptor: Descriptor; readonly location: BlobLocation; readonly target: Target; readonly maxAttempts: number; readonly transport: TransportOptions }
  | { readonly type: "input" };

export interface LayerTaskData {
  readonly origin: LayerOrigin;
  /** The file that keeps the bytes as they come. */
  readonly ingest: string;
  /** Bytes that the file holds already: read from there first. */
  readonly resume: number;
  /** The empty directory to unpack into; without it the layer is only fetched. */
  readonly directory: string | undefined;
  readonly userNamespace: boolean;
  readonly limits: UnpackLimits;
  /** Shared with the caller: a Float64 of the bytes that have come. */
  readonly progress: SharedArrayBuffer;
}

export interface LayerTaskResult {
  /** Of the bytes as they came, and how many. */
  readonly digest: Digest;
  readonly size: number;
  /** Of the uncompressed tar. */
  readonly diffId: Digest;
  /** File data unpacked, in bytes. */
  readonly unpackedSize: number;
  /** The layer has a hard link into a lower layer: it must be unpacked again when that is there. */
  readonly needsLowerLayers: boolean;
}

/**
 * One pass over a layer: download, hash, keep, decompress, hash, unpack. Nothing is published here, the caller compares the digests first.
 * @throws EngineError of registry and archive; system errors of the disk. The ingest file stays, for a later resume.
 */
export const task: WorkerTask<LayerTaskData, LayerTaskResult> = async (data, { signal, input }) => {
  const source = new LayerSource(data, input, signal);
  using extractor = data.directory === undefined ? undefined : new TarExtractor({ ...data.limits, whiteouts: "overlay", userNamespace: data.userNamespace, root: data.directory });
  const tarHash = createHash("sha256");
  let needsLowerLayers = false;
  const extract = (work: () => void): void => {
    if (needsLowerLayers) return;
    try {
      work();
    } catch (error) {
      if (!isEngineError(error) || error.details["missingLinkTarget"] === undefined) throw error;
      needsLowerLayers = true;
    }
  };
  let unpackedSize = 0;
  let failure: unknown;
  try {
    if (extractor !== undefined) {
      try {
        for await (const chunk of decompress(source.unclosed(), { signal })) {
          throwIfAborted(signal);
          tarHash.update(chunk);
          extract(() => extractor.push(chunk));
        }
        extract(() => void (unpackedSize = extractor.finish().bytes));
      } catch (error) {
        // Bytes that cannot be unpacked are most often the wrong bytes: the digest tells.
        if (source.failed || !isEngineError(error, "dataLoss", "invalidArgument")) throw error;
        failure = error;
      }
    }
    await source.drain();
  } finally {
    await source.close();
  }
  const { digest, size } = source.result();
  if (data.origin.type === "registry") assertIsLayer(data.origin.descriptor, digest, size);
  if (failure !== undefined) throw failure;
  return { digest, size, diffId: toDigest(tarHash), unpackedSize, needsLowerLayers };
};

function assertIsLayer(wanted: Descriptor, digest: Digest, size: number): void {
  if (digest === wanted.digest && size === wanted.size) return;
  throw new EngineError("dataLoss", `the layer ${wanted.digest} arrived as ${digest}: the registry or the network damaged it; try again`);
}

/** The bytes of a layer, hashed and kept as they pass. */
class LayerSource {
  readonly #data: LayerTaskData;
  readonly #signal: AbortSignal;
  readonly #hash = createHash("sha256");
  readonly #progress: Float64Array;
  readonly #transport: HttpTransport;
  readonly #chunks: AsyncGenerator<Uint8Array, void, void>;
  #file: DirectFile | undefined;
  #size = 0;
  /** Bytes that came before their turn. */
  #ahead = 0;
  #failed = false;

  constructor(data: LayerTaskData, input: AsyncIterable<Uint8Array>, signal: AbortSignal) {
    this.#data = data;
    this.#signal = signal;
    this.#progress = new Float64Array(data.progress);
    this.#transport = transportFor(data.origin.type === "registry" ? data.origin.transport : {});
    this.#chunks = this.#read(data.origin.type === "registry" ? this.#fetch(data.origin) : input);
  }

  /** The bytes themselves could not be had. */
  get failed(): boolean {
    return this.#failed;
  }

  /** The bytes for a consumer that may stop early: a compressed stream may end before its file does. */
  unclosed(): AsyncIterable<Uint8Array> {
    return { [Symbol.asyncIterator]: () => ({ next: () => this.#chunks.next() }) };
  }

  /** Reads what the consumer left. */
  async drain(): Promise<void> {
    for (let next = await this.#chunks.next(); next.done !== true; ) next = await this.#chunks.next();
  }

  /** Keeps what has come so far for a later resume. */
  async close(): Promise<void> {
    await this.#chunks.return();
    const file = this.#file;
    this.#file = undefined;
    await file?.close();
  }

  result(): { readonly digest: Digest; readonly size: number } {
    return { digest: toDigest(this.#hash), size: this.#size };
  }

  async *#read(fresh: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array, void, void> {
    try {
      const { ingest } = this.#data;
      const resume = DirectFile.resumable(this.#data.resume);
      if (resume > 0) {
        for await (const chunk of createReadStream(ingest, { end: resume - 1, highWaterMark: 1 << 18, signal: this.#signal }) as AsyncIterable<Buffer>) yield this.#take(chunk);
      }
      this.#file = await DirectFile.open(ingest, resume);
      for await (const chunk of fresh) {
        this.#take(chunk);
        await this.#file.write(chunk);
        yield chunk;
      }
    } catch (error) {
      this.#failed = true;
      throw error;
    }
  }

  #take(chunk: Uint8Array): Uint8Array {
    this.#hash.update(chunk);
    this.#size += chunk.byteLength;
    this.#tell(this.#ahead);
    return chunk;
  }

  #tell(ahead: number): void {
    this.#progress[0] = this.#size + ahead;
  }

  #fetch({ descriptor, location, target, maxAttempts }: LayerOrigin & { type: "registry" }): AsyncIterable<Uint8Array> {
    return fetchInRanges(descriptor, {
      parts: new IngestParts(this.#data.ingest),
      onAhead: (bytes) => this.#tell((this.#ahead += bytes)),
      transport: this.#transport,
      // Only the main thread can log in anew: it starts this task again.
      locate: async (failed) => {
        if (failed !== undefined) throw new EngineError("unauthorized", `the registry ${target.registry} no longer accepts the token`, { details: { tokenExpired: true } });
        return location;
      },
      target,
      offset: DirectFile.resumable(this.#data.resume),
      maxAttempts,
      signal: this.#signal,
    });
  }
}

/** This thread's connections, kept from layer to layer: a new one costs as much as a small layer. They end with the thread. */
const transports = new Map<string, HttpTransport>();
const MAX_TRANSPORTS = 4;

function transportFor(options: TransportOptions): HttpTransport {
  const key = JSON.stringify(options);
  const transport = transports.get(key) ?? new HttpTransport(options);
  transports.delete(key);
  transports.set(key, transport);
  const [oldest] = transports;
  if (transports.size > MAX_TRANSPORTS && oldest !== undefined) {
    transports.delete(oldest[0]);
    oldest[1].close();
  }
  return transport;
}

function toDigest(hash: Hash): Digest {
  return `sha256:${hash.digest("hex")}` as Digest;
}
