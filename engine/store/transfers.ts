import type { StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

/** A transfer as it is recorded; times in milliseconds since the epoch, sizes in bytes. */
export interface TransferRow {
  readonly id: string;
  readonly kind: string;
  readonly reference: string;
  /** JSON. */
  readonly request: string;
  readonly state: string;
  readonly error: string | null;
  readonly current: number;
  readonly total: number;
  /** JSON list of digests and snapshot keys. */
  readonly holds: string;
  readonly createdAt: number;
  readonly updatedAt: number;
}

const COLUMNS = "id, kind, reference, request, state, error, current, total, holds, created_at AS createdAt, updated_at AS updatedAt";

/** Records of pulls and pushes. */
export class TransferRecords {
  readonly #database: Database;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: Database) {
    this.#database = database;
  }

  list(): readonly TransferRow[] {
    return this.#prepare(`SELECT ${COLUMNS} FROM transfers ORDER BY created_at, rowid`).all() as unknown as TransferRow[];
  }

  put(row: TransferRow): void {
    this.#prepare(`INSERT INTO transfers (id, kind, reference, request, state, error, current, total, holds, created_at, updated_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
      ON CONFLICT (id) DO UPDATE SET state = excluded.state, error = excluded.error, current = excluded.current, total = excluded.total, holds = excluded.holds, updated_at = excluded.updated_at`)
      .run(row.id, row.kind, row.reference, row.request, row.state, row.error, row.current, row.total, row.holds, row.createdAt, row.updatedAt);
  }

  remove(id: string): void {
    this.#prepare("DELETE FROM transfers WHERE id = ?").run(id);
  }

  #prepare(query: string): StatementSync {
    let statement = this.#statements.get(query);
    if (statement === undefined) this.#statements.set(query, (statement = this.#database.sql.prepare(query)));
    return statement;
  }
}
