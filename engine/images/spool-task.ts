import { createHash } from "node:crypto";
import type { Hash } from "node:crypto";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { posix } from "node:path";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import type { Digest } from "../base/ids.ts";
import type { TarHeader } from "../archive/archive.ts";
import { decompress } from "../archive/compression.ts";
import { TarReader } from "../archive/tar-reader.ts";
import type { TarSink } from "../archive/tar-reader.ts";
import type { WorkerTask } from "../sys/worker-protocol.ts";

export interface SpoolTaskData {
  /** Files are written as `<prefix><number>`. */
  readonly prefix: string;
  /** All files together, in bytes. */
  readonly maxBytes: number;
}

/** One file of an image archive, laid down for the content store to adopt. */
export interface SpooledFile {
  /** Normalised, without a leading slash or dot. */
  readonly name: string;
  readonly path: string;
  readonly digest: Digest;
  /** In bytes. */
  readonly size: number;
}

export interface Spooled {
  readonly files: readonly SpooledFile[];
  /** Names that stand for other names: old archives link equal layers. */
  readonly links: readonly { readonly name: string; readonly target: string }[];
}

/** Archives of images have a few hundred files. */
const MAX_ENTRIES = 100_000;

/** Writes the files of an image archive (plain or compressed, the task's input) one by one and hashes them. */
export const task: WorkerTask<SpoolTaskData, Spooled> = async (data, { signal, input }) => {
  const sink = new Spooler(data);
  try {
    const reader = new TarReader(sink);
    for await (const chunk of decompress(input, { signal })) {
      throwIfAborted(signal);
      reader.push(chunk);
    }
    reader.finish();
  } catch (error) {
    sink.abandon();
    throw error;
  }
  return { files: sink.files, links: sink.links };
};

class Spooler implements TarSink {
  readonly files: SpooledFile[] = [];
  readonly links: { name: string; target: string }[] = [];
  readonly #data: SpoolTaskData;
  #open: { readonly name: string; readonly path: string; readonly fd: number; readonly hash: Hash; size: number } | undefined;
  #entries = 0;
  #bytes = 0;

  constructor(data: SpoolTaskData) {
    this.#data = data;
  }

  entry({ name, type, linkname = "" }: TarHeader): void {
    if (++this.#entries > MAX_ENTRIES) throw new EngineError("resourceExhausted", `the archive has more than ${MAX_ENTRIES} files: it is no archive of images`);
    const clean = posix.normalize(`/${name}`).slice(1);
    if (type === "symlink") this.links.push({ name: clean, target: posix.normalize(posix.join("/", posix.dirname(clean), linkname)).slice(1) });
    if (type === "hardlink") this.links.push({ name: clean, target: posix.normalize(`/${linkname}`).slice(1) });
    if (type !== "file") return;
    const path = `${this.#data.prefix}${this.files.length}`;
    this.#open = { name: clean, path, fd: openSync(path, "wx", 0o600), hash: createHash("sha256"), size: 0 };
  }

  data(piece: Buffer): void {
    const file = this.#open;
    if (file === undefined) return;
    this.#bytes += piece.length;
    if (this.#bytes > this.#data.maxBytes) throw new EngineError("resourceExhausted", `the archive holds more than ${this.#data.maxBytes} bytes`);
    for (let done = 0; done < piece.length; ) done += writeSync(file.fd, piece, done);
    file.hash.update(piece);
    file.size += piece.length;
  }

  end(): void {
    const file = this.#open;
    if (file === undefined) return;
    this.#open = undefined;
    closeSync(file.fd);
    this.files.push({ name: file.name, path: file.path, digest: `sha256:${file.hash.digest("hex")}` as Digest, size: file.size });
  }

  abandon(): void {
    if (this.#open !== undefined) closeSync(this.#open.fd);
    for (const { path } of this.#open === undefined ? this.files : [...this.files, this.#open]) rmSync(path, { force: true });
  }
}
