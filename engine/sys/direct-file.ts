import { constants } from "node:fs";
import { open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { isSystemError } from "../base/errors.ts";
import { native } from "./libc.ts";

/** What O_DIRECT wants of addresses, offsets and lengths; fits every disk. */
const ALIGNMENT = 4096;
const BUFFER_SIZE = 1 << 20;

const mempcpy = native<[Uint8Array, Uint8Array, number]>("int64_t mempcpy(void *target, const void *source, size_t length)");

/**
 * Writes one large file in order, past the page cache where the file system can (O_DIRECT): such bytes are written once and rarely read again, and the
 * cache costs more processor time than the disk. Two buffers: one is filled while the other is written.
 */
export class DirectFile {
  readonly #path: string;
  #handle: FileHandle;
  #direct: boolean;
  #buffers: readonly [Uint8Array, Uint8Array] | undefined;
  #current = 0;
  #filled = 0;
  #flushed: number;
  #pending: Promise<void> = Promise.resolve();

  private constructor(path: string, handle: FileHandle, direct: boolean, offset: number) {
    this.#path = path;
    this.#handle = handle;
    this.#direct = direct;
    this.#flushed = offset;
  }

  /** The longest part of `size` bytes that writing can continue after. */
  static resumable(size: number): number {
    return size - (size % ALIGNMENT);
  }

  /**
   * Opens or creates a file, cuts it to `offset` bytes and continues there. Never follows a link.
   * @param offset a multiple of 4096, see {@link resumable}
   * @throws a system error
   */
  static async open(path: string, offset = 0): Promise<DirectFile> {
    const flags = constants.O_RDWR | constants.O_CREAT | constants.O_NOFOLLOW;
    const direct = await open(path, flags | constants.O_DIRECT, 0o600).catch((error: unknown) => {
      if (isSystemError(error, "EINVAL")) return undefined;
      throw error;
    });
    const handle = direct ?? (await open(path, flags, 0o600));
    await handle.truncate(offset);
    return new DirectFile(path, handle, direct !== undefined, offset);
  }

  /** Bytes taken so far. */
  get size(): number {
    return this.#flushed + this.#filled;
  }

  /** Appends; resolves when the chunk may be reused. @throws a system error (`ENOSPC`), also one of an earlier chunk */
  async write(chunk: Uint8Array): Promise<void> {
    for (let done = 0; done < chunk.byteLength; ) {
      this.#buffers ??= [alignedBuffer(), alignedBuffer()];
      const part = Math.min(BUFFER_SIZE - this.#filled, chunk.byteLength - done);
      this.#buffers[this.#current]!.set(chunk.subarray(done, done + part), this.#filled);
      this.#filled += part;
      done += part;
      if (this.#filled === BUFFER_SIZE) await this.#flush();
    }
  }

  async #flush(): Promise<void> {
    const buffer = this.#buffers![this.#current]!;
    const [start, length] = [this.#flushed, this.#filled];
    await this.#pending;
    this.#flushed += length;
    this.#filled = 0;
    this.#current = 1 - this.#current;
    this.#pending = this.#writeAll(buffer, start, length);
    // Looked at by the next flush or by close.
    this.#pending.catch(() => undefined);
  }

  async #writeAll(buffer: Uint8Array, start: number, length: number): Promise<void> {
    const padded = this.#direct ? Math.ceil(length / ALIGNMENT) * ALIGNMENT : length;
    for (let done = 0; done < padded; ) {
      try {
        done += (await this.#handle.write(buffer, done, padded - done, start + done)).bytesWritten;
      } catch (error) {
        if (!this.#direct || !isSystemError(error, "EINVAL")) throw error;
        await this.#reopenBuffered();
      }
    }
  }

  /** For disks with stricter rules, and after a short write. */
  async #reopenBuffered(): Promise<void> {
    await this.#handle.close();
    this.#handle = await open(this.#path, constants.O_RDWR | constants.O_NOFOLLOW);
    this.#direct = false;
  }

  /** Writes the rest and closes. The file is then exactly {@link size} bytes long. @throws a system error */
  async close(): Promise<void> {
    try {
      const { size } = this;
      if (this.#filled > 0) await this.#flush();
      await this.#pending;
      await this.#handle.truncate(size);
    } finally {
      await this.#handle.close();
    }
  }
}

function alignedBuffer(): Uint8Array {
  const memory = Buffer.allocUnsafeSlow(BUFFER_SIZE + ALIGNMENT);
  const skew = mempcpy(memory, memory, 0) % ALIGNMENT;
  return memory.subarray(ALIGNMENT - skew, ALIGNMENT - skew + BUFFER_SIZE);
}
