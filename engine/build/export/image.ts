import { rm } from "node:fs/promises";
import { randomUUID } from "node:crypto";
import { throwIfAborted } from "../../base/abort.ts";
import { EngineError } from "../../base/errors.ts";
import type { Digest, SnapshotKey } from "../../base/ids.ts";
import type { StagePlan } from "../../dockerfile/plan/steps.ts";
import type { ImageRecord } from "../../images/images.ts";
import { chainIds } from "../../oci/config.ts";
import { MEDIA_TYPES } from "../../oci/descriptor.ts";
import type { Descriptor, ImageConfig, Platform } from "../../oci/descriptor.ts";
import { cacheKey } from "../cache/build-cache.ts";
import type { Job, StageLayer, StageState } from "../graph/job.ts";
import { inlineCache } from "./inline-cache.ts";
import type { LayerTaskData, LayerTaskResult } from "./layer-task.ts";

const TASK = new URL("./layer-task.ts", import.meta.url);

interface ExportedLayer {
  readonly descriptor: Descriptor;
  readonly diffId: Digest;
}

/**
 * Makes the image of a stage: layers that have no tar yet get one, once, and with it their chain id. The same result has the same digest again: times
 * come from the steps' results, and others from when this image was made first.
 */
export async function exportImage(job: Job, state: StageState, plan: Pick<StagePlan, "config" | "author">, platform: Platform): Promise<ImageRecord> {
  const { images } = job.dependencies;
  const steps = state.layers.filter(({ type }) => type === "step").length;
  let done = 0;
  const layers = await Promise.all(state.layers.map(async (layer) => {
    const exported = await exportLayer(job, layer);
    if (layer.type === "step") job.emit({ type: "exporting", layer: ++done, of: steps });
    return exported;
  }));
  await nameSnapshots(job, state.layers, layers.map(({ diffId }) => diffId));
  throwIfAborted(job.signal);
  return images.create({ config: imageConfig(job, state, plan, platform, layers.map(({ diffId }) => diffId)), layers: layers.map(({ descriptor }) => descriptor), tags: job.request.tags });
}

function imageConfig(job: Job, state: StageState, { config, author }: Pick<StagePlan, "config" | "author">, platform: Platform, diffIds: readonly Digest[]): ImageConfig {
  const definition = cacheKey("image", state.layers.map((layer) => (layer.type === "base" ? layer.diffId : layer.record)), config, author ?? null, state.history.map(({ created_by: by }) => by ?? null), platform);
  const made = job.latestTime === undefined ? job.dependencies.cache.firstMade(definition, Date.now()) : job.latestTime * 1000;
  const created = timeText(made);
  const base = state.image.history?.length ?? 0;
  const own = state.history.slice(base).map((line) => ({ ...line, created: job.latestTime === undefined ? line.created ?? created : created }));
  return {
    created, author,
    architecture: platform.architecture, os: platform.os, ...(platform.variant === undefined ? {} : { variant: platform.variant }),
    config,
    rootfs: { type: "layers", diff_ids: diffIds },
    history: [...state.history.slice(0, base), ...own],
    ...inlineCache(state.layers),
  };
}

/** A time as RFC 3339 has it, without a fraction of zeros. @param milliseconds since the epoch */
export function timeText(milliseconds: number): string {
  return new Date(milliseconds).toISOString().replace(/\.?0*Z$/, "Z");
}

async function exportLayer(job: Job, layer: StageLayer): Promise<ExportedLayer> {
  if (layer.type === "base") return { descriptor: layer.descriptor, diffId: layer.diffId };
  const { cache, content } = job.dependencies;
  const { diffId, tarSize } = recordOf(job, layer.record);
  if (diffId !== null && tarSize !== null) {
    await job.lease.add(diffId);
    if (await content.has(diffId)) return exported(diffId, tarSize);
  }
  const { digest, size } = await packLayer(job, recordOf(job, layer.record).snapshot);
  cache.setLayer(layer.record, digest, size);
  return exported(digest, size);
}

function exported(diffId: Digest, size: number): ExportedLayer {
  return { descriptor: { mediaType: MEDIA_TYPES.ociLayer, digest: diffId, size }, diffId };
}

function recordOf({ dependencies: { cache } }: Job, id: string): NonNullable<ReturnType<typeof cache.get>> {
  const row = cache.get(id);
  if (row === undefined) throw new EngineError("internal", `the result ${id} of a step is gone: build again`);
  return row;
}

async function packLayer(job: Job, key: SnapshotKey): Promise<LayerTaskResult> {
  const { content, workers, snapshots } = job.dependencies;
  const file = content.ingestPath(`build-${randomUUID()}`);
  const data: LayerTaskData = { directory: snapshots.layerDirectories(key)[0]!, file };
  try {
    const packed = await workers.run<LayerTaskResult>(TASK, data, { signal: job.signal });
    await job.lease.add(packed.digest);
    await content.adopt(file, packed.digest, packed.size);
    return packed;
  } catch (error) {
    await rm(file, { force: true });
    throw error;
  }
}

/** Gives layers their chain ids, bottom first: what an image's snapshots are found by. */
async function nameSnapshots(job: Job, layers: readonly StageLayer[], diffIds: readonly Digest[]): Promise<void> {
  const { snapshots } = job.dependencies;
  const keys = chainIds(diffIds);
  await job.lease.add(...keys);
  for (const [index, layer] of layers.entries()) {
    if (layer.type === "step") await snapshots.rename(recordOf(job, layer.record).snapshot, keys[index]!, keys[index - 1] ?? null);
  }
}
