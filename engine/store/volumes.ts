import type { StatementSync } from "node:sqlite";
import type { Database } from "./database.ts";

export interface VolumeRow {
  readonly name: string;
  readonly createdAt: number;
  readonly labels: Readonly<Record<string, string>>;
  readonly options: Readonly<Record<string, string>>;
  readonly anonymous: boolean;
}

interface Stored {
  readonly name: string;
  readonly created_at: number;
  readonly labels: string;
  readonly options: string;
  readonly anonymous: number;
}

/** Records of volumes. */
export class VolumeRecords {
  readonly #get: StatementSync;
  readonly #list: StatementSync;
  readonly #insert: StatementSync;
  readonly #delete: StatementSync;

  constructor({ sql }: Database) {
    this.#get = sql.prepare("SELECT * FROM volumes WHERE name = ?");
    this.#list = sql.prepare("SELECT * FROM volumes ORDER BY name");
    this.#insert = sql.prepare("INSERT INTO volumes (name, created_at, labels, options, anonymous) VALUES (?, ?, ?, ?, ?)");
    this.#delete = sql.prepare("DELETE FROM volumes WHERE name = ?");
  }

  get(name: string): VolumeRow | undefined {
    const stored = this.#get.get(name) as Stored | undefined;
    return stored === undefined ? undefined : toRow(stored);
  }

  list(): VolumeRow[] {
    return (this.#list.all() as unknown as Stored[]).map(toRow);
  }

  insert(row: VolumeRow): void {
    this.#insert.run(row.name, row.createdAt, JSON.stringify(row.labels), JSON.stringify(row.options), row.anonymous ? 1 : 0);
  }

  delete(name: string): void {
    this.#delete.run(name);
  }
}

function toRow(stored: Stored): VolumeRow {
  return {
    name: stored.name,
    createdAt: stored.created_at,
    labels: JSON.parse(stored.labels) as VolumeRow["labels"],
    options: JSON.parse(stored.options) as VolumeRow["options"],
    anonymous: stored.anonymous === 1,
  };
}
