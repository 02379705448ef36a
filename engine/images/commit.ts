import { randomUUID } from "node:crypto";
import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import type { Lease } from "../gc/leases.ts";
import { unpackLayer } from "../archive/unpack.ts";
import { chainIds } from "../oci/config.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import { familiarString, parseReference, withDefaultTag } from "../oci/reference.ts";
import { assembleImage } from "./assemble.ts";
import type { ImageRecord, Images } from "./images.ts";
import type { ImageParts } from "./parts.ts";

/**
 * `docker commit`: what differs from the parent becomes an uncompressed layer blob (compression is for transfers), and is unpacked from there
 * as any other layer, so that the image is exactly what its blob says.
 */
export async function commitSnapshot(parts: ImageParts, key: SnapshotKey, request: Parameters<Images["commit"]>[1], options: IoOptions): Promise<ImageRecord> {
  const { content, snapshots, workers, leases, limits, userNamespace, catalog } = parts;
  const reference = request.reference === undefined ? undefined : withDefaultTag(parseReference(request.reference));
  if (reference?.digest !== undefined) throw new EngineError("invalidArgument", "cannot commit to digest reference");
  const parent = request.parent === null ? undefined : catalog.byId(request.parent.id);
  const base = request.parent?.config;
  using lease = await leases.acquire();
  const { digest, size } = await writeLayer(parts, key, lease, options);
  const diffIds: Digest[] = [...(base?.rootfs.diff_ids ?? []), digest];
  const keys = chainIds(diffIds);
  await lease.add(...keys);
  const draft = await snapshots.draft(options);
  try {
    const unpacked = await unpackLayer(workers, { source: { path: await content.pathOf(digest) }, directory: draft.directory, userNamespace, limits }, options);
    await draft.commit(keys.at(-1)!, keys.at(-2) ?? null, unpacked.size);
  } catch (error) {
    await draft.abandon();
    throw error;
  }
  const created = new Date().toISOString();
  const step = { created, author: request.author, created_by: request.createdBy, comment: request.comment };
  const image = await assembleImage(parts, lease, {
    config: {
      created,
      author: request.author,
      os: base?.os ?? parts.hostPlatform.os,
      architecture: base?.architecture ?? parts.hostPlatform.architecture,
      variant: base?.variant,
      config: request.config ?? {},
      rootfs: { type: "layers", diff_ids: diffIds },
      history: [...(base?.history ?? []), step],
    },
    layers: [...(parent?.layers ?? []), { mediaType: MEDIA_TYPES.ociLayer, digest, size }],
    parentId: parent?.id ?? null,
    tags: reference === undefined ? [] : [familiarString(reference)],
  });
  if (reference !== undefined) parts.fire({ action: "tag", id: image.id, name: familiarString(reference) });
  return image;
}

async function writeLayer({ content, snapshots }: ImageParts, key: SnapshotKey, lease: Lease, options: IoOptions): Promise<{ digest: Digest; size: number }> {
  const writer = await content.writer(`commit-${randomUUID()}`, options);
  try {
    for await (const chunk of await snapshots.diffTar(key, options)) {
      throwIfAborted(options.signal);
      await writer.write(chunk);
    }
    await lease.add(writer.digest);
    return await writer.commit({}, options);
  } catch (error) {
    await writer.abandon();
    throw error;
  }
}
