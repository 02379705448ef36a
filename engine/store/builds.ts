import type { StatementSync } from "node:sqlite";
import type { Digest, SnapshotKey } from "../base/ids.ts";
import type { Database } from "./database.ts";

/** The result of a step: a layer, and how it came to be used. Times in milliseconds since the epoch. */
export interface BuildCacheRow {
  readonly id: string;
  readonly snapshot: SnapshotKey;
  readonly parent: string | null;
  readonly description: string;
  /** Of the layer, in bytes. */
  readonly size: number;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly uses: number;
  readonly diffId: Digest | null;
  /** Of the layer's uncompressed tar, in bytes. */
  readonly tarSize: number | null;
}

/** What went into a step when it was built last. */
export interface BuildSiteRow {
  readonly site: string;
  readonly inputs: string;
  readonly manifest: Uint8Array | null;
}

const COLUMNS = "id, snapshot, parent, description, size, created_at AS createdAt, last_used_at AS lastUsedAt, uses, diff_id AS diffId, tar_size AS tarSize";
/** Sites remembered; the least recently built go first. */
const MAX_SITES = 20_000;

/** Records of the build cache. */
export class BuildCacheRecords {
  readonly #database: Database;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: Database) {
    this.#database = database;
  }

  list(): BuildCacheRow[] {
    return this.#prepare(`SELECT ${COLUMNS} FROM build_cache ORDER BY created_at, id`).all() as unknown as BuildCacheRow[];
  }

  get(id: string): BuildCacheRow | undefined {
    return this.#prepare(`SELECT ${COLUMNS} FROM build_cache WHERE id = ?`).get(id) as BuildCacheRow | undefined;
  }

  byKey(key: string): BuildCacheRow | undefined {
    return this.#prepare(`SELECT ${COLUMNS} FROM build_cache JOIN build_cache_keys ON record = id WHERE key = ?`).get(key) as BuildCacheRow | undefined;
  }

  /** Records a result under its keys; keys that led elsewhere lead here now. */
  insert(row: BuildCacheRow, keys: readonly string[]): void {
    this.#database.transaction(() => {
      this.#prepare("INSERT INTO build_cache (id, snapshot, parent, description, size, created_at, last_used_at, uses, diff_id, tar_size) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
        .run(row.id, row.snapshot, row.parent, row.description, row.size, row.createdAt, row.lastUsedAt, row.uses, row.diffId, row.tarSize);
      for (const key of keys) this.setKey(key, row.id);
    });
  }

  setKey(key: string, record: string): void {
    this.#prepare("INSERT INTO build_cache_keys (key, record) VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET record = excluded.record").run(key, record);
  }

  touch(id: string, at: number): void {
    this.#prepare("UPDATE build_cache SET last_used_at = ?, uses = uses + 1 WHERE id = ?").run(at, id);
  }

  setLayer(id: string, diffId: Digest, tarSize: number): void {
    this.#prepare("UPDATE build_cache SET diff_id = ?, tar_size = ? WHERE id = ?").run(diffId, tarSize, id);
  }

  remove(ids: readonly string[]): void {
    this.#database.transaction(() => {
      for (const id of ids) this.#prepare("DELETE FROM build_cache WHERE id = ?").run(id);
    });
  }

  site(site: string): BuildSiteRow | undefined {
    return this.#prepare("SELECT site, inputs, manifest FROM build_sites WHERE site = ?").get(site) as BuildSiteRow | undefined;
  }

  putSite({ site, inputs, manifest }: BuildSiteRow, at: number): void {
    this.#prepare("INSERT INTO build_sites (site, inputs, manifest, used_at) VALUES (?, ?, ?, ?) ON CONFLICT (site) DO UPDATE SET inputs = excluded.inputs, manifest = excluded.manifest, used_at = excluded.used_at")
      .run(site, inputs, manifest, at);
  }

  /** Forgets the sites that were not built for longest. */
  trimSites(): void {
    this.#prepare("DELETE FROM build_sites WHERE site IN (SELECT site FROM build_sites ORDER BY used_at DESC LIMIT -1 OFFSET ?)").run(MAX_SITES);
  }

  #prepare(query: string): StatementSync {
    let statement = this.#statements.get(query);
    if (statement === undefined) this.#statements.set(query, (statement = this.#database.sql.prepare(query)));
    return statement;
  }
}
