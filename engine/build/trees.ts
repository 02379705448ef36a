import { createHash, randomUUID } from "node:crypto";
import { createReadStream, mkdirSync } from "node:fs";
import { open } from "node:fs/promises";
import { join } from "node:path";
import type { IoOptions } from "../base/abort.ts";
import { EngineError } from "../base/errors.ts";
import { MAGIC_LENGTH, detectCompression } from "../archive/compression.ts";
import { parseGitAddress } from "../dockerfile/plan/git-remote.ts";
import type { CopySource } from "../dockerfile/plan/steps.ts";
import { removeTree } from "../sys/files.ts";
import type { TransportOptions } from "../registry/transport.ts";
import type { WorkerPool } from "../sys/workers.ts";
import { GitFetcher } from "./files/fetch/git.ts";
import { UrlFetcher } from "./files/fetch/url.ts";
import type { ContextTree, FileTree } from "./files/files.ts";
import { DirectoryTree } from "./files/tree/directory-tree.ts";
import { TarTree } from "./files/tree/tar-tree.ts";
import type { FetchOptions, TreeOpener, UploadOptions } from "./open-context.ts";

export interface LocalTreesOptions {
  /** Persistent state directory of the engine. */
  readonly root: string;
  readonly workers: WorkerPool;
  /** How addresses are reached. */
  readonly transport: TransportOptions;
}

/** How often the arrival of a context is told, in bytes. */
const PROGRESS_BYTES = 4 << 20;
/** A Dockerfile at an address is read up to this many bytes. */
const MAX_DOCKERFILE = 16 << 20;
/** "ustar", where a tar has it; old tars have nothing there. */
const TAR_MAGIC = { at: 257, bytes: Buffer.from("ustar") };

/** Opens the trees of this machine and fetches those of others. */
export class LocalTrees implements TreeOpener {
  readonly #workers: WorkerPool;
  readonly #directory: string;
  readonly #urls: UrlFetcher;
  readonly #git: GitFetcher;

  constructor({ root, workers, transport }: LocalTreesOptions) {
    this.#workers = workers;
    this.#directory = join(root, "build");
    mkdirSync(join(this.#directory, "empty"), { recursive: true, mode: 0o711 });
    this.#urls = new UrlFetcher({ cacheDirectory: join(this.#directory, "http"), transport });
    this.#git = new GitFetcher({ cacheDirectory: join(this.#directory, "git"), forwarder: transport.forwarder });
  }

  directory(path: string, { remembered, keepOwners }: { readonly remembered: boolean; readonly keepOwners: boolean }): ContextTree {
    const name = createHash("sha256").update(path).digest("hex").slice(0, 32);
    return new DirectoryTree({ pool: this.#workers, root: path, keepOwners, cacheFile: remembered ? join(this.#directory, "digests", name) : undefined });
  }

  tar(stream: AsyncIterable<Uint8Array>, options: UploadOptions): Promise<ContextTree> {
    return TarTree.receive(counted(stream, options.progress), { pool: this.#workers, directory: this.#spools }, options);
  }

  empty(): ContextTree {
    return new DirectoryTree({ pool: this.#workers, root: join(this.#directory, "empty") });
  }

  /** The bytes of the file at an address. @throws EngineError as `UrlFetcher.fetch` */
  async *file(url: string, options: IoOptions): AsyncGenerator<Uint8Array> {
    const directory = join(this.#directory, "jobs", `file-${randomUUID()}`);
    try {
      const { name } = await this.#urls.fetch({ url }, directory, options);
      yield* createReadStream(join(directory, name));
    } finally {
      await removeTree(directory);
    }
  }

  async remote(url: string, options: FetchOptions): Promise<{ readonly tree: ContextTree } | { readonly dockerfile: Uint8Array }> {
    const directory = join(this.#directory, "jobs", `context-${randomUUID()}`);
    const release = (): Promise<void> => removeTree(directory);
    const address = parseGitAddress(url);
    try {
      if (address === undefined) return await this.#download(url, directory, options);
      const { remote, checksum, keepGitDirectory = false } = address;
      const checkout = await this.#git.fetch({ remote, checksum, keepGitDirectory, agent: options.agent }, directory, options);
      return { tree: new DirectoryTree({ pool: this.#workers, root: checkout.directory, release }) };
    } catch (error) {
      await release();
      throw error;
    }
  }

  async #download(url: string, directory: string, options: IoOptions): Promise<{ readonly tree: ContextTree } | { readonly dockerfile: Uint8Array }> {
    const { name } = await this.#urls.fetch({ url }, directory, options);
    const file = join(directory, name);
    try {
      if (!(await isArchive(file))) return { dockerfile: await readSmall(file, url) };
      return { tree: await TarTree.receive(createReadStream(file), { pool: this.#workers, directory: this.#spools }, options) };
    } finally {
      await removeTree(directory);
    }
  }

  async url({ url, checksum }: CopySource & { type: "url" }, directory: string, options: IoOptions): Promise<{ readonly tree: FileTree; readonly name: string }> {
    const { name } = await this.#urls.fetch({ url, checksum }, directory, options);
    return { tree: new DirectoryTree({ pool: this.#workers, root: directory }), name };
  }

  async git({ remote, keepGitDirectory, checksum }: CopySource & { type: "git" }, directory: string, options: FetchOptions): Promise<FileTree> {
    const checkout = await this.#git.fetch({ remote, keepGitDirectory, checksum, agent: options.agent }, directory, options);
    return new DirectoryTree({ pool: this.#workers, root: checkout.directory });
  }

  /** Removes what a crash left. Called once at start-up. */
  async recover(): Promise<void> {
    await Promise.all([TarTree.recover(this.#spools), this.#urls.recover(), this.#git.recover()]);
  }

  /** Closes kept connections. */
  close(): void {
    this.#urls.close();
  }

  get #spools(): string {
    return join(this.#directory, "spools");
  }
}

async function* counted(stream: AsyncIterable<Uint8Array>, progress: UploadOptions["progress"]): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let told = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes - told >= PROGRESS_BYTES) progress?.((told = bytes), 0);
    yield chunk;
  }
  progress?.(bytes, 0);
}

async function isArchive(path: string): Promise<boolean> {
  await using file = await open(path);
  const { buffer, bytesRead } = await file.read(Buffer.alloc(512), 0, 512, 0);
  const head = buffer.subarray(0, bytesRead);
  return (head.length >= MAGIC_LENGTH && detectCompression(head) !== "none") || head.subarray(TAR_MAGIC.at, TAR_MAGIC.at + TAR_MAGIC.bytes.length).equals(TAR_MAGIC.bytes);
}

async function readSmall(path: string, url: string): Promise<Uint8Array> {
  await using file = await open(path);
  const { size } = await file.stat();
  if (size > MAX_DOCKERFILE) throw new EngineError("resourceExhausted", `${url} is neither an archive nor a Dockerfile: it has ${size} bytes`);
  return file.readFile();
}
