import { createHash, randomBytes } from "node:crypto";
import { mkdir, readFile, readdir, rm, stat, utimes } from "node:fs/promises";
import { join } from "node:path";
import { isSystemError } from "../../../base/errors.ts";
import type { Digest } from "../../../base/ids.ts";
import { writeFileAtomic } from "../../../sys/files.ts";

/** A fetched file, and what to ask its server with the next time. */
export interface CachedFile {
  readonly url: string;
  /** In the cache's directory. */
  readonly data: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
  readonly etag: string | undefined;
  /** As the server wrote it. */
  readonly lastModified: string | undefined;
  /** `Content-Disposition`, as the server wrote it. */
  readonly disposition: string | undefined;
}

const RECORD = ".json";
const DATA = ".data";

/**
 * Files fetched by HTTP, kept by address: `<hash>.json` says what is known and names `<hash>-<random>.data`, which is whole before it is named. What was
 * used longest ago goes when all together are too large.
 */
export class HttpCache {
  readonly #directory: string;
  readonly #maxBytes: number;

  constructor(options: { readonly directory: string; /** Of all files together. */ readonly maxBytes: number }) {
    this.#directory = options.directory;
    this.#maxBytes = options.maxBytes;
  }

  /** What is kept of an address; undefined when there is nothing, or nothing whole. */
  async get(url: string): Promise<CachedFile | undefined> {
    const record = await this.#read(`${keyOf(url)}${RECORD}`);
    return record?.url === url ? record : undefined;
  }

  /** A new name for data to come. */
  async reserve(url: string): Promise<string> {
    await mkdir(this.#directory, { recursive: true, mode: 0o700 });
    return `${keyOf(url)}-${randomBytes(6).toString("hex")}${DATA}`;
  }

  pathOf(data: string): string {
    return join(this.#directory, data);
  }

  /** Takes a file whose data lies at {@link pathOf}, instead of what was there of its address. */
  async put(file: CachedFile): Promise<void> {
    const before = await this.get(file.url);
    writeFileAtomic(join(this.#directory, `${keyOf(file.url)}${RECORD}`), JSON.stringify(file), { mode: 0o600 });
    if (before !== undefined && before.data !== file.data) await rm(this.pathOf(before.data), { force: true });
    await this.#shrink();
  }

  /** Notes that a file was of use. */
  async touch(url: string): Promise<void> {
    const now = new Date();
    await utimes(join(this.#directory, `${keyOf(url)}${RECORD}`), now, now).catch(ignoreMissing);
  }

  /** Removes what a crash left. Called once at start-up. */
  async recover(): Promise<void> {
    const named = new Set((await this.#records()).map(({ record }) => record.data));
    for (const name of await this.#names()) {
      const isWhole = name.endsWith(DATA) ? named.has(name) : name.endsWith(RECORD) && (await this.#read(name)) !== undefined;
      if (!isWhole) await rm(join(this.#directory, name), { force: true });
    }
  }

  async #shrink(): Promise<void> {
    const records = (await this.#records()).sort((a, b) => b.usedAt - a.usedAt);
    let bytes = 0;
    for (const [index, { name, record }] of records.entries()) {
      bytes += record.size;
      // The newest stays whatever its size: it is about to be used.
      if (index === 0 || bytes <= this.#maxBytes) continue;
      await rm(join(this.#directory, name), { force: true });
      await rm(this.pathOf(record.data), { force: true });
    }
  }

  async #records(): Promise<{ readonly name: string; readonly record: CachedFile; readonly usedAt: number }[]> {
    const records = [];
    for (const name of (await this.#names()).filter((each) => each.endsWith(RECORD))) {
      const record = await this.#read(name);
      const info = await stat(join(this.#directory, name)).catch(ignoreMissing);
      if (record !== undefined && info !== undefined) records.push({ name, record, usedAt: info.mtimeMs });
    }
    return records;
  }

  async #names(): Promise<string[]> {
    return (await readdir(this.#directory).catch(ignoreMissing)) ?? [];
  }

  async #read(name: string): Promise<CachedFile | undefined> {
    const text = await readFile(join(this.#directory, name), "utf8").catch(ignoreMissing);
    if (text === undefined) return undefined;
    try {
      const record = JSON.parse(text) as CachedFile;
      const info = await stat(this.pathOf(record.data)).catch(ignoreMissing);
      return info?.size === record.size ? record : undefined;
    } catch {
      return undefined;
    }
  }
}

function keyOf(url: string): string {
  return createHash("sha256").update(url).digest("hex").slice(0, 32);
}

function ignoreMissing(error: unknown): undefined {
  if (!isSystemError(error, "ENOENT")) throw error;
  return undefined;
}
