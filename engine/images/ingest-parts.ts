import { createReadStream, createWriteStream } from "node:fs";
import { readdir, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { PartStore } from "../registry/ranges.ts";

/** Parts of one blob in files beside its ingest: `INGEST.OFFSET`. */
export class IngestParts implements PartStore {
  readonly #ingest: string;

  constructor(ingest: string) {
    this.#ingest = ingest;
  }

  #path(start: number): string {
    return `${this.#ingest}.${start}`;
  }

  size(start: number): Promise<number> {
    return stat(this.#path(start)).then(({ size }) => size, () => 0);
  }

  async append(start: number, chunks: AsyncIterable<Uint8Array>): Promise<void> {
    await pipeline(Readable.from(chunks, { objectMode: true }), createWriteStream(this.#path(start), { flags: "a", mode: 0o600, highWaterMark: 1 << 20 }));
  }

  read(start: number, skip = 0): AsyncIterable<Uint8Array> {
    return createReadStream(this.#path(start), { start: skip, highWaterMark: 1 << 18 });
  }

  remove(start: number): Promise<void> {
    return rm(this.#path(start), { force: true });
  }
}

/** Drops the parts of a blob whose ingest is whole. */
export async function removeParts(ingest: string): Promise<void> {
  const name = basename(ingest);
  const parts = (await readdir(dirname(ingest))).filter((file) => file.startsWith(`${name}.`));
  await Promise.all(parts.map((file) => rm(join(dirname(ingest), file), { force: true })));
}

/** Drops all bytes of an unfinished blob. */
export async function removeIngest(ingest: string): Promise<void> {
  await rm(ingest, { force: true });
  await removeParts(ingest);
}
