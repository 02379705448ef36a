import type { StatementSync } from "node:sqlite";
import type { Digest } from "../base/ids.ts";
import type { Descriptor, ImageConfig } from "../oci/descriptor.ts";
import type { Database } from "./database.ts";

/** An image as it is recorded. */
export interface ImageRow {
  readonly id: Digest;
  readonly manifest: Descriptor;
  readonly config: ImageConfig;
  /** The layers' blobs, bottom first. */
  readonly layers: readonly Descriptor[];
  /** Bytes of all unpacked layers. */
  readonly size: number;
  readonly parentId: Digest | null;
  /** Milliseconds since the epoch. */
  readonly lastTaggedAt: number | null;
  readonly tags: readonly string[];
  readonly digests: readonly string[];
}

/** Records of images and of the names that point to them. */
export class ImageRecords {
  readonly #database: Database;
  readonly #statements = new Map<string, StatementSync>();

  constructor(database: Database) {
    this.#database = database;
  }

  /** All images with their names. For start-up: the images domain keeps them in memory. */
  list(): readonly ImageRow[] {
    const tags = this.#namesByImage("SELECT name, image_id FROM image_tags ORDER BY name");
    const digests = this.#namesByImage("SELECT name, image_id FROM image_digests ORDER BY name");
    return this.#prepare("SELECT * FROM images ORDER BY added_at").all().map((row) => {
      const id = row["id"] as Digest;
      return {
        id,
        manifest: JSON.parse(row["manifest"] as string) as Descriptor,
        config: JSON.parse(row["config"] as string) as ImageConfig,
        layers: JSON.parse(row["layers"] as string) as Descriptor[],
        size: row["size"] as number,
        parentId: row["parent_id"] as Digest | null,
        lastTaggedAt: row["last_tagged_at"] as number | null,
        tags: tags.get(id) ?? [],
        digests: digests.get(id) ?? [],
      };
    });
  }

  #namesByImage(query: string): Map<string, string[]> {
    const names = new Map<string, string[]>();
    for (const row of this.#prepare(query).all()) {
      const id = row["image_id"] as string;
      names.set(id, [...(names.get(id) ?? []), row["name"] as string]);
    }
    return names;
  }

  /** Records an image and its names; names that pointed elsewhere are moved. An image known already only gains names. */
  put(row: ImageRow): void {
    this.#database.transaction(() => {
      this.#prepare(`INSERT INTO images (id, manifest, config, layers, size, parent_id, last_tagged_at, added_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
        ON CONFLICT (id) DO UPDATE SET manifest = excluded.manifest, layers = excluded.layers, last_tagged_at = excluded.last_tagged_at`)
        .run(row.id, JSON.stringify(row.manifest), JSON.stringify(row.config), JSON.stringify(row.layers), row.size, row.parentId, row.lastTaggedAt, Date.now());
      for (const name of row.tags) this.#prepare("INSERT INTO image_tags (name, image_id) VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET image_id = excluded.image_id").run(name, row.id);
      for (const name of row.digests) this.#prepare("INSERT OR IGNORE INTO image_digests (name, image_id) VALUES (?, ?)").run(name, row.id);
    });
  }

  removeTag(name: string): void {
    this.#prepare("DELETE FROM image_tags WHERE name = ?").run(name);
  }

  removeDigest(name: string, id: Digest): void {
    this.#prepare("DELETE FROM image_digests WHERE name = ? AND image_id = ?").run(name, id);
  }

  /** Removes the image and all its names. */
  remove(id: Digest): void {
    this.#prepare("DELETE FROM images WHERE id = ?").run(id);
  }

  #prepare(query: string): StatementSync {
    let statement = this.#statements.get(query);
    if (statement === undefined) this.#statements.set(query, (statement = this.#database.sql.prepare(query)));
    return statement;
  }
}
