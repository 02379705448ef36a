import { randomUUID } from "node:crypto";
import { rm } from "node:fs/promises";
import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { SnapshotKey } from "../base/ids.ts";
import { familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import { assembleImage } from "./assemble.ts";
import type { ImageRecord, Images } from "./images.ts";
import type { LayerTaskData, LayerTaskResult } from "./layer-task.ts";
import { layerTypeOf } from "./layer-type.ts";
import type { ImageParts } from "./parts.ts";

const TASK = new URL("./layer-task.ts", import.meta.url);

/**
 * `docker import`: one pass over the tar in a worker thread keeps it as a blob, hashes and unpacks it.
 * @throws EngineError `invalidArgument`, `dataLoss`, `resourceExhausted`
 */
export async function importTar(parts: ImageParts, tar: AsyncIterable<Uint8Array>, request: Parameters<Images["importTar"]>[1], options: IoOptions): Promise<ImageRecord> {
  const { content, snapshots, workers, leases, limits, userNamespace } = parts;
  const reference = request.reference === undefined ? undefined : withDefaultTag(parseReference(request.reference));
  if (reference?.digest !== undefined) throw new EngineError("invalidArgument", "cannot import digest reference");
  const platform = request.platform ?? parts.hostPlatform;
  using lease = await leases.acquire();
  const ingest = content.ingestPath(`import-${randomUUID()}`);
  const draft = await snapshots.draft(options);
  try {
    const data: LayerTaskData = { origin: { type: "input" }, ingest, resume: 0, directory: draft.directory, userNamespace, limits, progress: new SharedArrayBuffer(8) };
    const result = await workers.run<LayerTaskResult>(TASK, data, { input: tar, signal: options.signal });
    if (result.needsLowerLayers) throw new EngineError("invalidArgument", "the archive has a hard link to a file that it does not hold");
    const key = result.diffId as string as SnapshotKey;
    await lease.add(result.digest, key);
    const mediaType = await layerTypeOf(ingest);
    await content.adopt(ingest, result.digest, result.size);
    await draft.commit(key, null, result.unpackedSize);
    const created = new Date().toISOString();
    const image = await assembleImage(parts, lease, {
      config: {
        created,
        ...platform,
        config: request.config ?? {},
        rootfs: { type: "layers", diff_ids: [result.diffId] },
        history: [{ created, comment: request.message ?? "" }],
      },
      layers: [{ mediaType, digest: result.digest, size: result.size }],
      parentId: null,
      tags: reference === undefined ? [] : [familiarString(reference)],
    });
    parts.fire({ action: "import", id: image.id, name: reference === undefined ? image.id : familiarString(reference) });
    return image;
  } catch (error) {
    await draft.abandon();
    await rm(ingest, { force: true });
    throw error;
  }
}
