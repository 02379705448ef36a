import { stat } from "node:fs/promises";
import type { IoOptions } from "../base/abort.ts";
import { abortError, throwIfAborted } from "../base/abort.ts";
import { EngineError, isCancelled, isEngineError, toEngineError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import { unpackLayer } from "../archive/unpack.ts";
import type { ContentStore } from "../content/content.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { LayerDraft, Snapshotter } from "../snapshots/snapshots.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { ProgressSink } from "./images.ts";
import type { LayerOrigin, LayerTaskData, LayerTaskResult, UnpackLimits } from "./layer-task.ts";
import { removeIngest, removeParts } from "./ingest-parts.ts";
import { Semaphore } from "./semaphore.ts";

/** One layer of an image to have. */
export interface WantedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
  readonly key: SnapshotKey;
  readonly parent: SnapshotKey | null;
}

/** Says where a layer can be fetched from; `failed` is why the last place did not serve. Without it the blob must be in the store. */
export type OriginOf = (descriptor: Descriptor, failed: unknown, options: IoOptions) => Promise<LayerOrigin & { type: "registry" }>;

export interface LayersOptions {
  readonly content: ContentStore;
  readonly snapshots: Snapshotter;
  readonly workers: WorkerPool;
  /** For layers from far away, more of which wait at once; {@link workers} unless given. */
  readonly farWorkers?: WorkerPool | undefined;
  readonly userNamespace: boolean;
  readonly limits: UnpackLimits;
  /** Layers fetched or unpacked at once. */
  readonly parallel: number;
  /** The same for layers from far away. */
  readonly parallelFar: number;
}

export interface LayersRequest extends IoOptions {
  /** Each answer of the registry takes long: waiting for several at once costs nothing. */
  readonly isFar?: boolean | undefined;
}

interface Request extends LayersRequest {
  readonly origin: OriginOf | undefined;
  readonly progress: ProgressSink;
  /** Settles when the parent's snapshot is there. */
  readonly below: Promise<unknown>;
}

const TASK = new URL("./layer-task.ts", import.meta.url);
const PROGRESS_MS = 100;
/** Times that one layer begins again for an expired token. */
const MAX_RESTARTS = 100;

/** A filled draft; nothing when only the blob was wanted. */
type Prepared = { readonly draft: LayerDraft; readonly size: number } | "needsLowerLayers" | undefined;

/** Brings layers into the content store and the snapshotter; layers wanted twice at the same time are fetched once. */
export class Layers {
  readonly #options: LayersOptions;
  readonly #turns: Semaphore;
  readonly #farTurns: Semaphore;
  readonly #bySnapshot = new Map<SnapshotKey, Promise<void>>();
  readonly #byBlob = new Map<Digest, Promise<unknown>>();

  constructor(options: LayersOptions) {
    this.#options = options;
    this.#turns = new Semaphore(options.parallel);
    this.#farTurns = new Semaphore(options.parallelFar);
  }

  /**
   * Makes all layers present, in parallel; snapshots appear bottom first.
   * @throws the first error; other layers are then stopped, and what they fetched stays for a resume
   */
  async ensureAll(wanted: readonly WantedLayer[], origin: OriginOf | undefined, progress: ProgressSink, options: LayersRequest = {}): Promise<void> {
    const failed = new AbortController();
    const signal = options.signal === undefined ? failed.signal : AbortSignal.any([options.signal, failed.signal]);
    let below: Promise<unknown> = Promise.resolve();
    const work = wanted.map((layer) => {
      const done = this.#ensure(layer, { origin, progress, below, signal, isFar: options.isFar });
      done.catch((error: unknown) => failed.abort(error));
      below = done;
      return done;
    });
    const settled = await Promise.allSettled(work);
    if (options.signal?.aborted === true) throw abortError(options.signal);
    if (!settled.some(({ status }) => status === "rejected")) return;
    const error = toEngineError(failed.signal.reason);
    // On a full disk, room counts for more than what a resume would save.
    if (error.code === "resourceExhausted") await this.dropIngests(wanted.map(({ descriptor }) => descriptor.digest));
    throw error;
  }

  /** Drops the bytes of unfinished layers, unless someone is fetching them. */
  async dropIngests(digests: readonly Digest[]): Promise<void> {
    const idle = digests.filter((digest) => !this.#byBlob.has(digest));
    await Promise.all(idle.map((digest) => removeIngest(this.#options.content.ingestPath(digest))));
  }

  async #ensure(layer: WantedLayer, request: Request): Promise<void> {
    for (;;) {
      throwIfAborted(request.signal);
      const running = this.#bySnapshot.get(layer.key);
      if (running === undefined) break;
      request.progress({ id: shortId(layer.descriptor.digest), status: "Waiting", progressDetail: undefined });
      try {
        await running;
      } catch (error) {
        // Someone else's cancellation is not ours: take over.
        if (!isCancelled(error)) throw error;
      }
    }
    const work = this.#bring(layer, request);
    this.#bySnapshot.set(layer.key, work);
    try {
      await work;
    } finally {
      this.#bySnapshot.delete(layer.key);
    }
  }

  async #bring(layer: WantedLayer, request: Request): Promise<void> {
    const { content, snapshots } = this.#options;
    const { digest } = layer.descriptor;
    const id = shortId(digest);
    let stored = await content.has(digest);
    for (let running = this.#byBlob.get(digest); running !== undefined; running = this.#byBlob.get(digest)) {
      await running.catch(() => undefined);
      stored = await content.has(digest);
    }
    // From here to the claim of the blob nothing may be awaited.
    const unpacked = snapshots.has(layer.key);
    if (unpacked && stored) return request.progress({ id, status: "Already exists" });
    request.progress({ id, status: "Pulling fs layer" });
    const prepared = stored ? await this.#turns.run(request.signal, () => this.#unpackStored(layer, request)) : await this.#fetch(layer, !unpacked, request);
    try {
      await request.below;
      if (prepared === "needsLowerLayers") {
        const lower = layer.parent === null ? [] : snapshots.layerDirectories(layer.parent);
        const again = await this.#unpackStored(layer, request, lower);
        if (again !== "needsLowerLayers") await again?.draft.commit(layer.key, layer.parent, again.size);
      } else {
        await prepared?.draft.commit(layer.key, layer.parent, prepared.size);
      }
    } catch (error) {
      if (prepared !== "needsLowerLayers") await prepared?.draft.abandon();
      throw error;
    }
    request.progress({ id, status: "Pull complete" });
  }

  /** Runs `work` on a new draft, which is dropped when it fails or when the layer needs lower ones. */
  async #drafted(request: Request, work: (draft: LayerDraft) => Promise<number | "needsLowerLayers">): Promise<Prepared> {
    const draft = await this.#options.snapshots.draft(request);
    try {
      const size = await work(draft);
      if (size !== "needsLowerLayers") return { draft, size };
    } catch (error) {
      await draft.abandon();
      throw error;
    }
    await draft.abandon();
    return "needsLowerLayers";
  }

  /** A layer with hard links into lower ones needs those, and is unpacked when they are there. */
  async #unpackStored(layer: WantedLayer, request: Request, lowerDirectories?: readonly string[]): Promise<Prepared> {
    const { workers, userNamespace, limits, content } = this.#options;
    const { digest } = layer.descriptor;
    request.progress({ id: shortId(digest), status: "Extracting" });
    const path = await content.pathOf(digest);
    return this.#drafted(request, async ({ directory }) => {
      try {
        const { diffId, size } = await unpackLayer(workers, { source: { path }, directory, userNamespace, limits, lowerDirectories }, request);
        assertDiffId(layer, diffId);
        return size;
      } catch (error) {
        if (lowerDirectories === undefined && isEngineError(error) && error.details["missingLinkTarget"] !== undefined) return "needsLowerLayers";
        throw error;
      }
    });
  }

  #fetch(layer: WantedLayer, unpack: boolean, request: Request): Promise<Prepared> {
    const { digest } = layer.descriptor;
    const turns = request.isFar === true ? this.#farTurns : this.#turns;
    const work = turns.run(request.signal, async () => {
      let failed: unknown;
      for (let attempt = 0; ; attempt++) {
        const held = await this.#heldBytes(layer);
        try {
          const fetched = (directory?: string): Promise<number | "needsLowerLayers"> => this.#fetchOnce(layer, directory, held, failed, request);
          if (unpack) return await this.#drafted(request, ({ directory }) => fetched(directory));
          await fetched();
          return undefined;
        } catch (error) {
          if (attempt >= MAX_RESTARTS || !isEngineError(error) || error === failed) throw error;
          const damaged = error.code === "dataLoss" || error.code === "invalidArgument";
          if (damaged) await removeIngest(this.#options.content.ingestPath(digest));
          // What a crash or a failing disk left may be the damaged part: once more, from the start. Otherwise the registry decides whether
          // there is another way: a token lives minutes, a slow download may take hours, and a mirror may fail midway.
          failed = damaged && held > 0 ? undefined : error;
        }
      }
    });
    this.#byBlob.set(digest, work);
    return work.finally(() => this.#byBlob.delete(digest));
  }

  /** Bytes of an earlier try; more than the whole cannot be right and count as none. */
  async #heldBytes({ descriptor }: WantedLayer): Promise<number> {
    const held = await stat(this.#options.content.ingestPath(descriptor.digest)).then(({ size }) => size, () => 0);
    return held > descriptor.size ? 0 : held;
  }

  async #fetchOnce(layer: WantedLayer, directory: string | undefined, resume: number, failed: unknown, request: Request): Promise<number | "needsLowerLayers"> {
    const { content, workers, farWorkers, userNamespace, limits } = this.#options;
    const { digest, size } = layer.descriptor;
    const id = shortId(digest);
    if (request.origin === undefined) throw new EngineError("notFound", `the layer ${digest} is missing: pull the image again`);
    const origin = await request.origin(layer.descriptor, failed, request);
    const ingest = content.ingestPath(digest);
    const progress = new SharedArrayBuffer(8);
    const data: LayerTaskData = { origin, ingest, resume, directory, userNamespace, limits, progress };
    const stop = reportProgress(request.progress, id, progress, size);
    const pool = request.isFar === true ? (farWorkers ?? workers) : workers;
    const result = await pool.run<LayerTaskResult>(TASK, data, { signal: request.signal }).finally(stop);
    request.progress({ id, status: "Verifying Checksum" });
    if (directory !== undefined) assertDiffId(layer, result.diffId);
    await content.adopt(ingest, digest, size);
    await removeParts(ingest);
    request.progress({ id, status: "Download complete" });
    if (directory !== undefined) request.progress({ id, status: "Extracting", progressDetail: { current: size, total: size } });
    return result.needsLowerLayers ? "needsLowerLayers" : result.unpackedSize;
  }
}

function assertDiffId({ descriptor, diffId }: WantedLayer, found: Digest): void {
  if (found !== diffId) throw new EngineError("dataLoss", `the layer ${descriptor.digest} unpacks to ${found}, but the image's configuration says ${diffId}`);
}

/** Tells of bytes that came, at most ten times a second. */
function reportProgress(sink: ProgressSink, id: string, shared: SharedArrayBuffer, total: number): () => void {
  const bytes = new Float64Array(shared);
  let last = -1;
  const report = (): void => {
    const current = bytes[0]!;
    if (current === last) return;
    last = current;
    sink({ id, status: "Downloading", progressDetail: { current, total } });
  };
  const timer = setInterval(report, PROGRESS_MS);
  return () => {
    clearInterval(timer);
    report();
  };
}
