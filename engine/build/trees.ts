import { mkdirSync } from "node:fs";
import { createHash } from "node:crypto";
import { join } from "node:path";
import { EngineError } from "../base/errors.ts";
import type { IoOptions } from "../base/abort.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { ContextTree } from "./files/files.ts";
import { DirectoryTree } from "./files/tree/directory-tree.ts";
import { TarTree } from "./files/tree/tar-tree.ts";
import type { TreeOpener } from "./open-context.ts";

export interface LocalTreesOptions {
  /** Persistent state directory of the engine. */
  readonly root: string;
  readonly workers: WorkerPool;
}

/** How often the arrival of a context is told, in bytes. */
const PROGRESS_BYTES = 4 << 20;

/** Opens the trees of this machine and fetches those of others. */
export class LocalTrees implements TreeOpener {
  readonly #workers: WorkerPool;
  readonly #directory: string;

  constructor({ root, workers }: LocalTreesOptions) {
    this.#workers = workers;
    this.#directory = join(root, "build");
    mkdirSync(join(this.#directory, "empty"), { recursive: true, mode: 0o711 });
  }

  directory(path: string, { remembered, keepOwners }: { readonly remembered: boolean; readonly keepOwners: boolean }): ContextTree {
    const name = createHash("sha256").update(path).digest("hex").slice(0, 32);
    return new DirectoryTree({ pool: this.#workers, root: path, keepOwners, cacheFile: remembered ? join(this.#directory, "digests", name) : undefined });
  }

  tar(stream: AsyncIterable<Uint8Array>, options: IoOptions & { readonly progress?: (bytes: number, files: number) => void }): Promise<ContextTree> {
    return TarTree.receive(counted(stream, options.progress), { pool: this.#workers, directory: join(this.#directory, "spools") }, options);
  }

  empty(): ContextTree {
    return new DirectoryTree({ pool: this.#workers, root: join(this.#directory, "empty") });
  }

  remote(): never {
    throw new EngineError("notImplemented", "contexts at an address are not offered yet: clone or download it and build from there");
  }

  url(): never {
    throw new EngineError("notImplemented", "ADD of an address is not offered yet");
  }

  git(): never {
    throw new EngineError("notImplemented", "ADD of a git repository is not offered yet");
  }
}

async function* counted(stream: AsyncIterable<Uint8Array>, progress: ((bytes: number, files: number) => void) | undefined): AsyncGenerator<Uint8Array> {
  let bytes = 0;
  let told = 0;
  for await (const chunk of stream) {
    bytes += chunk.byteLength;
    if (bytes - told >= PROGRESS_BYTES) progress?.((told = bytes), 0);
    yield chunk;
  }
  progress?.(bytes, 0);
}
