import { abortError } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import { EngineError, isCancelled, toEngineError } from "../base/errors.ts";
import { shortId } from "../base/ids.ts";
import type { Digest } from "../base/ids.ts";
import type { Lease } from "../gc/leases.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { canonicalString, repositoryOf } from "../oci/reference.ts";
import type { Reference } from "../oci/reference.ts";
import type { BlobSource, RegistryRepository } from "../registry/registry.ts";
import type { CatalogImage } from "./catalog.ts";
import type { ProgressSink, PushedTag } from "./images.ts";
import type { ImageParts } from "./parts.ts";
import { outgoingLayers, outgoingManifest, wholeIndexOf } from "./push-manifest.ts";
import type { OutgoingLayer, OutgoingManifest } from "./push-manifest.ts";
import type { Sent, SentLayer } from "./uploads.ts";

const PROGRESS_MS = 100;

interface PushRequest extends IoOptions {
  readonly parts: ImageParts;
  readonly repository: RegistryRepository;
  readonly reference: Reference;
  readonly progress: ProgressSink;
  readonly lease: Lease;
}

/**
 * Pushes one tag: layers in parallel, then the configuration, then the manifest. An index whose images are all here goes as a whole,
 * unless one platform was asked for.
 * @throws EngineError of registry and content; what was sent stays at the registry for the next try
 */
export async function pushTag(request: PushRequest, image: CatalogImage, single: boolean): Promise<PushedTag> {
  const { parts, repository, reference, progress } = request;
  const tag = reference.tag!;
  const index = single ? undefined : await wholeIndexOf(parts, image, request);
  let top: OutgoingManifest;
  if (index === undefined) top = await pushImage(request, image);
  else {
    for (const child of index.images) await putManifest(request, await pushImage(request, child));
    top = index;
  }
  await repository.putManifest(tag, top.mediaType, top.bytes, request);
  const size = top.bytes.byteLength;
  progress({ status: `${tag}: digest: ${top.digest} size: ${size}` });
  progress({ status: "", aux: { Tag: tag, Digest: top.digest, Size: size } });
  return { tag, digest: top.digest, size };
}

/** Docker's first line of a push. */
export function pushLine(reference: Reference): string {
  return `The push refers to repository [${canonicalString(repositoryOf(reference))}]`;
}

async function putManifest({ repository, signal }: PushRequest, { digest, mediaType, bytes }: OutgoingManifest): Promise<void> {
  await repository.putManifest(digest, mediaType, bytes, { signal });
}

/** Brings all blobs of an image into the repository. @returns its manifest, which is not there yet */
async function pushImage(request: PushRequest, image: CatalogImage): Promise<OutgoingManifest> {
  const { parts, progress } = request;
  const failed = new AbortController();
  const signal = request.signal === undefined ? failed.signal : AbortSignal.any([request.signal, failed.signal]);
  const layers = outgoingLayers(parts, image);
  // The top layer first, as Docker does it.
  for (const layer of layers.toReversed()) progress({ id: shortId(layer.diffId), status: "Preparing" });
  const guarded = <T>(work: Promise<T>): Promise<T> => work.catch((error: unknown) => {
    failed.abort(error);
    throw error;
  });
  const config = guarded(pushConfig({ ...request, signal }, image));
  const sent = layers.toReversed().map((layer) => guarded(pushLayer({ ...request, signal }, layer)));
  const settled = await Promise.allSettled([config, ...sent]);
  if (settled.some(({ status }) => status === "rejected")) throw request.signal?.aborted === true ? abortError(request.signal) : toEngineError(failed.signal.reason);
  return outgoingManifest(parts, request.lease, image, (await Promise.all(sent)).toReversed());
}

async function pushConfig(request: PushRequest, image: CatalogImage): Promise<void> {
  const { content } = request.parts;
  await bring(request, { mediaType: MEDIA_TYPES.ociConfig, digest: image.id, size: (await content.info(image.id)).size }, () => undefined);
}

async function pushLayer(request: PushRequest, layer: OutgoingLayer): Promise<Sent> {
  const { parts, progress, reference } = request;
  const id = shortId(layer.diffId);
  const say = (status: string): void => progress({ id, status });
  if (layer.foreign) {
    say("Skipped foreign layer");
    return layer.stored;
  }
  return parts.uploads.turns.run(request.signal, async () => {
    const sent = await parts.uploads.layers.run(`${reference.domain}/${reference.path}#${layer.stored.digest}`, request.signal, () => sendLayer(request, layer, say), () => say("Waiting"));
    say(sent.how);
    return sent;
  });
}

/** Sends a layer as it is, or compressed: while it is being compressed for the first time, later as it was made then. */
async function sendLayer(request: PushRequest, layer: OutgoingLayer, say: (status: string) => void): Promise<SentLayer> {
  const { parts, progress, repository } = request;
  const { stored } = layer;
  const reportTo = (total: number): ((bytes: number) => void) => throttled((current) => progress({ id: shortId(layer.diffId), status: "Pushing", progressDetail: { current, total: Math.max(current, total) } }));
  if (!layer.compress) return { ...stored, how: await bring(request, stored, reportTo(stored.size)) };
  const known = parts.compressed.known(stored.digest);
  // What the repository has need not be compressed again, even when our copy is gone.
  if (known !== undefined && (await repository.blobSize(known.digest, request)) !== undefined) return { ...known, how: await bring(request, { ...stored, ...known }, () => undefined) };
  say("Compressing");
  await using compressing = await parts.compressed.start(stored.digest, request.lease, request);
  if (compressing !== undefined) {
    const sending = repository.uploadStream(() => compressing.open(), compressing.made, { signal: request.signal, onProgress: reportTo(stored.size) });
    const [made, sent] = await Promise.allSettled([compressing.made, sending]);
    if (made.status === "rejected") throw made.reason;
    if (sent.status === "fulfilled") {
      parts.blobs.addSource([made.value.digest], request.reference.domain, request.reference.path);
      return { ...made.value, how: "Pushed" };
    }
    // A cut line or a registry of its own mind: the blob is whole now, and can be sent with all the patience there is.
    if (isCancelled(sent.reason)) throw sent.reason;
  }
  const made = await parts.compressed.ensure(stored.digest, request.lease, request);
  return { ...made, how: await bring(request, { ...stored, ...made }, reportTo(made.size)) };
}

/** Makes a blob present in the repository. @returns how, in Docker's words */
function bring(request: PushRequest, descriptor: Descriptor, report: (bytes: number) => void): Promise<string> {
  const { parts, repository, reference } = request;
  const { domain, path } = reference;
  const { digest } = descriptor;
  return parts.uploads.running.run(`${domain}/${path}@${digest}`, request.signal, async () => {
    let how = "Layer already exists";
    if ((await repository.blobSize(digest, request)) === undefined) {
      const result = await repository.upload(descriptor, sourceOf(parts, digest), {
        signal: request.signal,
        mountFrom: parts.blobs.repositoriesOf(digest, domain).filter((from) => from !== path),
        onNotMounted: (from) => parts.blobs.removeSource(digest, domain, from),
        onProgress: report,
      });
      how = result.type === "mounted" ? `Mounted from ${result.from}` : "Pushed";
    }
    parts.blobs.addSource([digest], domain, path);
    return how;
  });
}

function sourceOf({ content }: ImageParts, digest: Digest): BlobSource {
  return {
    async *open(start, end) {
      if (!(await content.has(digest))) throw new EngineError("notFound", `the content ${digest} is missing: pull or build the image again`);
      for await (const chunk of await content.open(digest, { start, end })) yield chunk;
    },
  };
}

/** At most ten reports a second. */
function throttled(report: (bytes: number) => void): (bytes: number) => void {
  let last = 0;
  return (bytes) => {
    const now = performance.now();
    if (now - last < PROGRESS_MS) return;
    last = now;
    report(bytes);
  };
}
