import type { Database } from "./database.ts";

/** Networks and the sandboxes of containers, kept as JSON. @typeParam N a network's record, @typeParam S a sandbox' */
export class NetworkRepository<N extends { readonly id: string; readonly name: string }, S extends { readonly containerId: string }> {
  readonly #database: Database;

  constructor(database: Database) {
    this.#database = database;
  }

  networks(): N[] {
    return this.#records<N>("SELECT record FROM networks ORDER BY name");
  }

  saveNetwork(network: N): void {
    this.#database.sql.prepare("INSERT INTO networks (id, name, record) VALUES (?, ?, ?) ON CONFLICT (id) DO UPDATE SET name = excluded.name, record = excluded.record")
      .run(network.id, network.name, JSON.stringify(network));
  }

  deleteNetwork(id: string): void {
    this.#database.sql.prepare("DELETE FROM networks WHERE id = ?").run(id);
  }

  sandboxes(): S[] {
    return this.#records<S>("SELECT record FROM sandboxes");
  }

  saveSandbox(sandbox: S): void {
    this.#database.sql.prepare("INSERT INTO sandboxes (container_id, record) VALUES (?, ?) ON CONFLICT (container_id) DO UPDATE SET record = excluded.record")
      .run(sandbox.containerId, JSON.stringify(sandbox));
  }

  deleteSandbox(containerId: string): void {
    this.#database.sql.prepare("DELETE FROM sandboxes WHERE container_id = ?").run(containerId);
  }

  #records<T>(query: string): T[] {
    return (this.#database.sql.prepare(query).all() as { record: string }[]).map(({ record }) => JSON.parse(record) as T);
  }
}
