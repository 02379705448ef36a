import type { IoOptions } from "../base/abort.ts";
import type { WorkerPool } from "../sys/workers.ts";
import { isEngineError } from "../base/errors.ts";
import type { AttributesRequest, FileListing, Files, FoundFile, ListRequest, OpenTree, SearchRequest, Unfinished, WriteRequest } from "./files.ts";
import type { FileTree, FilesJob } from "./task.ts";
import { dropNote, readNotes } from "./unfinished.ts";

const TASK = new URL("./task.ts", import.meta.url);
/** Bytes of one `read`. */
const MAX_READ = 4 * 1024 * 1024;

/** {@link Files} in worker threads: one task for each operation. */
export class WorkerFiles implements Files {
  readonly #workers: WorkerPool;
  readonly #notes: string;

  /** @param notes a directory, made when needed, for notes of what is not finished */
  constructor({ workers, notes }: { readonly workers: WorkerPool; readonly notes: string }) {
    this.#workers = workers;
    this.#notes = notes;
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
    const job: FilesJob = { type: "write", tree: plain(tree), path, version: request.version, notes: this.#notes };
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

  unfinished(): readonly Unfinished[] {
    return readNotes(this.#notes);
  }

  async discard({ note, path }: Unfinished, tree: OpenTree | null, options?: IoOptions): Promise<void> {
    try {
      if (tree !== null) await this.#run({ type: "discard", tree: plain(tree), path }, options);
    } catch (error) {
      // A directory on the way is gone, and what was in it.
      if (!isEngineError(error, "notFound")) throw error;
    }
    dropNote(this.#notes, note);
  }

  #run<T>(job: JobWithoutNotes, options: IoOptions = {}): Promise<T> {
    return this.#workers.run<T>(TASK, { ...job, notes: this.#notes }, { signal: options.signal });
  }

  #stream(job: JobWithoutNotes, options: IoOptions = {}): ReadableStream<Uint8Array> {
    return this.#workers.stream(TASK, { ...job, notes: this.#notes }, { signal: options.signal });
  }
}

type Without<T, K extends PropertyKey> = T extends unknown ? Omit<T, K> : never;
type JobWithoutNotes = Without<FilesJob, "notes">;

/** What a thread can be told of a tree. */
function plain({ owner, root, ofProcess, upper, layers, mounts }: OpenTree): FileTree {
  return { owner, root, ofProcess, upper, layers, mounts };
}
