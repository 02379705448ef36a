import { DatabaseSync } from "node:sqlite";
import { EngineError, messageOf } from "../base/errors.ts";
import { MIGRATIONS, type Migrations } from "./schema.ts";

/**
 * The engine's records in one SQLite file (write-ahead log, foreign keys on). Synchronous on purpose: every statement is an indexed
 * read or a small write of microseconds, and a transaction cannot interleave with another.
 */
export class Database {
  readonly sql: DatabaseSync;
  #depth = 0;

  private constructor(sql: DatabaseSync) {
    this.sql = sql;
  }

  /**
   * Opens or creates `file` (`:memory:` for tests) and migrates it.
   * @throws EngineError `dataLoss` when it is not a database of ours, `conflict` when a newer Slipway wrote it
   */
  static open(file: string, migrations: Migrations = MIGRATIONS): Database {
    try {
      const sql = new DatabaseSync(file, { enableForeignKeyConstraints: true });
      sql.exec("PRAGMA journal_mode = WAL; PRAGMA synchronous = NORMAL; PRAGMA busy_timeout = 2000; PRAGMA cache_size = -2000;");
      const database = new Database(sql);
      database.#migrate(file, migrations);
      return database;
    } catch (error) {
      if (error instanceof EngineError) throw error;
      throw new EngineError("dataLoss", `cannot open the database ${file}: ${messageOf(error)}; move the file away to start with an empty one`, { cause: error });
    }
  }

  #migrate(file: string, migrations: Migrations): void {
    const row = this.sql.prepare("PRAGMA user_version").get() as { user_version: number };
    if (row.user_version > migrations.length) {
      throw new EngineError("conflict", `the database ${file} has version ${row.user_version}, this engine knows ${migrations.length}: start a newer Slipway`);
    }
    for (let version = row.user_version; version < migrations.length; version++) {
      this.transaction(() => {
        this.sql.exec(migrations[version]!);
        this.sql.exec(`PRAGMA user_version = ${version + 1}`);
      });
    }
  }

  /** Runs `work` atomically: all of its writes or none. Nests. `work` must not await. */
  transaction<T>(work: () => T): T {
    const outermost = this.#depth === 0;
    const savepoint = `s${this.#depth}`;
    this.sql.exec(outermost ? "BEGIN IMMEDIATE" : `SAVEPOINT ${savepoint}`);
    this.#depth++;
    try {
      const result = work();
      this.sql.exec(outermost ? "COMMIT" : `RELEASE ${savepoint}`);
      return result;
    } catch (error) {
      this.sql.exec(outermost ? "ROLLBACK" : `ROLLBACK TO ${savepoint}; RELEASE ${savepoint}`);
      throw error;
    } finally {
      this.#depth--;
    }
  }

  [Symbol.dispose](): void {
    this.sql.close();
  }
}
