import type { IoOptions } from "../base/abort.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { Reference } from "../oci/reference.ts";

/**
 * The OCI distribution protocol as streams; knows nothing of the content store.
 *
 * Transport: http for loopback and for registries marked insecure, https otherwise; bounded bodies, bounded redirects, credentials never follow a
 * redirect to another host, time-outs on connect, on the first byte and on a stalled body. Retries with backoff for what is temporary
 * (429 with Retry-After, 5xx, resets), never for what is final.
 */
export interface RegistryCredentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  readonly identityToken?: string | undefined;
  readonly registryToken?: string | undefined;
}

export interface RegistryOptions {
  /** Hosts (`name:port`, or CIDR of addresses) that may be spoken to in plain http or with an unknown certificate. */
  readonly insecureRegistries?: readonly string[] | undefined;
  /** Milliseconds without a byte before a connection counts as stalled; default 30,000. */
  readonly stallTimeoutMs?: number | undefined;
  /** Tries for temporary failures; default 5. */
  readonly maxAttempts?: number | undefined;
  readonly userAgent?: string | undefined;
  /** Socket of the forwarder through which loopback hosts are reached, for an engine in a network namespace of its own; see loopback.ts. */
  readonly forwarder?: string | undefined;
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

export interface RegistryRepository {
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
  /** Where a worker thread can fetch the blob. `refresh` asks the registry for new authorization, after a 401. */
  location(descriptor: Descriptor, options?: IoOptions & { readonly refresh?: boolean }): Promise<BlobLocation>;
}

export interface Registry {
  repository(reference: Reference, credentials?: RegistryCredentials): RegistryRepository;
  close(): Promise<void>;
}
