import type { StatementSync } from "node:sqlite";
import type { SnapshotKey } from "../base/ids.ts";
import type { Database } from "./database.ts";

export interface SnapshotRow {
  readonly key: SnapshotKey;
  readonly directory: string;
  readonly kind: "committed" | "active";
  readonly parent: SnapshotKey | null;
  readonly createdAt: number;
  readonly size: number | null;
  /** Bytes on the disk; null until measured. */
  readonly occupied: number | null;
}

const COLUMNS = "key, directory, kind, parent, created_at AS createdAt, size, occupied";

/** Records of snapshots. */
export class SnapshotRecords {
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #chain: StatementSync;
  readonly #children: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #rename: StatementSync;
  readonly #adopt: StatementSync;
  readonly #setOccupied: StatementSync;
  readonly #database: Database;

  constructor(database: Database) {
    const { sql } = database;
    this.#database = database;
    this.#get = sql.prepare(`SELECT ${COLUMNS} FROM snapshots WHERE key = ?`);
    this.#list = sql.prepare(`SELECT ${COLUMNS} FROM snapshots ORDER BY created_at, key`);
    this.#chain = sql.prepare(`
      WITH RECURSIVE chain (depth, key) AS (
        SELECT 0, ? UNION ALL SELECT depth + 1, parent FROM chain JOIN snapshots USING (key) WHERE parent IS NOT NULL
      ) SELECT ${COLUMNS} FROM chain JOIN snapshots USING (key) ORDER BY depth`);
    this.#children = sql.prepare("SELECT count(*) AS count FROM snapshots WHERE parent = ?");
    this.#insert = sql.prepare("INSERT INTO snapshots (key, directory, kind, parent, created_at, size, occupied) VALUES (?, ?, ?, ?, ?, ?, ?)");
    this.#delete = sql.prepare("DELETE FROM snapshots WHERE key = ?");
    this.#rename = sql.prepare("UPDATE snapshots SET key = ?, parent = ? WHERE key = ?");
    this.#adopt = sql.prepare("UPDATE snapshots SET parent = ? WHERE parent = ?");
    this.#setOccupied = sql.prepare("UPDATE snapshots SET occupied = ? WHERE key = ? AND kind = 'committed'");
  }

  get(key: SnapshotKey): SnapshotRow | undefined {
    return this.#get.get(key) as SnapshotRow | undefined;
  }

  list(): SnapshotRow[] {
    return this.#list.all() as unknown as SnapshotRow[];
  }

  /** `key` and what it stands on, top first; empty when it does not exist. */
  chain(key: SnapshotKey): SnapshotRow[] {
    return this.#chain.all(key) as unknown as SnapshotRow[];
  }

  childCount(key: SnapshotKey): number {
    return (this.#children.get(key) as { count: number }).count;
  }

  insert(row: SnapshotRow): void {
    this.#insert.run(row.key, row.directory, row.kind, row.parent, row.createdAt, row.size, row.occupied);
  }

  /** Renames a snapshot and gives it a parent; its children follow. */
  rename(key: SnapshotKey, to: SnapshotKey, parent: SnapshotKey | null): void {
    this.#database.transaction(() => {
      this.#database.sql.exec("PRAGMA defer_foreign_keys = ON");
      this.#rename.run(to, parent, key);
      this.#adopt.run(to, key);
    });
  }

  setOccupied(sizes: Iterable<readonly [SnapshotKey, number]>): void {
    this.#database.transaction(() => {
      for (const [key, bytes] of sizes) this.#setOccupied.run(bytes, key);
    });
  }

  delete(key: SnapshotKey): void {
    this.#delete.run(key);
  }
}
