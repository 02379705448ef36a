import type { IoOptions } from "../base/abort.ts";
import type { WorkerPool } from "../sys/workers.ts";
import type { AttributesRequest, FileListing, Files, FoundFile, ListRequest, OpenTree, SearchRequest, WriteRequest } from "./files.ts";
import type { FileTree, FilesJob } from "./task.ts";

const TASK = new URL("./task.ts", import.meta.url);
/** Bytes of one `read`. */
const MAX_READ = 4 * 1024 * 1024;

/** {@link Files} in worker threads: one task for each operation. */
export class WorkerFiles implements Files {
  readonly #workers: WorkerPool;

  constructor(workers: WorkerPool) {
    this.#workers = workers;
  }

  list(tree: OpenTree, path: string, request: ListRequest, options?: IoOptions): Promise<FileListing> {
    return this.#run({ type: "list", tree: plain(tree), path, ...request }, options);
  }

  stat(tree: OpenTree, path: string, follow: boolean, options?: IoOptions): Promise<FoundFile> {
    return this.#run({ type: "stat", tree: plain(tree), path, follow }, options);
  }

  read(tree: OpenTree, path: string, range: { readonly offset: number; readonly length: number }, options?: IoOptions): Promise<{ readonly file: FoundFile; readonly bytes: Uint8Array; readonly end: boolean }> {
    return this.#run({ type: "read", tree: plain(tree), path, offset: range.offset, length: Math.min(range.length, MAX_READ) }, options);
  }

  download(tree: OpenTree, path: string, options?: IoOptions): ReadableStream<Uint8Array> {
    return this.#stream({ type: "download", tree: plain(tree), path }, options);
  }

  pack(tree: OpenTree, path: string, options?: IoOptions): ReadableStream<Uint8Array> {
    return this.#stream({ type: "pack", tree: plain(tree), path }, options);
  }

  write(tree: OpenTree, path: string, content: AsyncIterable<Uint8Array>, request: WriteRequest, options: IoOptions = {}): Promise<FoundFile> {
    const job: FilesJob = { type: "write", tree: plain(tree), path, version: request.version };
    return this.#workers.run<FoundFile>(TASK, job, { signal: options.signal, input: content });
  }

  makeDirectory(tree: OpenTree, path: string, options?: IoOptions): Promise<FoundFile> {
    return this.#run({ type: "makeDirectory", tree: plain(tree), path }, options);
  }

  rename(tree: OpenTree, from: string, to: string, options?: IoOptions): Promise<FoundFile> {
    return this.#run({ type: "rename", tree: plain(tree), path: from, to }, options);
  }

  remove(tree: OpenTree, path: string, options?: IoOptions): Promise<void> {
    return this.#run({ type: "remove", tree: plain(tree), path }, options);
  }

  setAttributes(tree: OpenTree, path: string, request: AttributesRequest, options?: IoOptions): Promise<FoundFile> {
    return this.#run({ type: "attributes", tree: plain(tree), path, ...request }, options);
  }

  search(tree: OpenTree, path: string, request: SearchRequest, options?: IoOptions): ReadableStream<Uint8Array> {
    return this.#stream({ type: "search", tree: plain(tree), path, ...request }, options);
  }

  restore(tree: OpenTree, path: string, image: string | null, options?: IoOptions): Promise<void> {
    return this.#run({ type: "restore", tree: plain(tree), path, image }, options);
  }

  dropFromLayer(tree: OpenTree, path: string, options?: IoOptions): Promise<void> {
    return this.#run({ type: "drop", tree: plain(tree), path }, options);
  }

  #run<T>(job: FilesJob, options: IoOptions = {}): Promise<T> {
    return this.#workers.run<T>(TASK, job, { signal: options.signal });
  }

  #stream(job: FilesJob, options: IoOptions = {}): ReadableStream<Uint8Array> {
    return this.#workers.stream(TASK, job, { signal: options.signal });
  }
}

/** What a thread can be told of a tree. */
function plain({ root, ofProcess, upper, layers, mounts }: OpenTree): FileTree {
  return { root, ofProcess, upper, layers, mounts };
}
