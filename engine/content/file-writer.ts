import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { constants } from "node:fs";
import { open, rm } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import type { IoOptions } from "../base/abort.ts";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError, toEngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import type { BlobInfo, ContentWriter } from "./content.ts";

/** What a writer asks of its store. */
interface Store {
  publish(file: string, digest: Digest, size: number): Promise<BlobInfo>;
  closed(): void;
}

/** Kept when it exists, never through a link. */
const INGEST_FLAGS = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;

/** Writes one ingest file and hashes on the way. */
export class FileWriter implements ContentWriter {
  readonly ref: string;
  readonly #path: string;
  readonly #store: Store;
  readonly #handle: FileHandle;
  readonly #hash: Hash;
  #offset: number;
  #open = true;
  #failed: EngineError | undefined;

  private constructor(ref: string, path: string, store: Store, handle: FileHandle, hash: Hash, offset: number) {
    this.ref = ref;
    this.#path = path;
    this.#store = store;
    this.#handle = handle;
    this.#hash = hash;
    this.#offset = offset;
  }

  /** Opens or resumes the file: what it holds is read once, to continue its hash. */
  static async open(ref: string, path: string, store: Store, options: IoOptions): Promise<FileWriter> {
    const handle = await open(path, INGEST_FLAGS, 0o600);
    try {
      const hash = createHash("sha256");
      let offset = 0;
      for await (const chunk of handle.createReadStream({ start: 0, autoClose: false, highWaterMark: 1 << 18 }) as AsyncIterable<Uint8Array>) {
        throwIfAborted(options.signal);
        hash.update(chunk);
        offset += chunk.byteLength;
      }
      return new FileWriter(ref, path, store, handle, hash, offset);
    } catch (error) {
      await handle.close();
      throw error;
    }
  }

  get offset(): number {
    return this.#offset;
  }

  get digest(): Digest {
    return `sha256:${this.#hash.copy().digest("hex")}` as Digest;
  }

  async write(chunk: Uint8Array): Promise<void> {
    this.#assertUsable();
    try {
      for (let done = 0; done < chunk.byteLength; ) {
        const { bytesWritten } = await this.#handle.write(chunk, done, chunk.byteLength - done, this.#offset + done);
        done += bytesWritten;
      }
    } catch (error) {
      this.#failed = toEngineError(error);
      // Bytes beyond what was hashed would poison a resume.
      await this.#handle.truncate(this.#offset).catch(() => undefined);
      throw this.#failed;
    }
    this.#hash.update(chunk);
    this.#offset += chunk.byteLength;
  }

  async commit(expected: { readonly digest?: Digest | undefined; readonly size?: number | undefined }, options: IoOptions = {}): Promise<BlobInfo> {
    this.#assertUsable();
    throwIfAborted(options.signal);
    const { digest } = this;
    const wrongSize = expected.size !== undefined && expected.size !== this.#offset;
    if (wrongSize || (expected.digest !== undefined && expected.digest !== digest)) {
      await this.abandon();
      throw new EngineError("dataLoss", wrongSize ? `content ${this.ref} has ${this.#offset} bytes, expected ${expected.size}` : `content ${this.ref} has the digest ${digest}, expected ${expected.digest}`);
    }
    try {
      await this.#handle.datasync();
      const info = await this.#store.publish(this.#path, digest, this.#offset);
      await this.#close();
      return info;
    } catch (error) {
      throw toEngineError(error);
    }
  }

  async abandon(): Promise<void> {
    if (!this.#open) return;
    await rm(this.#path, { force: true });
    await this.#close();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  #assertUsable(): void {
    if (this.#failed !== undefined) throw this.#failed;
    if (!this.#open) throw new EngineError("conflict", `the content ${this.ref} is no longer being written`);
  }

  async #close(): Promise<void> {
    if (!this.#open) return;
    this.#open = false;
    await this.#handle.close();
    this.#store.closed();
  }
}
