import type { StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

/** A container's row; `record` and `state` are the domain's JSON. */
export interface ContainerRow {
  readonly id: string;
  readonly name: string;
  readonly imageId: string;
  readonly createdMs: number;
  readonly record: string;
  readonly state: string;
}

/** The rows of containers. */
export class ContainerRepository {
  readonly #database: Database;
  readonly #insert: StatementSync;
  readonly #saveState: StatementSync;
  readonly #saveRecord: StatementSync;
  readonly #delete: StatementSync;
  readonly #all: StatementSync;
  readonly #get: StatementSync;

  constructor(database: Database) {
    this.#database = database;
    this.#insert = database.sql.prepare("INSERT INTO containers (id, name, image_id, created_ms, record, state) VALUES (?, ?, ?, ?, ?, ?)");
    this.#saveState = database.sql.prepare("UPDATE containers SET state = ? WHERE id = ?");
    this.#saveRecord = database.sql.prepare("UPDATE containers SET name = ?, record = ? WHERE id = ?");
    this.#delete = database.sql.prepare("DELETE FROM containers WHERE id = ?");
    this.#all = database.sql.prepare("SELECT id, name, image_id AS imageId, created_ms AS createdMs, record, state FROM containers ORDER BY created_ms, id");
    this.#get = database.sql.prepare("SELECT id, name, image_id AS imageId, created_ms AS createdMs, record, state FROM containers WHERE id = ?");
  }

  insert(row: ContainerRow): void {
    this.#insert.run(row.id, row.name, row.imageId, row.createdMs, row.record, row.state);
  }

  saveState(id: string, state: string): void {
    this.#saveState.run(state, id);
  }

  saveRecord(id: string, name: string, record: string): void {
    this.#saveRecord.run(name, record, id);
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  /** Takes a row out, and hands it to `keep` in the same transaction. */
  takeOut(id: string, keep: (row: ContainerRow) => void): void {
    this.#database.transaction(() => {
      const row = this.#get.get(id) as unknown as ContainerRow;
      this.#delete.run(id);
      keep(row);
    });
  }

  /** Puts a row back that was taken out; `forget` runs in the same transaction. */
  putBack(row: ContainerRow, forget: () => void): void {
    this.#database.transaction(() => {
      this.insert(row);
      forget();
    });
  }

  /** Oldest first. */
  all(): ContainerRow[] {
    return this.#all.all() as unknown as ContainerRow[];
  }
}
