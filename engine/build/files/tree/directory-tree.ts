import type { IoOptions } from "../../../base/abort.ts";
import type { WorkerPool } from "../../../sys/workers.ts";
import type { ContextTree, FileTree, IgnoreRules, Selected, Selection } from "../files.ts";
import type { TreeTaskData } from "./tree-task.ts";

export interface DirectoryTreeOptions {
  readonly pool: WorkerPool;
  readonly root: string;
  /** Owners count in digests and are kept by copies: for root file systems. Otherwise everything is root's, as Docker has it. */
  readonly keepOwners?: boolean | undefined;
  /**
   * Keeps digests from build to build: for a directory that people work in. Made when missing, with its directory, which is to hold such files alone: the
   * hundred written last. One file for each root, in a place where only the engine writes.
   */
  readonly cacheFile?: string | undefined;
  /** Gives up what the directory stands on, such as a mount; called once. */
  readonly release?: (() => Promise<void>) | undefined;
}

const TASK = new URL("./tree-task.ts", import.meta.url);

/**
 * A directory of this machine, read in place. A file that changes between `select` and the copy is noticed by the copy, which fails with `conflict`:
 * the selection has to be made again.
 */
export class DirectoryTree implements ContextTree {
  readonly #options: DirectoryTreeOptions;
  /** One selection at a time: the next finds the digests of the one before. */
  #turn: Promise<unknown> = Promise.resolve();
  #released = false;

  constructor(options: DirectoryTreeOptions) {
    this.#options = options;
  }

  read(path: string, maxBytes: number, options: IoOptions = {}): Promise<Uint8Array | undefined> {
    return this.#run({ type: "read", path, maxBytes }, undefined, options);
  }

  select(selection: Selection, options: IoOptions = {}): Promise<Selected> {
    return this.#select(selection, undefined, options);
  }

  ignoring(rules: IgnoreRules): FileTree {
    return {
      read: (path, maxBytes, options) => this.read(path, maxBytes, options),
      select: (selection, options = {}) => this.#select(selection, rules, options),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  #select(selection: Selection, ignore: IgnoreRules | undefined, options: IoOptions): Promise<Selected> {
    const run = (): Promise<Selected> => this.#run({ type: "select", selection }, ignore, options);
    if (this.#options.cacheFile === undefined) return run();
    const result = this.#turn.then(run);
    this.#turn = result.catch(() => undefined);
    return result;
  }

  #run<Result>(job: TreeTaskData["job"], ignore: IgnoreRules | undefined, options: IoOptions): Promise<Result> {
    const { pool, root, cacheFile, keepOwners = false } = this.#options;
    const data: TreeTaskData = { tree: { type: "directory", root, cacheFile: job.type === "select" ? cacheFile : undefined }, keepOwners, ignore, job };
    return pool.run<Result>(TASK, data, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#released) return;
    this.#released = true;
    await this.#options.release?.();
  }
}
