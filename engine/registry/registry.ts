import type { IoOptions } from "../base/abort.ts";
import type { Digest } from "../base/ids.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Reference } from "../oci/reference.ts";
import type { HubTagsPage } from "./hub.ts";
import type { RateLimit } from "./rate-limit.ts";
import type { TransportOptions } from "./transport.ts";

/**
 * The OCI distribution protocol as streams, both ways; knows nothing of the content store.
 *
 * Transport: http for loopback and for registries marked insecure, https otherwise; bounded bodies, bounded redirects, credentials never follow a
 * redirect to another host, time-outs on connect, on the first byte and on a stalled body. Retries with backoff for what is temporary
 * (429 with Retry-After, 5xx, resets), never for what is final. Tokens are kept in memory alone, one set for each registry and login.
 */
export interface RegistryCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly identityToken?: string | undefined;
  readonly registryToken?: string | undefined;
}

export interface RegistryOptions extends TransportOptions {
  /** Hosts (`name:port`, or CIDR of addresses) that may be spoken to in plain http or with an unknown certificate. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Addresses (`https://mirror.example/`) that are asked before Docker Hub, in this order. Logins are never sent to them. */
  readonly mirrors?: readonly string[] | undefined;
  /** Docker Hub's web interface, `https://hub.docker.com` unless given. */
  readonly hub?: string | undefined;
  /** Tries for temporary failures; default 5. */
  readonly maxAttempts?: number | undefined;
}

export interface FetchedManifest {
  readonly descriptor: Descriptor;
  readonly bytes: Uint8Array;
}

/** Where a blob can be fetched from by a worker thread, with all headers it needs. */
export interface BlobLocation {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly insecure: boolean;
}

/** What a registry is asked for a blob's address again for. */
export interface LocationOptions extends IoOptions {
  /** Why the last address did not serve: a token that ran out is renewed, a mirror that failed is left out. */
  readonly failed?: unknown;
}

/** A blob's bytes, from any offset. */
export interface BlobSource {
  open(start: number, end: number): AsyncIterable<Uint8Array>;
}

export interface UploadOptions extends IoOptions {
  /** Repositories of the same registry that are thought to have the blob, the best first. */
  readonly mountFrom?: readonly string[] | undefined;
  /** Told of the bytes that were sent. */
  readonly onProgress?: ((bytes: number) => void) | undefined;
  /** Told of a repository that does not have the blob after all. */
  readonly onNotMounted?: ((repository: string) => void) | undefined;
}

export type UploadResult = { readonly type: "uploaded" } | { readonly type: "mounted"; readonly from: string };

export interface RegistryRepository {
  /** How long the registry takes at least until it answers, in milliseconds; undefined before it has. */
  readonly latencyMs: number | undefined;
  /** By tag or digest; verifies the digest. @throws EngineError `notFound`, `unauthorized`, `unavailable`, `dataLoss`, `deadlineExceeded`, `resourceExhausted` */
  manifest(tagOrDigest: string, options?: IoOptions): Promise<FetchedManifest>;
  /** HEAD only. */
  resolve(tagOrDigest: string, options?: IoOptions): Promise<Descriptor>;
  /**
   * The blob's bytes from `offset`; when the connection is cut it continues by range by itself. Ends only after exactly the descriptor's size.
   * Chunks are not verified against the digest: the consumer hashes.
   */
  blob(descriptor: Descriptor, options?: IoOptions & { readonly offset?: number }): AsyncIterable<Uint8Array>;
  /** All tags of the repository, page by page. @throws as {@link manifest} */
  tags(options?: IoOptions): Promise<readonly string[]>;
  /** Where a worker thread can fetch the blob. @throws `failed` when there is no other way */
  location(descriptor: Descriptor, options?: LocationOptions): Promise<BlobLocation>;
  /** Bytes of the blob when the repository has it; HEAD only. */
  blobSize(digest: Digest, options?: IoOptions): Promise<number | undefined>;
  /**
   * Brings a blob into the repository, by mount or upload; see upload.ts.
   * @throws EngineError `forbidden`, `unauthorized`, `unavailable`, `deadlineExceeded`, `resourceExhausted`, `dataLoss`, `cancelled`
   */
  upload(descriptor: Descriptor, source: BlobSource, options?: UploadOptions): Promise<UploadResult>;
  /** Brings a blob into the repository while it is being made: one try, without a mount. @param made its digest, when the bytes of `open` have ended @throws as {@link upload} */
  uploadStream(open: () => AsyncIterable<Uint8Array>, made: Promise<{ readonly digest: Digest }>, options?: UploadOptions): Promise<void>;
  /** Puts a manifest or index under a tag or its digest. @throws EngineError as {@link upload}; `dataLoss` when the registry names another digest */
  putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array, options?: IoOptions): Promise<Digest>;
}

/** The answer of a login. */
export interface Login {
  /** To be kept instead of the password, where the registry gave one. */
  readonly identityToken: string | undefined;
}

export interface CatalogOptions extends IoOptions {
  /** At most this many names; 100 unless given. */
  readonly limit?: number | undefined;
  /** Names after this one. */
  readonly after?: string | undefined;
}

export interface CatalogPage {
  readonly repositories: readonly string[];
  readonly isLast: boolean;
}

/** One image that a search found. */
export interface SearchResult {
  readonly name: string;
  readonly description: string;
  readonly stars: number;
  readonly isOfficial: boolean;
  readonly isAutomated: boolean;
}

export interface Registry {
  repository(reference: Reference, credentials?: RegistryCredentials): RegistryRepository;
  /** Checks credentials at the registry itself. @param domain as in a reference @throws EngineError `unauthorized` when they are refused, `unavailable` */
  login(domain: string, credentials: RegistryCredentials, options?: IoOptions): Promise<Login>;
  /** Names of repositories, in the registry's order. @throws EngineError; `forbidden` or `notImplemented` where the registry lists none */
  catalog(domain: string, credentials: RegistryCredentials | undefined, options?: CatalogOptions): Promise<CatalogPage>;
  /** Looks for images at Docker Hub (`docker.io`) or another index. @throws EngineError `notImplemented` where there is no search */
  search(domain: string, term: string, options?: IoOptions & { readonly limit?: number | undefined }): Promise<readonly SearchResult[]>;
  /** Tags of a public repository at Docker Hub with what the Hub says of them, without counting as pulls; undefined when it does not tell. @param page from 1 */
  hubTags(path: string, page: number, limit: number, options?: IoOptions): Promise<HubTagsPage | undefined>;
  /** What registries said of their limits last, one entry a host. */
  rateLimits(): readonly RateLimit[];
  close(): Promise<void>;
}
