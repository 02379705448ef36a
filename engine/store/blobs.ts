import type { StatementSync } from "node:sqlite";
import type { Digest } from "../base/ids.ts";
import type { Database } from "./database.ts";

/** A blob by digest and size in bytes. */
export interface BlobRow {
  readonly digest: Digest;
  readonly size: number;
}

/** Rows of each kind that are kept; the oldest go first. They are hints, and losing one costs time alone. */
const MAX_ROWS = 20_000;
/** Removing old rows is worth a statement only now and then. */
const TRIM_EVERY = 500;

/** What is known of blobs besides their bytes: compressed forms, and repositories that have them. */
export class BlobRecords {
  readonly #database: Database;
  readonly #statements = new Map<string, StatementSync>();
  #writes = 0;

  constructor(database: Database) {
    this.#database = database;
  }

  /** The compressed form of an uncompressed blob, as it was made once. Its bytes may be gone. */
  compressedOf(source: Digest): BlobRow | undefined {
    return this.#prepare("SELECT digest, size FROM compressed_blobs WHERE source = ?").get(source) as BlobRow | undefined;
  }

  putCompressed(source: Digest, { digest, size }: BlobRow): void {
    this.#prepare("INSERT INTO compressed_blobs (source, digest, size, made_at) VALUES (?, ?, ?, ?) ON CONFLICT (source) DO UPDATE SET digest = excluded.digest, size = excluded.size, made_at = excluded.made_at").run(source, digest, size, Date.now());
    this.#trim();
  }

  /** Repositories of `registry` that have the blob, the last seen first. */
  repositoriesOf(digest: Digest, registry: string): readonly string[] {
    return this.#prepare("SELECT repository FROM blob_sources WHERE digest = ? AND registry = ? ORDER BY seen_at DESC, repository LIMIT 10").all(digest, registry).map((row) => row["repository"] as string);
  }

  /** Whether the blob came from, or went to, a registry as it is. */
  isKnownAnywhere(digest: Digest): boolean {
    return this.#prepare("SELECT 1 FROM blob_sources WHERE digest = ? LIMIT 1").get(digest) !== undefined;
  }

  /** Never fails: what a full disk does not take is a hint less. */
  addSource(digests: readonly Digest[], registry: string, repository: string): void {
    try {
      this.#database.transaction(() => {
        for (const digest of digests) this.#prepare("INSERT INTO blob_sources (digest, registry, repository, seen_at) VALUES (?, ?, ?, ?) ON CONFLICT DO UPDATE SET seen_at = excluded.seen_at").run(digest, registry, repository, Date.now());
      });
      this.#trim();
    } catch {
      return;
    }
  }

  removeSource(digest: Digest, registry: string, repository: string): void {
    this.#prepare("DELETE FROM blob_sources WHERE digest = ? AND registry = ? AND repository = ?").run(digest, registry, repository);
  }

  #trim(): void {
    if (++this.#writes % TRIM_EVERY !== 0) return;
    this.#prepare("DELETE FROM blob_sources WHERE seen_at < (SELECT seen_at FROM blob_sources ORDER BY seen_at DESC LIMIT 1 OFFSET ?)").run(MAX_ROWS);
    this.#prepare("DELETE FROM compressed_blobs WHERE made_at < (SELECT made_at FROM compressed_blobs ORDER BY made_at DESC LIMIT 1 OFFSET ?)").run(MAX_ROWS);
  }

  #prepare(query: string): StatementSync {
    let statement = this.#statements.get(query);
    if (statement === undefined) this.#statements.set(query, (statement = this.#database.sql.prepare(query)));
    return statement;
  }
}
