import type { IoOptions } from "../../base/abort.ts";
import type { Digest } from "../../base/ids.ts";
import type { ContentReader } from "../../content/content.ts";
import type { ImageRecord } from "../../images/images.ts";
import { chainIds } from "../../oci/config.ts";
import type { Snapshotter } from "../../snapshots/snapshots.ts";
import type { BuildCache } from "../cache/build-cache.ts";
import type { StageLayer } from "../graph/job.ts";

/** The field of an image's configuration that says which steps made its layers: keys by layer, null for layers of the base image. */
const FIELD = "slipway.cache.v1";
const KEY = /^[0-9a-f]{64}$/;

/** What a configuration carries so that `--cache-from` can use the image. */
export function inlineCache(layers: readonly StageLayer[]): Record<string, unknown> {
  if (!layers.some(({ type }) => type === "step")) return {};
  return { [FIELD]: layers.map((layer) => (layer.type === "step" ? layer.record : null)) };
}

/**
 * Makes an image's layers results of the steps that it names.
 * @returns how many results are new
 */
export async function importInlineCache(image: ImageRecord, { content, cache, snapshots }: { readonly content: ContentReader; readonly cache: BuildCache; readonly snapshots: Pick<Snapshotter, "has" | "info"> }, options: IoOptions = {}): Promise<number> {
  const keys = readKeys(await content.read(image.id));
  const chains = chainIds(image.config.rootfs.diff_ids);
  const lines = (image.config.history ?? []).filter(({ empty_layer: empty }) => empty !== true);
  let added = 0;
  let parent: string | null = null;
  for (const [index, chain] of chains.entries()) {
    options.signal?.throwIfAborted();
    const key = keys[index] ?? null;
    if (key !== null && cache.get(key) === undefined && snapshots.has(chain)) {
      const { size } = snapshots.info(chain);
      const layer = { diffId: image.config.rootfs.diff_ids[index] as Digest };
      cache.add({ id: key, snapshot: chain, parent: parent !== null && cache.get(parent) !== undefined ? parent : null, description: lines[index]?.created_by ?? `a layer of ${image.id}`, size: size ?? 0, ...layer }, [key]);
      added++;
    }
    parent = key;
  }
  return added;
}

function readKeys(config: Uint8Array): (string | null)[] {
  const value = (JSON.parse(new TextDecoder().decode(config)) as Record<string, unknown>)[FIELD];
  if (!Array.isArray(value)) return [];
  return value.map((key: unknown) => (typeof key === "string" && KEY.test(key) ? key : null));
}
