import type { IoOptions } from "../base/abort.ts";
import { EngineError, isCancelled } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import type { Descriptor } from "../oci/descriptor.ts";
import type { BlobLocation, BlobSource, FetchedManifest, LocationOptions, RegistryRepository, UploadOptions, UploadResult } from "./registry.ts";
import { isTokenRefusal } from "./repository.ts";

/** A mirror's host, and whether it is spoken to in plain http. */
export interface Mirror {
  readonly host: string;
  readonly secure: boolean;
}

/**
 * Reads a mirror's address as dockerd takes it: a scheme, a host, and nothing else.
 * @throws EngineError `invalidArgument`
 */
export function parseMirror(text: string): Mirror {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const refuse = (why: string): EngineError => new EngineError("invalidArgument", `invalid mirror: ${why}: ${JSON.stringify(url === undefined ? text.slice(0, 200) : `${url.protocol}//${url.host}${url.pathname}`)} should be like https://mirror.example`);
  if (url === undefined || !/^https?:$/.test(url.protocol)) throw refuse("it is no http or https address");
  if (url.username !== "" || url.password !== "") throw refuse("a user name and password have no place in it");
  if (url.pathname !== "/" || url.search !== "" || url.hash !== "") throw refuse("it has a path, a query or a fragment");
  return { host: url.host, secure: url.protocol === "https:" };
}

/** A repository that is read from mirrors first, each until it fails, and written to itself. */
export class MirroredRepository implements RegistryRepository {
  /** Those that have not failed yet; the origin last. */
  readonly #sources: RegistryRepository[];
  readonly #origin: RegistryRepository;

  constructor(mirrors: readonly RegistryRepository[], origin: RegistryRepository) {
    this.#sources = [...mirrors, origin];
    this.#origin = origin;
  }

  get latencyMs(): number | undefined {
    return this.#sources[0]!.latencyMs;
  }

  manifest(tagOrDigest: string, options: IoOptions = {}): Promise<FetchedManifest> {
    return this.#first((source) => source.manifest(tagOrDigest, options));
  }

  resolve(tagOrDigest: string, options: IoOptions = {}): Promise<Descriptor> {
    return this.#first((source) => source.resolve(tagOrDigest, options));
  }

  tags(options: IoOptions = {}): Promise<readonly string[]> {
    return this.#first((source) => source.tags(options));
  }

  async *blob(descriptor: Descriptor, options: IoOptions & { readonly offset?: number } = {}): AsyncGenerator<Uint8Array, void, void> {
    for (let offset = options.offset ?? 0; ; ) {
      const source = this.#sources[0]!;
      try {
        for await (const chunk of source.blob(descriptor, { ...options, offset })) {
          offset += chunk.byteLength;
          yield chunk;
        }
        return;
      } catch (error) {
        this.#leave(source, error);
      }
    }
  }

  location(descriptor: Descriptor, { failed, ...options }: LocationOptions = {}): Promise<BlobLocation> {
    if (failed === undefined || isTokenRefusal(failed)) return this.#first((source) => source.location(descriptor, { ...options, failed }));
    this.#leave(this.#sources[0]!, failed);
    return this.#first((source) => source.location(descriptor, options));
  }

  blobSize(digest: Digest, options?: IoOptions): Promise<number | undefined> {
    return this.#origin.blobSize(digest, options);
  }

  upload(descriptor: Descriptor, source: BlobSource, options?: UploadOptions): Promise<UploadResult> {
    return this.#origin.upload(descriptor, source, options);
  }

  uploadStream(open: () => AsyncIterable<Uint8Array>, made: Promise<{ readonly digest: Digest }>, options?: UploadOptions): Promise<void> {
    return this.#origin.uploadStream(open, made, options);
  }

  putManifest(tagOrDigest: string, mediaType: string, bytes: Uint8Array, options?: IoOptions): Promise<Digest> {
    return this.#origin.putManifest(tagOrDigest, mediaType, bytes, options);
  }

  async #first<T>(work: (source: RegistryRepository) => Promise<T>): Promise<T> {
    for (;;) {
      const source = this.#sources[0]!;
      try {
        return await work(source);
      } catch (error) {
        this.#leave(source, error);
      }
    }
  }

  /** A mirror that fails is left alone until the end of this pull. @throws `error` when it was the origin's, or a cancellation */
  #leave(source: RegistryRepository, error: unknown): void {
    if (source === this.#origin || isCancelled(error)) throw error;
    const place = this.#sources.indexOf(source);
    if (place >= 0) this.#sources.splice(place, 1);
  }
}
