import { MEDIA_TYPES } from "./descriptor.ts";
import type { Descriptor, ImageIndex, ImageManifest, Platform } from "./descriptor.ts";
import { EngineError } from "../base/errors.ts";
import { Reader, defined } from "./validate.ts";

/** Manifests larger than this are refused, as registries do. In bytes. */
export const MAX_MANIFEST_BYTES = 4 << 20;
/** Overlayfs stacks at most 500 layers; Docker's own limit is 127. */
const MAX_LAYERS = 500;
const MAX_INDEX_ENTRIES = 10_000;

const INDEX_TYPES: readonly string[] = [MEDIA_TYPES.ociIndex, MEDIA_TYPES.dockerIndex];
const MANIFEST_TYPES: readonly string[] = [MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerManifest];
const CONFIG_TYPES: readonly string[] = [MEDIA_TYPES.ociConfig, MEDIA_TYPES.dockerConfig];

export type ParsedManifest =
  | { readonly type: "manifest"; readonly mediaType: string; readonly manifest: ImageManifest }
  | { readonly type: "index"; readonly mediaType: string; readonly index: ImageIndex };

/** Whether a descriptor's media type says that it points to an index. */
export function isIndexType(mediaType: string): boolean {
  return INDEX_TYPES.includes(mediaType);
}

/** Whether a descriptor's media type says that it points to an image manifest. */
export function isManifestType(mediaType: string): boolean {
  return MANIFEST_TYPES.includes(mediaType);
}

/**
 * Reads an image manifest or index (OCI image specification, or Docker's schema 2).
 *
 * @param declared media type that the transport or the descriptor gave; must agree with the document
 * @throws EngineError `invalidArgument` when malformed, ambiguous or of schema 1
 */
export function parseManifest(bytes: Uint8Array, declared?: string): ParsedManifest {
  const read = new Reader("the manifest");
  const json = read.parse(bytes, MAX_MANIFEST_BYTES);
  if (json["schemaVersion"] === 1 || declared === MEDIA_TYPES.dockerSchema1) {
    throw new EngineError("invalidArgument", "the image has a manifest of schema version 1, which is obsolete and unsupported: push it again with a current tool");
  }
  if (json["schemaVersion"] !== 2) throw read.wrong("schemaVersion", "2");
  const written = read.optional(json["mediaType"], (value) => read.string(value, "mediaType", 255));
  const known = [declared, written].filter((type) => type !== undefined && (isIndexType(type) || isManifestType(type)));
  if (known.length === 2 && known[0] !== known[1]) throw read.fail(`is called ${declared} by its descriptor but says that it is ${written}`);
  const mediaType = known[0] ?? written ?? (json["manifests"] === undefined ? MEDIA_TYPES.ociManifest : MEDIA_TYPES.ociIndex);
  // A document that is both would mean different images to different readers (CVE-2021-41190).
  if (json["manifests"] !== undefined && (json["layers"] !== undefined || json["config"] !== undefined)) throw read.fail("is an index and an image at the same time");
  const annotations = read.optional(json["annotations"], (value) => read.stringMap(value, "annotations"));
  if (isIndexType(mediaType)) {
    const manifests = read.array(json["manifests"] ?? [], "manifests", MAX_INDEX_ENTRIES).map((item, i) => readDescriptor(read, item, `manifests[${i}]`));
    return { type: "index", mediaType, index: defined({ schemaVersion: 2 as const, mediaType: written, manifests, annotations }) };
  }
  if (!isManifestType(mediaType)) throw read.fail(`has the unknown media type ${mediaType}`);
  const config = readDescriptor(read, json["config"], "config");
  const layers = read.array(json["layers"] ?? [], "layers", MAX_LAYERS).map((item, i) => readDescriptor(read, item, `layers[${i}]`));
  const artifactType = read.optional(json["artifactType"], (value) => read.string(value, "artifactType", 255));
  return { type: "manifest", mediaType, manifest: defined({ schemaVersion: 2 as const, mediaType: written, artifactType, config, layers, annotations }) };
}

function readDescriptor(read: Reader, value: unknown, at: string): Descriptor {
  const json = read.object(value, at);
  return defined({
    mediaType: read.string(json["mediaType"], `${at}.mediaType`, 255),
    digest: read.digest(json["digest"], `${at}.digest`),
    size: read.size(json["size"], `${at}.size`),
    platform: read.optional(json["platform"], (platform) => readPlatform(read, platform, `${at}.platform`)),
    annotations: read.optional(json["annotations"], (map) => read.stringMap(map, `${at}.annotations`)),
    urls: read.optional(json["urls"], (urls) => read.strings(urls, `${at}.urls`, 100)),
    artifactType: read.optional(json["artifactType"], (type) => read.string(type, `${at}.artifactType`, 255)),
  });
}

function readPlatform(read: Reader, value: unknown, at: string): Platform {
  const json = read.object(value, at);
  const text = (key: string): string | undefined => read.optional(json[key], (item) => read.string(item, `${at}.${key}`, 255)) || undefined;
  return defined({
    os: text("os") ?? "",
    architecture: text("architecture") ?? "",
    variant: text("variant"),
    "os.version": text("os.version"),
    "os.features": read.optional(json["os.features"], (features) => read.strings(features, `${at}.os.features`, 100)),
  });
}

/**
 * Refuses manifests of things that are not container images: Helm charts, signatures, attestations.
 * @throws EngineError `invalidArgument`
 */
export function assertRunnable(manifest: ImageManifest, name: string): void {
  if (manifest.artifactType !== undefined || !CONFIG_TYPES.includes(manifest.config.mediaType)) {
    const type = manifest.artifactType ?? manifest.config.mediaType;
    throw new EngineError("invalidArgument", `${name} is not a container image but an artefact of type ${type}: it cannot be pulled as an image`);
  }
  const foreign = manifest.layers.find((layer) => !isLayerType(layer.mediaType));
  if (foreign !== undefined) throw new EngineError("invalidArgument", `${name} has a layer of the unsupported media type ${foreign.mediaType}`);
}

/** Whether a layer of this type can be unpacked. `nondistributable` and `foreign` ones are tars too. */
export function isLayerType(mediaType: string): boolean {
  return /^application\/vnd\.oci\.image\.layer\.(?:nondistributable\.)?v1\.tar(?:\+(?:gzip|zstd))?$/.test(mediaType)
    || /^application\/vnd\.docker\.image\.rootfs\.(?:diff|foreign\.diff)\.tar(?:\.(?:gzip|zstd))?$/.test(mediaType);
}
