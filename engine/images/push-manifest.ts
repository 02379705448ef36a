import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import type { Lease } from "../gc/leases.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import type { Descriptor, ImageIndex, ImageManifest } from "../oci/descriptor.ts";
import { MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { encodeJson, putLeased } from "./assemble.ts";
import type { CatalogImage } from "./catalog.ts";
import type { ImageParts } from "./parts.ts";

/** A manifest as it is sent. */
export interface OutgoingManifest {
  readonly mediaType: string;
  readonly digest: Digest;
  readonly bytes: Uint8Array;
}

/** How a layer is sent. */
export interface OutgoingLayer {
  /** As the image has it. */
  readonly stored: Descriptor;
  readonly diffId: Digest;
  /** It lies uncompressed because it was made here, and is compressed on its way. */
  readonly compress: boolean;
  /** Its bytes are to be had elsewhere, and registries are not to be given them (Windows' base layers). */
  readonly foreign: boolean;
}

/** A layer that came from a registry goes back as it came. */
export function outgoingLayers({ blobs }: ImageParts, image: CatalogImage): readonly OutgoingLayer[] {
  return image.layers.map((stored, i) => ({
    stored,
    diffId: image.config.rootfs.diff_ids[i]!,
    compress: isUncompressed(stored.mediaType) && !blobs.isKnownAnywhere(stored.digest),
    foreign: isForeign(stored),
  }));
}

function isUncompressed(mediaType: string): boolean {
  return mediaType === MEDIA_TYPES.ociLayer || mediaType === MEDIA_TYPES.dockerLayer;
}

function isForeign({ mediaType, urls }: Descriptor): boolean {
  return /nondistributable|\.foreign\./.test(mediaType) && urls !== undefined && urls.length > 0;
}

/**
 * The manifest of an image whose layers are sent as `sent`: the one it came with where nothing changed, else a new one of the OCI form.
 * @param sent digest and size of each layer as it is sent
 */
export async function outgoingManifest({ content }: ImageParts, lease: Lease, image: CatalogImage, sent: readonly { readonly digest: Digest; readonly size: number }[]): Promise<OutgoingManifest> {
  const own = await content.read(image.manifest.digest, MAX_MANIFEST_BYTES);
  const { manifest, mediaType } = readImageManifest(own);
  if (manifest.layers.length === sent.length && manifest.layers.every(({ digest }, i) => digest === sent[i]!.digest)) return { mediaType, digest: image.manifest.digest, bytes: own };
  const layers = image.layers.map((stored, i) => ({ mediaType: ociLayerType(stored, stored.digest !== sent[i]!.digest), digest: sent[i]!.digest, size: sent[i]!.size, ...(isForeign(stored) ? { urls: stored.urls } : {}) }));
  const config = { mediaType: MEDIA_TYPES.ociConfig, digest: image.id, size: manifest.config.size };
  const bytes = encodeJson({ schemaVersion: 2, mediaType: MEDIA_TYPES.ociManifest, config, layers });
  const { digest } = await putLeased(content, lease, bytes);
  return { mediaType: MEDIA_TYPES.ociManifest, digest, bytes };
}

function readImageManifest(bytes: Uint8Array): { readonly manifest: ImageManifest; readonly mediaType: string } {
  const document = parseManifest(bytes);
  if (document.type !== "manifest") throw new EngineError("internal", "an image's manifest is an index");
  return document;
}

/** One manifest holds types of one family alone. */
function ociLayerType({ mediaType }: Descriptor, compressed: boolean): string {
  if (compressed) return MEDIA_TYPES.ociLayerGzip;
  if (mediaType === MEDIA_TYPES.dockerLayerGzip) return MEDIA_TYPES.ociLayerGzip;
  if (mediaType === MEDIA_TYPES.dockerLayer) return MEDIA_TYPES.ociLayer;
  return mediaType.replace(/^application\/vnd\.docker\.image\.rootfs\.foreign\.diff\.tar(?:\.gzip)?$/, "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip");
}

/** An index all of whose images are here, in the order of the index. */
export interface OutgoingIndex extends OutgoingManifest {
  readonly images: readonly CatalogImage[];
}

/**
 * The index that the image was pulled by, when all that it lists is here: it then goes on as a whole. Otherwise undefined.
 */
export async function wholeIndexOf({ content, catalog }: ImageParts, image: CatalogImage, options: IoOptions): Promise<OutgoingIndex | undefined> {
  const named = new Set(image.repoDigests.map((name) => name.slice(name.indexOf("@") + 1) as Digest));
  for (const digest of named) {
    options.signal?.throwIfAborted();
    if (digest === image.manifest.digest || !(await content.has(digest))) continue;
    const bytes = await content.read(digest, MAX_MANIFEST_BYTES);
    const document = parseManifest(bytes);
    if (document.type !== "index") continue;
    const images = imagesOf(document.index, catalog.list());
    if (images !== undefined && images.includes(image)) return { mediaType: document.mediaType, digest, bytes, images };
  }
  return undefined;
}

/** Undefined when one is missing. */
function imagesOf({ manifests }: ImageIndex, all: readonly CatalogImage[]): readonly CatalogImage[] | undefined {
  const images = manifests.map(({ digest }) => all.find(({ manifest }) => manifest.digest === digest));
  return images.length > 0 && images.every((image) => image !== undefined) ? images : undefined;
}
