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
import { Authorizer } from "./auth.ts";
import { fetchBlob } from "./blob.ts";
import { accessDenied, registryWords, statusFailure } from "./failures.ts";
import type { Target } from "./failures.ts";
import { isListedInsecure, isLoopback, isPrivate } from "./insecure.ts";
import type { BlobLocation, FetchedManifest, Registry, RegistryCredentials, RegistryOptions, RegistryRepository } from "./registry.ts";
import { retryAfterMs, retrying } from "./retry.ts";
import { HttpTransport, readBounded } from "./transport.ts";
import type { HttpResponse } from "./transport.ts";

const HUB_HOST = "registry-1.docker.io";
const DEFAULT_ATTEMPTS = 5;
const MAX_ERROR_BYTES = 64 << 10;
const MAX_TAG_PAGES = 100;
const ACCEPT = [
  MEDIA_TYPES.ociIndex, MEDIA_TYPES.ociManifest, MEDIA_TYPES.dockerIndex, MEDIA_TYPES.dockerManifest,
  // Asked for only so that such an image is refused with the true reason.
  `${MEDIA_TYPES.dockerSchema1};q=0.1`,
].join(", ");

/** The client of registries over HTTP (OCI distribution specification 1.1, pull). */
export class DistributionRegistry implements Registry {
  readonly #options: RegistryOptions;
  readonly #transport: HttpTransport;
  /** Scheme that worked, for hosts where it had to be found out. */
  readonly #schemes = new Map<string, "http" | "https">();

  constructor(options: RegistryOptions = {}) {
    this.#options = options;
    this.#transport = new HttpTransport(options);
  }

  repository(reference: Reference, credentials?: RegistryCredentials): RegistryRepository {
    const { domain } = reference;
    const insecure = isLoopback(domain) || isListedInsecure(domain, this.#options.insecureRegistries ?? []);
    return new DistributionRepository(reference, {
      transport: this.#transport,
      schemes: this.#schemes,
      insecure,
      maxAttempts: this.#options.maxAttempts ?? DEFAULT_ATTEMPTS,
      authorizer: new Authorizer(credentials),
    });
  }

  async close(): Promise<void> {
    this.#transport.close();
  }
}

interface Connection {
  readonly transport: HttpTransport;
  readonly schemes: Map<string, "http" | "https">;
  readonly insecure: boolean;
  readonly maxAttempts: number;
  readonly authorizer: Authorizer;
}

class DistributionRepository implements RegistryRepository {
  readonly #reference: Reference;
  readonly #connection: Connection;
  readonly #host: string;

  constructor(reference: Reference, connection: Connection) {
    this.#reference = reference;
    this.#connection = connection;
    this.#host = reference.domain === "docker.io" ? HUB_HOST : reference.domain;
  }

  async manifest(tagOrDigest: string, options: IoOptions = {}): Promise<FetchedManifest> {
    const target = this.#target(tagOrDigest);
    const response = await this.#request("GET", `manifests/${tagOrDigest}`, { accept: ACCEPT }, target, options);
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
    const response = await this.#request("HEAD", `manifests/${tagOrDigest}`, { accept: ACCEPT }, target, options);
    response.discard();
    const digest = headerDigest(response) ?? (isDigest(tagOrDigest) ? tagOrDigest : undefined);
    const size = Number(response.headers["content-length"]);
    // Registries need not send these with HEAD.
    if (digest === undefined || !Number.isSafeInteger(size)) return (await this.manifest(tagOrDigest, options)).descriptor;
    return { mediaType: mediaTypeOf(response), digest, size };
  }

  blob(descriptor: Descriptor, options: IoOptions & { readonly offset?: number } = {}): AsyncIterable<Uint8Array> {
    return fetchBlob(descriptor, {
      transport: this.#connection.transport,
      locate: (refresh) => this.location(descriptor, { ...options, refresh }),
      target: this.#blobTarget(descriptor),
      maxAttempts: this.#connection.maxAttempts,
      ...options,
    });
  }

  async tags(options: IoOptions = {}): Promise<readonly string[]> {
    const target = this.#target("tags");
    const tags = new Set<string>();
    let last: string | undefined;
    for (let page = 0; page < MAX_TAG_PAGES; page++) {
      const response = await this.#request("GET", `tags/list?n=1000${last === undefined ? "" : `&last=${encodeURIComponent(last)}`}`, {}, target, options);
      const found = parseTags(await readBounded(response, MAX_MANIFEST_BYTES, `the list of tags of ${target.repository}`));
      for (const tag of found) tags.add(tag);
      last = found.at(-1);
      if (last === undefined || response.headers.link === undefined) break;
    }
    return [...tags];
  }

  async location(descriptor: Descriptor, options: IoOptions & { readonly refresh?: boolean } = {}): Promise<BlobLocation> {
    const { authorizer, insecure } = this.#connection;
    const path = `blobs/${descriptor.digest}`;
    if (options.refresh === true || !this.#connection.schemes.has(this.#host)) {
      (await this.#request("HEAD", path, {}, this.#blobTarget(descriptor), options)).discard();
    }
    const header = authorizer.header;
    return { url: this.#url(path).href, headers: header === undefined ? {} : { authorization: header }, insecure };
  }

  #target(tagOrDigest: string): Target {
    const repository = familiarName(this.#reference);
    return { registry: this.#reference.domain, repository, subject: `${repository}${isDigest(tagOrDigest) ? "@" : ":"}${tagOrDigest}` };
  }

  #blobTarget(descriptor: Descriptor): Target {
    return { registry: this.#reference.domain, repository: familiarName(this.#reference), subject: `layer ${descriptor.digest}` };
  }

  #url(path: string): URL {
    const scheme = this.#connection.schemes.get(this.#host) ?? this.#firstScheme();
    return new URL(`${scheme}://${this.#host}/v2/${this.#reference.path}/${path}`);
  }

  #firstScheme(): "http" | "https" {
    return isLoopback(this.#host) ? "http" : "https";
  }

  #request(method: "GET" | "HEAD", path: string, headers: Readonly<Record<string, string>>, target: Target, { signal }: IoOptions): Promise<HttpResponse> {
    return retrying(this.#connection.maxAttempts, signal, async () => {
      const response = await this.#sendWithScheme(method, path, headers, target, signal).catch((error: unknown) => {
        // Where nothing listens at the very first request, waiting does not help.
        if (isEngineError(error) && error.details["reason"] === "ECONNREFUSED") throw new EngineError(error.code, error.message, { cause: error });
        throw error;
      });
      if (response.status >= 200 && response.status < 300) return response;
      const words = registryWords(await readBounded(response, MAX_ERROR_BYTES, "the error").catch(() => new Uint8Array()));
      throw statusFailure(response.status, words, target, { authenticated: this.#connection.authorizer.hasCredentials, retryAfterMs: retryAfterMs(response.headers["retry-after"]) });
    });
  }

  /** Registries on loopback or marked insecure may speak http or https: the first answer decides. */
  async #sendWithScheme(method: "GET" | "HEAD", path: string, headers: Readonly<Record<string, string>>, target: Target, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const { schemes, insecure } = this.#connection;
    const first = this.#firstScheme();
    if (!insecure || schemes.has(this.#host)) {
      const response = await this.#authorized(method, path, headers, target, signal);
      schemes.set(this.#host, schemes.get(this.#host) ?? first);
      return response;
    }
    let refusal: unknown;
    try {
      const response = await this.#authorized(method, path, headers, target, signal);
      // What Go's and nginx's TLS servers say to plain http.
      const meansTls = first === "http" && response.status === 400 && response.headers["docker-distribution-api-version"] === undefined;
      if (!meansTls) {
        schemes.set(this.#host, first);
        return response;
      }
      response.discard();
    } catch (error) {
      if (!meansOtherScheme(error, first)) throw error;
      refusal = error;
    }
    schemes.set(this.#host, first === "http" ? "https" : "http");
    try {
      return await this.#authorized(method, path, headers, target, signal);
    } catch (error) {
      schemes.delete(this.#host);
      throw refusal ?? error;
    }
  }

  async #authorized(method: "GET" | "HEAD", path: string, headers: Readonly<Record<string, string>>, target: Target, signal: AbortSignal | undefined): Promise<HttpResponse> {
    const { transport, authorizer, insecure } = this.#connection;
    const url = this.#url(path);
    const send = (): Promise<HttpResponse> => {
      const authorization = authorizer.header;
      return transport.send({ method, url, headers: { ...headers, ...(authorization === undefined ? {} : { authorization }) }, insecure, registry: target.registry, signal });
    };
    const response = await send();
    if (response.status !== 401) return response;
    response.discard();
    await authorizer.answer(response.headers["www-authenticate"], { transport, host: this.#host, insecure: insecure && isPrivate(this.#host), target, scope: `repository:${this.#reference.path}:pull`, signal });
    const answered = await send();
    if (answered.status !== 401 || authorizer.hasCredentials) return answered;
    const words = registryWords(await readBounded(answered, MAX_ERROR_BYTES, "the error").catch(() => new Uint8Array()));
    throw accessDenied(target, words);
  }
}

function meansOtherScheme(error: unknown, tried: "http" | "https"): boolean {
  const reason = isEngineError(error) ? String(error.details["reason"]) : "";
  return tried === "http" ? /^HPE_|^ECONNRESET$/.test(reason) : ["EPROTO", "ERR_SSL_WRONG_VERSION_NUMBER", "ERR_SSL_PACKET_LENGTH_TOO_LONG", "ECONNREFUSED"].includes(reason);
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
