import { EngineError, isEngineError } from "../base/errors.ts";
import type { IoOptions } from "../base/abort.ts";
import { digestOf, isDigest } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";
import { MEDIA_TYPES } from "../oci/descriptor.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import { MAX_MANIFEST_BYTES } from "../oci/manifest.ts";
import { familiarName, parseTag } from "../oci/reference.ts";
import type { Reference } from "../oci/reference.ts";
import { Reader } from "../oci/validate.ts";
import { fetchBlob } from "./blob.ts";
import type { Endpoint } from "./endpoint.ts";
import type { Target } from "./failures.ts";
import { isPrivate } from "./insecure.ts";
import type { BlobLocation, BlobSource, FetchedManifest, LocationOptions, RegistryRepository, UploadOptions, UploadResult } from "./registry.ts";
import { readBounded } from "./transport.ts";
import type { HttpResponse } from "./exchange.ts";
import { pushScopes, uploadBlob, uploadStream } from "./upload.ts";

const MAX_TAG_PAGES = 100;
const ACCEPT = [
  MEDIA_TYPES.ociIndex, MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerIndex, MEDIA_TYPES.dockerManifest,
  // Asked for only so that such an image is refused with the true reason.
  `${MEDIA_TYPES.dockerSchema1};q=0.1`,
].join(", ");

/** One repository at one registry. */
export class DistributionRepository implements RegistryRepository {
  readonly #reference: Reference;
  readonly #endpoint: Endpoint;
  /** Layers that were looked for elsewhere. */
  readonly #foreign = new Set<Digest>();

  constructor(reference: Reference, endpoint: Endpoint) {
    this.#reference = reference;
    this.#endpoint = endpoint;
  }

  get latencyMs(): number | undefined {
    return this.#endpoint.latencyMs;
  }

  async manifest(tagOrDigest: string, options: IoOptions = {}): Promise<FetchedManifest> {
    const target = this.#target(tagOrDigest);
    const response = await this.#read("GET", `manifests/${tagOrDigest}`, { accept: ACCEPT }, target, options);
    const bytes = await readBounded(response, MAX_MANIFEST_BYTES, `the manifest of ${target.subject}`);
    const digest = digestOf(bytes);
    const expected = isDigest(tagOrDigest) ? tagOrDigest : headerDigest(response);
    if (expected !== undefined && expected !== digest) {
      throw new EngineError("dataLoss", `the registry ${target.registry} sent a manifest of ${target.subject} with the digest ${digest}, expected ${expected}`);
    }
    return { descriptor: { mediaType: mediaTypeOf(response), digest, size: bytes.byteLength }, bytes };
  }

  async resolve(tagOrDigest: string, options: IoOptions = {}): Promise<Descriptor> {
    const target = this.#target(tagOrDigest);
    const response = await this.#read("HEAD", `manifests/${tagOrDigest}`, { accept: ACCEPT }, target, options);
    response.discard();
    const digest = headerDigest(response) ?? (isDigest(tagOrDigest) ? tagOrDigest : undefined);
    const size = Number(response.headers["content-length"]);
    // Registries need not send these with HEAD.
    if (digest === undefined || !Number.isSafeInteger(size)) return (await this.manifest(tagOrDigest, options)).descriptor;
    return { mediaType: mediaTypeOf(response), digest, size };
  }

  blob(descriptor: Descriptor, options: IoOptions & { readonly offset?: number } = {}): AsyncIterable<Uint8Array> {
    return fetchBlob(descriptor, {
      transport: this.#endpoint.transport,
      locate: (failed) => this.location(descriptor, { ...options, failed }),
      target: this.#blobTarget(descriptor),
      maxAttempts: this.#endpoint.maxAttempts,
      ...options,
    });
  }

  async tags(options: IoOptions = {}): Promise<readonly string[]> {
    const target = this.#target("tags");
    const tags = new Set<string>();
    let last: string | undefined;
    for (let page = 0; page < MAX_TAG_PAGES; page++) {
      const response = await this.#read("GET", `tags/list?n=1000${last === undefined ? "" : `&last=${encodeURIComponent(last)}`}`, {}, target, options);
      const found = parseTags(await readBounded(response, MAX_MANIFEST_BYTES, `the list of tags of ${target.repository}`));
      for (const tag of found) tags.add(tag);
      last = found.at(-1);
      if (last === undefined || response.headers.link === undefined) break;
    }
    return [...tags];
  }

  async location(descriptor: Descriptor, options: LocationOptions = {}): Promise<BlobLocation> {
    const path = `blobs/${descriptor.digest}`;
    const target = this.#blobTarget(descriptor);
    const isExpired = isTokenRefusal(options.failed);
    if (options.failed !== undefined && !isExpired) {
      const elsewhere = this.#elsewhere(descriptor, options.failed);
      if (elsewhere === undefined) throw options.failed;
      return { url: elsewhere.href, headers: {}, insecure: false };
    }
    if (isExpired || !this.#endpoint.isKnown) (await this.#read("HEAD", path, {}, target, options)).discard();
    const header = await this.#endpoint.authorization({ scopes: this.#pullScopes, target, signal: options.signal });
    return { url: this.#endpoint.url(`${this.#reference.path}/${path}`).href, headers: header === undefined ? {} : { authorization: header }, insecure: this.#endpoint.insecure };
  }

  /** Where a layer that registries are not to be given can be had (OCI descriptor, `urls`): once, and nowhere in a network that the registry is not in itself. */
  #elsewhere({ digest, urls = [] }: Descriptor, failed: unknown): URL | undefined {
    if (!isEngineError(failed, "notFound") || this.#foreign.has(digest)) return undefined;
    this.#foreign.add(digest);
    const usable = urls.map((text) => (URL.canParse(text) ? new URL(text) : undefined)).filter((url) => url !== undefined && /^https?:$/.test(url.protocol) && url.username === "" && url.password === "");
    return usable.find((url) => !isPrivate(url!.host) || isPrivate(this.#endpoint.host));
  }

  async blobSize(digest: Digest, options: IoOptions = {}): Promise<number | undefined> {
    const target = { ...this.#target("layer"), subject: `layer ${digest}`, action: "push" as const };
    const response = await this.#endpoint.request({ method: "HEAD", path: `${this.#reference.path}/blobs/${digest}`, scopes: pushScopes(this.#reference.path), target, accept: [404], signal: options.signal });
    response.discard();
    const size = Number(response.headers["content-length"]);
    return response.status === 404 ? undefined : Number.isSafeInteger(size) ? size : 0;
  }

  upload(descriptor: Descriptor, source: BlobSource, options: UploadOptions = {}): Promise<UploadResult> {
    return uploadBlob({ ...options, endpoint: this.#endpoint, repository: this.#reference.path, descriptor, source, target: { ...this.#blobTarget(descriptor), action: "push" } });
  }

  uploadStream(open: () => AsyncIterable<Uint8Array>, made: Promise<{ readonly digest: Digest }>, options: UploadOptions = {}): Promise<void> {
    const target: Target = { ...this.#target("layer"), subject: "a layer", action: "push" };
    return uploadStream({ ...options, endpoint: this.#endpoint, repository: this.#reference.path, target }, open, made);
  }

  async putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array, { signal }: IoOptions = {}): Promise<Digest> {
    const target: Target = { ...this.#target(tagOrDigest), action: "push" };
    const path = `${this.#reference.path}/manifests/${tagOrDigest}`;
    const response = await this.#endpoint.request({ method: "PUT", path, headers: { "content-type": mediaType }, body: bytes, scopes: pushScopes(this.#reference.path), target, signal });
    response.discard();
    const digest = digestOf(bytes);
    const said = headerDigest(response);
    if (said !== undefined && said !== digest) throw new EngineError("dataLoss", `the registry ${target.registry} keeps ${target.subject} under the digest ${said}, not ${digest}: it changed the manifest`);
    return digest;
  }

  get #pullScopes(): readonly string[] {
    return [`repository:${this.#reference.path}:pull`];
  }

  #read(method: "GET" | "HEAD", path: string, headers: Readonly<Record<string, string>>, target: Target, { signal }: IoOptions): Promise<HttpResponse> {
    return this.#endpoint.request({ method, path: `${this.#reference.path}/${path}`, headers, scopes: this.#pullScopes, target, signal });
  }

  #target(tagOrDigest: string): Target {
    const repository = familiarName(this.#reference);
    return { registry: this.#reference.domain, repository, subject: `${repository}${isDigest(tagOrDigest) ? "@" : ":"}${tagOrDigest}` };
  }

  #blobTarget(descriptor: Descriptor): Target {
    return { registry: this.#reference.domain, repository: familiarName(this.#reference), subject: `layer ${descriptor.digest}` };
  }
}

/** Whether a blob was refused for its token, which may have run out. */
export function isTokenRefusal(error: unknown): boolean {
  return isEngineError(error) && (error.details["status"] === 401 || error.details["tokenExpired"] === true);
}

function headerDigest(response: HttpResponse): Digest | undefined {
  const header = response.headers["docker-content-digest"];
  return typeof header === "string" && isDigest(header) ? header : undefined;
}

function mediaTypeOf(response: HttpResponse): string {
  return (response.headers["content-type"] ?? "").split(";")[0]!.trim().toLowerCase();
}

/** @throws EngineError `invalidArgument` */
function parseTags(bytes: Uint8Array): readonly string[] {
  const read = new Reader("the list of tags");
  return (read.optional(read.parse(bytes, MAX_MANIFEST_BYTES)["tags"], (tags) => read.strings(tags, "tags")) ?? []).map(parseTag);
}
