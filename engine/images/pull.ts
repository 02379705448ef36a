import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { digestOf } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import type { ContentStore } from "../content/content.ts";
import type { Lease } from "../gc/leases.ts";
import { chainIds, MAX_CONFIG_BYTES, parseImageConfig, validateImage } from "../oci/config.ts";
import type { Descriptor, ImageConfig, ImageIndex, ImageManifest, Platform } from "../oci/descriptor.ts";
import { assertRunnable, MAX_MANIFEST_BYTES, parseManifest } from "../oci/manifest.ts";
import { formatPlatform, platformDistance, selectPlatform } from "../oci/platform.ts";
import { familiarName, familiarString, withDefaultTag } from "../oci/reference.ts";
import type { Reference } from "../oci/reference.ts";
import type { RegistryRepository } from "../registry/registry.ts";
import type { WantedLayer } from "./layers.ts";

/** An image in a registry, with its documents in the content store. */
export interface ResolvedImage {
  /** What the tag or digest points to: an index, or the manifest itself. */
  readonly top: Descriptor;
  readonly manifest: Descriptor;
  readonly image: ImageManifest;
  readonly id: Digest;
  readonly config: ImageConfig;
}

interface ResolveRequest extends IoOptions {
  /** Asked for by the user; the host's is preferred otherwise. */
  readonly platform: Platform | undefined;
  readonly hostPlatform: Platform;
  /** Called once the registry has answered with a manifest or index. */
  readonly found: () => void;
  readonly lease: Lease;
}

/** Follows a reference to one image for one platform, and keeps manifest, index and config in the content store. */
export async function resolveImage(content: ContentStore, repository: RegistryRepository, reference: Reference, request: ResolveRequest): Promise<ResolvedImage> {
  const tagged = withDefaultTag(reference);
  const name = familiarString(tagged);
  const fetched = await repository.manifest(tagged.digest ?? tagged.tag!, request);
  request.found();
  const top = fetched.descriptor;
  await keep(content, request.lease, top.digest, fetched.bytes);
  let document = parseManifest(fetched.bytes, known(top.mediaType));
  let manifest: Descriptor = { ...top, mediaType: document.mediaType };
  if (document.type === "index") {
    manifest = choose(document.index, request, name);
    const bytes = await stored(content, manifest.digest, request.lease) ?? (await repository.manifest(manifest.digest, request)).bytes;
    await keep(content, request.lease, manifest.digest, bytes);
    document = parseManifest(bytes, manifest.mediaType);
    if (document.type === "index") throw new EngineError("invalidArgument", `${name} has an index inside an index: such images cannot be pulled`);
  }
  const image = document.manifest;
  assertRunnable(image, name);
  const config = await readConfig(content, repository, image.config, request);
  validateImage(image, config, name);
  assertPlatform(config, request.platform, name);
  return { top: { ...top, mediaType: document.mediaType }, manifest, image, id: image.config.digest, config };
}

/** A media type as a registry sends it, if it is one of a manifest: registries that know nothing of a type say so in many ways. */
export function known(mediaType: string): string | undefined {
  return /^application\/vnd\.(?:oci|docker)\./.test(mediaType) ? mediaType : undefined;
}

function choose(index: ImageIndex, request: ResolveRequest, name: string): Descriptor {
  const wanted = request.platform ?? request.hostPlatform;
  // Attestations of builds stand beside the images they describe.
  const images = index.manifests.filter(({ annotations }) => annotations?.["vnd.docker.reference.type"] === undefined);
  const found = selectPlatform(images, wanted);
  if (found !== undefined) return found;
  const offered = [...new Set(images.flatMap(({ platform }) => (platform === undefined ? [] : [formatPlatform(platform)])))].slice(0, 20);
  throw new EngineError("notFound", `no matching manifest for ${formatPlatform(wanted)} in the manifest list entries of ${name}${offered.length === 0 ? "" : `: it offers ${offered.join(", ")}`}`, { details: { platform: formatPlatform(wanted) } });
}

async function keep(content: ContentStore, lease: Lease, digest: Digest, bytes: Uint8Array): Promise<void> {
  await lease.add(digest);
  await content.put(bytes, digest);
}

async function stored(content: ContentStore, digest: Digest, lease: Lease): Promise<Uint8Array | undefined> {
  await lease.add(digest);
  if (!(await content.has(digest))) return undefined;
  // A damaged copy is fetched again.
  return content.read(digest, MAX_MANIFEST_BYTES).catch(() => undefined);
}

async function readConfig(content: ContentStore, repository: RegistryRepository, descriptor: Descriptor, request: ResolveRequest): Promise<ImageConfig> {
  const known = await stored(content, descriptor.digest, request.lease);
  if (known !== undefined) return parseImageConfig(known);
  const bytes = await readRemoteConfig(repository, descriptor, request);
  await keep(content, request.lease, descriptor.digest, bytes);
  return parseImageConfig(bytes);
}

/** An image of one platform is pulled whatever that is, unless another was asked for: as Docker does it. */
function assertPlatform(config: ImageConfig, wanted: Platform | undefined, name: string): void {
  if (wanted === undefined || config.os === "" || platformDistance(wanted, config) !== undefined) return;
  throw new EngineError("notFound", `image with reference ${name} was found but its platform (${formatPlatform(config)}) does not match the specified platform (${formatPlatform(wanted)})`);
}

/** What a reference means in its registry: its descriptor, and the platforms it serves. */
export async function inspectRemote(repository: RegistryRepository, reference: Reference, options: IoOptions): Promise<{ readonly descriptor: Descriptor; readonly platforms: readonly Platform[] }> {
  const { descriptor, bytes } = await repository.manifest(reference.digest ?? reference.tag!, options);
  const document = parseManifest(bytes, known(descriptor.mediaType));
  const top = { ...descriptor, mediaType: document.mediaType };
  if (document.type === "index") return { descriptor: top, platforms: document.index.manifests.flatMap(({ platform }) => (platform === undefined ? [] : [platform])) };
  assertRunnable(document.manifest, familiarString(reference));
  const { os, architecture, variant } = parseImageConfig(await readRemoteConfig(repository, document.manifest.config, options));
  return { descriptor: top, platforms: [{ os, architecture, ...(variant === undefined ? {} : { variant }) }] };
}

/** A config in memory; its digest is checked. @throws EngineError `resourceExhausted`, `dataLoss` */
export async function readRemoteConfig(repository: RegistryRepository, descriptor: Descriptor, options: IoOptions): Promise<Uint8Array> {
  if (descriptor.size > MAX_CONFIG_BYTES) throw new EngineError("resourceExhausted", `the image's configuration has ${descriptor.size} bytes, more than the ${MAX_CONFIG_BYTES} allowed`);
  const chunks: Uint8Array[] = [];
  for await (const chunk of repository.blob(descriptor, options)) {
    throwIfAborted(options.signal);
    chunks.push(chunk);
  }
  const bytes = Buffer.concat(chunks);
  if (digestOf(bytes) !== descriptor.digest) throw new EngineError("dataLoss", `the image's configuration arrived damaged: it has the digest ${digestOf(bytes)}, expected ${descriptor.digest}`);
  return bytes;
}

/** The layers of an image, bottom first, as the snapshotter and the content store know them. */
export function layersOf(image: ImageManifest, config: ImageConfig): readonly WantedLayer[] {
  const diffIds = config.rootfs.diff_ids;
  const keys = chainIds(diffIds);
  return image.layers.map((descriptor, i) => ({ descriptor, diffId: diffIds[i]!, key: keys[i]!, parent: i === 0 ? null : keys[i - 1]! }));
}

/** `name@digest`, the name under which what was pulled can be found again. */
export function digestName(reference: Reference, digest: Digest): string {
  return `${familiarName(reference)}@${digest}`;
}
