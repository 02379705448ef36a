import type { AsyncDisposable } from "../base/disposable.ts";
import type { IoOptions } from "../base/abort.ts";
import type { Digest } from "../base/ids.ts";

/**
 * The content store keeps immutable blobs by digest.
 *
 * A blob is visible only after its bytes were hashed and the digest matched: never a partial or wrong blob under a digest.
 * Bytes in transit live in an *ingest*, named by a `ref` the caller chooses (for a pull: the digest). An ingest survives a
 * crash: opening the same ref again continues after `offset` bytes. One writer at a time per ref.
 * Files lie at `<root>/blobs/sha256/<hex>` and `<root>/ingest/<hash of ref>`, so that worker threads can read blobs by path.
 */

export interface BlobInfo {
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly createdAt: Date;
}

/** A writer of one ingest. Disposing without commit keeps the bytes for a later resume. */
export interface ContentWriter extends AsyncDisposable {
  readonly ref: string;
  /** Bytes already held; write continues there. */
  readonly offset: number;
  /** Of the bytes so far: what a lease must name before `commit` publishes them. */
  readonly digest: Digest;
  /** Appends bytes; resolves when more may be written (back-pressure). @throws EngineError `resourceExhausted` on a full disk */
  write(chunk: Uint8Array): Promise<void>;
  /**
   * Verifies and publishes. A blob already there is fine: the ingest is dropped.
   * @throws EngineError `dataLoss` when size or digest differ; the ingest is then removed.
   */
  commit(expected: { readonly digest?: Digest | undefined; readonly size?: number | undefined }, options?: IoOptions): Promise<BlobInfo>;
  /** Drops the bytes. */
  abandon(): Promise<void>;
}

export interface ContentReader {
  /** @throws EngineError `notFound` */
  info(digest: Digest): Promise<BlobInfo>;
  has(digest: Digest): Promise<boolean>;
  /** A byte stream of the blob or of a range of it. @throws EngineError `notFound` */
  open(digest: Digest, range?: { readonly start?: number; readonly end?: number }): Promise<ReadableStream<Uint8Array>>;
  /** The whole blob in memory; for manifests and configs. @throws EngineError `notFound`, `resourceExhausted` above `maxBytes` (default 8 MiB) */
  read(digest: Digest, maxBytes?: number): Promise<Uint8Array>;
  /** The blob's path, for worker threads and sendfile-like use. Read only. @throws EngineError `notFound` */
  pathOf(digest: Digest): Promise<string>;
}

export interface ContentIngester {
  /** Opens or resumes the ingest `ref`. @throws EngineError `unavailable` when another writer holds it */
  writer(ref: string, options?: IoOptions): Promise<ContentWriter>;
  /** Publishes bytes that are in memory. */
  put(bytes: Uint8Array, expected?: Digest): Promise<BlobInfo>;
  /** Adopts a finished file on the same file system (written and hashed by a worker) by renaming it. @throws EngineError `dataLoss` on a size mismatch */
  adopt(file: string, digest: Digest, size: number): Promise<BlobInfo>;
  /** The path a worker may write an ingest to; resumes when it exists. */
  ingestPath(ref: string): string;
}

export interface ContentStore extends ContentReader, ContentIngester {
  list(): AsyncIterable<BlobInfo>;
  /** @throws EngineError `notFound` */
  delete(digest: Digest): Promise<void>;
  /** Removes ingests untouched since `before`. Returns how many. */
  sweepIngests(before: Date): Promise<number>;
}
