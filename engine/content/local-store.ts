import { createHash, randomBytes } from "node:crypto";
import { mkdirSync, realpathSync } from "node:fs";
import { access, chmod, open, opendir, readFile, readdir, rename, rm, stat, unlink } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { digestHex, digestOf, isDigest } from "../base/digest.ts";
import { EngineError, isSystemError, toEngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import type { BlobInfo, ContentStore, ContentWriter } from "./content.ts";
import { FileWriter } from "./file-writer.ts";

/** Default limit of {@link LocalContentStore.read}, in bytes. */
const MAX_READ_BYTES = 8 << 20;

/**
 * The content store in plain files. Every change that others can see is one rename of a finished file, so that a process killed at any
 * instant leaves whole blobs, resumable ingests and nothing else.
 */
export class LocalContentStore implements ContentStore {
  readonly #blobs: string;
  readonly #ingests: string;
  readonly #open = new Set<string>();

  /** @param options.root directory of the engine's data; `blobs/` and `ingest/` are made below it */
  constructor(options: { readonly root: string }) {
    mkdirSync(join(options.root, "blobs", "sha256"), { recursive: true, mode: 0o700 });
    mkdirSync(join(options.root, "ingest"), { recursive: true, mode: 0o700 });
    const root = realpathSync(options.root);
    this.#blobs = join(root, "blobs", "sha256");
    this.#ingests = join(root, "ingest");
  }

  async info(digest: Digest): Promise<BlobInfo> {
    try {
      const { size, mtime } = await stat(this.#blobPath(digest));
      return { digest, size, createdAt: mtime };
    } catch (error) {
      throw blobError(error, digest);
    }
  }

  async has(digest: Digest): Promise<boolean> {
    return access(this.#blobPath(digest)).then(() => true, () => false);
  }

  async open(digest: Digest, range: { readonly start?: number; readonly end?: number } = {}): Promise<ReadableStream<Uint8Array>> {
    const start = range.start ?? 0;
    if (start < 0 || (range.end !== undefined && range.end < start)) throw new EngineError("invalidArgument", `invalid range ${start}-${range.end} of ${digest}`);
    let handle;
    try {
      handle = await open(this.#blobPath(digest), "r");
    } catch (error) {
      throw blobError(error, digest);
    }
    if (range.end === start) {
      await handle.close();
      return new ReadableStream({ start: (controller) => controller.close() });
    }
    // `end` is exclusive here and inclusive in Node.
    const file = handle.createReadStream({ start, highWaterMark: 1 << 18, ...(range.end === undefined ? {} : { end: range.end - 1 }) });
    return Readable.toWeb(file, { strategy: new ByteLengthQueuingStrategy({ highWaterMark: 1 << 18 }) }) as ReadableStream<Uint8Array>;
  }

  async read(digest: Digest, maxBytes = MAX_READ_BYTES): Promise<Uint8Array> {
    const { size } = await this.info(digest);
    if (size > maxBytes) throw new EngineError("resourceExhausted", `the blob ${digest} has ${size} bytes, more than the ${maxBytes} that may be read at once`);
    const bytes = await readFile(this.#blobPath(digest)).catch((error: unknown) => { throw blobError(error, digest); });
    // Cheap for documents, and a power cut or a failing disk shows here instead of as a puzzling parse error.
    if (digestOf(bytes) !== digest) throw new EngineError("dataLoss", `the blob ${digest} is damaged on disk: remove the image and pull it again`);
    return bytes;
  }

  async pathOf(digest: Digest): Promise<string> {
    await this.info(digest);
    return this.#blobPath(digest);
  }

  ingestPath(ref: string): string {
    return join(this.#ingests, createHash("sha256").update(ref).digest("hex"));
  }

  async writer(ref: string, options: IoOptions = {}): Promise<ContentWriter> {
    throwIfAborted(options.signal);
    if (this.#open.has(ref)) throw new EngineError("unavailable", `the content ${ref} is being written already: try again when that ends`);
    this.#open.add(ref);
    try {
      return await FileWriter.open(ref, this.ingestPath(ref), {
        publish: (file, digest, size) => this.#publish(file, digest, size),
        closed: () => void this.#open.delete(ref),
      }, options);
    } catch (error) {
      this.#open.delete(ref);
      throw toEngineError(error);
    }
  }

  async put(bytes: Uint8Array, expected?: Digest): Promise<BlobInfo> {
    const digest = digestOf(bytes);
    if (expected !== undefined && digest !== expected) throw new EngineError("dataLoss", `content has the digest ${digest}, expected ${expected}`);
    const known = await this.info(digest).catch(() => undefined);
    if (known?.size === bytes.byteLength) return known;
    const file = join(this.#ingests, `put-${randomBytes(16).toString("hex")}`);
    try {
      const handle = await open(file, "wx", 0o600);
      try {
        await handle.writeFile(bytes);
        await handle.sync();
      } finally {
        await handle.close();
      }
      return await this.#publish(file, digest, bytes.byteLength);
    } catch (error) {
      await rm(file, { force: true });
      throw toEngineError(error);
    }
  }

  async adopt(file: string, digest: Digest, size: number): Promise<BlobInfo> {
    const found = await stat(file).catch((error: unknown) => { throw blobError(error, digest); });
    if (found.size !== size) {
      await rm(file, { force: true });
      throw new EngineError("dataLoss", `the content ${digest} has ${found.size} bytes, expected ${size}`);
    }
    return this.#publish(file, digest, size);
  }

  /** The one place where a blob becomes visible. Nothing after the rename can fail the caller. */
  async #publish(file: string, digest: Digest, size: number): Promise<BlobInfo> {
    const target = this.#blobPath(digest);
    try {
      await chmod(file, 0o444);
      await rename(file, target);
    } catch (error) {
      throw blobError(error, digest);
    }
    const createdAt = await stat(target).then(({ mtime }) => mtime, () => new Date());
    return { digest, size, createdAt };
  }

  async *list(): AsyncIterable<BlobInfo> {
    for await (const entry of await opendir(this.#blobs, { bufferSize: 256 })) {
      const digest = `sha256:${entry.name}`;
      if (!isDigest(digest)) continue;
      const info = await this.info(digest).catch(() => undefined);
      if (info !== undefined) yield info;
    }
  }

  async delete(digest: Digest): Promise<void> {
    await unlink(this.#blobPath(digest)).catch((error: unknown) => { throw blobError(error, digest); });
  }

  async sweepIngests(before: Date): Promise<number> {
    const held = new Set([...this.#open].map((ref) => this.ingestPath(ref)));
    let removed = 0;
    for (const name of await readdir(this.#ingests)) {
      const path = join(this.#ingests, name);
      if (held.has(path)) continue;
      const found = await stat(path).catch(() => undefined);
      if (found === undefined || found.mtime >= before) continue;
      await rm(path, { force: true });
      removed++;
    }
    return removed;
  }

  #blobPath(digest: Digest): string {
    if (!isDigest(digest)) throw new EngineError("invalidArgument", `invalid digest ${JSON.stringify(String(digest).slice(0, 200))}`);
    return join(this.#blobs, digestHex(digest));
  }
}

function blobError(error: unknown, digest: Digest): EngineError {
  if (isSystemError(error, "ENOENT")) return new EngineError("notFound", `content ${digest} not found`, { cause: error });
  return toEngineError(error);
}
