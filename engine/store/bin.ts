import type { StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

/** What was removed, and can be brought back, as lists show it. Times in milliseconds since the epoch. */
export interface BinLine {
  readonly id: string;
  readonly kind: string;
  readonly name: string;
  /** A few words beside the name. */
  readonly detail: string;
  /** The container that it went with; null for what was removed by itself. */
  readonly owner: string | null;
  readonly removedAt: number;
  readonly expiresAt: number;
  /** Bytes; null until measured. */
  readonly size: number | null;
}

export interface BinRow extends BinLine {
  /** JSON. */
  readonly record: string;
}

const LINE = "id, kind, name, detail, owner, removed_at AS removedAt, expires_at AS expiresAt, size";

/** Records of what was removed. */
export class BinRecords {
  readonly #list: StatementSync;
  readonly #get: StatementSync;
  readonly #owned: StatementSync;
  readonly #ofKind: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;
  readonly #measured: StatementSync;

  constructor({ sql }: Database) {
    this.#list = sql.prepare(`SELECT ${LINE} FROM bin ORDER BY removed_at DESC, id`);
    this.#get = sql.prepare(`SELECT ${LINE}, record FROM bin WHERE id = ?`);
    this.#owned = sql.prepare(`SELECT ${LINE}, record FROM bin WHERE owner = ? ORDER BY id`);
    this.#ofKind = sql.prepare(`SELECT ${LINE}, record FROM bin WHERE kind = ? ORDER BY id`);
    this.#insert = sql.prepare("INSERT INTO bin (id, kind, name, detail, owner, removed_at, expires_at, size, record) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)");
    this.#delete = sql.prepare("DELETE FROM bin WHERE id = ?");
    this.#measured = sql.prepare("UPDATE bin SET size = ? WHERE id = ?");
  }

  /** The last removed first. */
  list(): BinLine[] {
    return this.#list.all() as unknown as BinLine[];
  }

  get(id: string): BinRow | undefined {
    return this.#get.get(id) as BinRow | undefined;
  }

  /** What went with a container. */
  owned(owner: string): BinRow[] {
    return this.#owned.all(owner) as unknown as BinRow[];
  }

  ofKind(kind: string): BinRow[] {
    return this.#ofKind.all(kind) as unknown as BinRow[];
  }

  insert(row: BinRow): void {
    this.#insert.run(row.id, row.kind, row.name, row.detail, row.owner, row.removedAt, row.expiresAt, row.size, row.record);
  }

  delete(id: string): void {
    this.#delete.run(id);
  }

  saveSize(id: string, size: number): void {
    this.#measured.run(size, id);
  }
}
