import { digestOf } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import type { BlobInfo, ContentIngester } from "../content/content.ts";
import type { Lease } from "../gc/leases.ts";
import { chainIds } from "../oci/config.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import type { Descriptor, ImageConfig } from "../oci/descriptor.ts";
import { parseManifest } from "../oci/manifest.ts";
import type { CatalogImage } from "./catalog.ts";
import type { ImageParts } from "./parts.ts";
import { snapshotBytes } from "./sizes.ts";

/** A new image from layers that are there already. */
export interface NewImage {
  readonly config: ImageConfig;
  /** The config as it came, to keep its digest; otherwise it is written anew. */
  readonly configBytes?: Uint8Array | undefined;
  /** The manifest as it came; otherwise it is written anew. */
  readonly manifestBytes?: Uint8Array | undefined;
  readonly layers: readonly Descriptor[];
  readonly parentId: Digest | null;
  /** Familiar names with tag. */
  readonly tags: readonly string[];
}

/** Writes config and manifest of a new image and records it. The lease must hold the layers. */
export async function assembleImage({ content, catalog, snapshots }: ImageParts, lease: Lease, image: NewImage): Promise<CatalogImage> {
  const config = await putLeased(content, lease, image.configBytes ?? encodeJson(image.config));
  const document = {
    schemaVersion: 2,
    mediaType: MEDIA_TYPES.ociManifest,
    config: { mediaType: MEDIA_TYPES.ociConfig, digest: config.digest, size: config.size },
    layers: image.layers.map(({ mediaType, digest, size }) => ({ mediaType, digest, size })),
  };
  const manifest = await putLeased(content, lease, image.manifestBytes ?? encodeJson(document));
  return catalog.put({
    id: config.digest,
    manifest: { mediaType: image.manifestBytes === undefined ? MEDIA_TYPES.ociManifest : parseManifest(image.manifestBytes).mediaType, digest: manifest.digest, size: manifest.size },
    config: image.config,
    layers: image.layers,
    size: snapshotBytes(snapshots, chainIds(image.config.rootfs.diff_ids)),
    parentId: image.parentId,
    lastTaggedAt: image.tags.length === 0 ? null : Date.now(),
    tags: image.tags,
    digests: [],
  });
}

/** Publishes bytes that the lease already protects. */
export async function putLeased(content: ContentIngester, lease: Lease, bytes: Uint8Array): Promise<BlobInfo> {
  const digest = digestOf(bytes);
  await lease.add(digest);
  return content.put(bytes, digest);
}

export function encodeJson(value: unknown): Uint8Array {
  return new TextEncoder().encode(JSON.stringify(value));
}
