import type { IoOptions } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { Digest } from "../../base/ids.ts";
import type { Leases } from "../../gc/leases.ts";
import { chainIds } from "../../oci/config.ts";
import type { Snapshotter } from "../../snapshots/snapshots.ts";
import type { WorkerPool } from "../../sys/workers.ts";
import type { CatalogImage, ImageCatalog } from "../catalog.ts";
import type { CompareTaskData } from "./compare-task.ts";
import type { FilePage, FileQuery, ImageComparison, ImageContents, ImageStep, ImageStructure } from "./contents.ts";
import type { FileIndex } from "./file-index.ts";
import type { IndexTaskData } from "./index-task.ts";
import type { QueryTaskData } from "./query-task.ts";

export interface LayerContentsOptions {
  readonly catalog: ImageCatalog;
  readonly snapshots: Snapshotter;
  readonly workers: WorkerPool;
  readonly leases: Leases;
  /** Files that an index keeps: the greatest. */
  readonly maxFiles?: number | undefined;
}

const INDEX_TASK = new URL("./index-task.ts", import.meta.url);
const QUERY_TASK = new URL("./query-task.ts", import.meta.url);
const COMPARE_TASK = new URL("./compare-task.ts", import.meta.url);
/** About 40 MB of memory while an image of that many files is looked at. */
const MAX_FILES = 250_000;
const MAX_ENTRIES = 2_000_000;
const MAX_DIFFERENCES = 2000;
const MAX_COMPARED_BYTES = 4 * 2 ** 30;
/** An index that nobody asks for is dropped after this time, in milliseconds. */
const KEEP_MS = 60_000;
const KEPT = 3;

interface Kept {
  readonly index: Promise<FileIndex>;
  readonly users: Set<object>;
  readonly cancel: AbortController;
  timer: NodeJS.Timeout | undefined;
}

/** Looks into unpacked layers. */
export class LayerContents implements ImageContents {
  readonly #options: LayerContentsOptions;
  readonly #kept = new Map<Digest, Kept>();

  constructor(options: LayerContentsOptions) {
    this.#options = options;
  }

  structure(nameOrId: string): ImageStructure {
    const { catalog, snapshots } = this.#options;
    const image = catalog.get(nameOrId);
    const diffIds = image.config.rootfs.diff_ids;
    const users = diffIds.map(() => 0);
    for (const other of catalog.list()) {
      for (let at = 0; at < diffIds.length && other.config.rootfs.diff_ids[at] === diffIds[at]; at++) users[at] = users[at]! + 1;
    }
    return {
      id: image.id,
      layers: chainIds(diffIds).map((chainId, index) => {
        const { digest, mediaType, size } = image.layers[index]!;
        return { index, digest, mediaType, blobSize: size, diffId: diffIds[index]!, chainId, size: snapshots.info(chainId).size ?? 0, imageCount: users[index]! };
      }),
      steps: stepsOf(image),
    };
  }

  async files(nameOrId: string, query: FileQuery, options: IoOptions = {}): Promise<FilePage> {
    const image = this.#options.catalog.get(nameOrId);
    const count = image.config.rootfs.diff_ids.length;
    if (query.layer !== undefined && (query.layer < 0 || query.layer >= count)) {
      throw new EngineError("notFound", `the image ${nameOrId} has no layer ${query.layer}: ${count === 0 ? "it has none" : `its ${count} layers are 0 to ${count - 1}`}`);
    }
    const data: QueryTaskData = { index: await this.#indexOf(image, options), query };
    return this.#options.workers.run<FilePage>(QUERY_TASK, data, options);
  }

  async compare(before: string, after: string, options: IoOptions = {}): Promise<ImageComparison> {
    const [left, right] = [this.#options.catalog.get(before), this.#options.catalog.get(after)];
    using _lease = await this.#options.leases.acquire(...keysOf(left), ...keysOf(right));
    const data: CompareTaskData = { before: this.#directories(left), after: this.#directories(right), maxEntries: MAX_ENTRIES, maxDifferences: MAX_DIFFERENCES, maxBytes: MAX_COMPARED_BYTES };
    return this.#options.workers.run<ImageComparison>(COMPARE_TASK, data, options);
  }

  /** The image's index, made once for all who ask at the same time; it is given up when the last of them leaves. */
  async #indexOf(image: CatalogImage, { signal }: IoOptions): Promise<FileIndex> {
    const kept = this.#kept.get(image.id) ?? this.#build(image);
    const user = {};
    kept.users.add(user);
    clearTimeout(kept.timer);
    const leave = (): void => {
      kept.users.delete(user);
      if (kept.users.size === 0) kept.cancel.abort(signal?.reason);
    };
    signal?.addEventListener("abort", leave, { once: true });
    try {
      return await kept.index;
    } finally {
      signal?.removeEventListener("abort", leave);
      kept.users.delete(user);
      if (kept.users.size === 0) kept.timer = setTimeout(() => this.#forget(image.id, kept), KEEP_MS).unref();
    }
  }

  #build(image: CatalogImage): Kept {
    const cancel = new AbortController();
    const kept: Kept = { index: this.#read(image, cancel.signal), users: new Set(), cancel, timer: undefined };
    kept.index.catch(() => this.#forget(image.id, kept));
    this.#kept.set(image.id, kept);
    for (const [id, other] of this.#kept) if (this.#kept.size > KEPT && other.users.size === 0 && other !== kept) this.#forget(id, other);
    return kept;
  }

  async #read(image: CatalogImage, signal: AbortSignal): Promise<FileIndex> {
    using _lease = await this.#options.leases.acquire(...keysOf(image));
    const data: IndexTaskData = { directories: this.#directories(image), maxFiles: this.#options.maxFiles ?? MAX_FILES, maxEntries: MAX_ENTRIES };
    return await this.#options.workers.run<FileIndex>(INDEX_TASK, data, { signal });
  }

  #forget(id: Digest, kept: Kept): void {
    clearTimeout(kept.timer);
    if (this.#kept.get(id) === kept) this.#kept.delete(id);
  }

  #directories(image: CatalogImage): readonly string[] {
    return image.chainId === null ? [] : [...this.#options.snapshots.layerDirectories(image.chainId)].reverse();
  }
}

function keysOf(image: CatalogImage): readonly string[] {
  return chainIds(image.config.rootfs.diff_ids);
}

function stepsOf(image: CatalogImage): readonly ImageStep[] {
  let layer = 0;
  const count = image.config.rootfs.diff_ids.length;
  const steps = (image.config.history ?? []).map((step): ImageStep => {
    const created = step.created === undefined ? NaN : Date.parse(step.created);
    return {
      createdBy: step.created_by ?? "",
      comment: step.comment ?? "",
      createdAt: Number.isNaN(created) ? null : new Date(created),
      layer: step.empty_layer === true || layer >= count ? null : layer++,
    };
  });
  while (layer < count) steps.push({ createdBy: "", comment: "", createdAt: image.createdAt, layer: layer++ });
  return steps;
}
