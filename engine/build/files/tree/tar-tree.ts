import { randomUUID } from "node:crypto";
import { mkdir, readdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { IoOptions } from "../../../base/abort.ts";
import { isSystemError } from "../../../base/errors.ts";
import type { WorkerPool } from "../../../sys/workers.ts";
import type { ContextTree, FileTree, IgnoreRules, Selected, Selection } from "../files.ts";
import type { TarLimits } from "./tar-indexer.ts";
import type { Spooled, TarTaskData } from "./tar-task.ts";
import type { TreeTaskData } from "./tree-task.ts";

export interface TarTreeOptions {
  readonly pool: WorkerPool;
  /** Where spools lie; made when missing. */
  readonly directory: string;
  /** Owners count in digests and are kept by copies; otherwise everything is root's, as Docker has it. */
  readonly keepOwners?: boolean | undefined;
  readonly limits?: Partial<TarLimits> | undefined;
}

const SUFFIX = ".context";
const DEFAULT_LIMITS: TarLimits = { maxBytes: 64 * 2 ** 30, maxEntries: 2_000_000 };
const TREE_TASK = new URL("./tree-task.ts", import.meta.url);
const TAR_TASK = new URL("./tar-task.ts", import.meta.url);

/** A tar that is kept as it came, uncompressed, in one file until it is disposed. */
export class TarTree implements ContextTree {
  /** How many, and of all together in bytes. */
  readonly files: number;
  readonly bytes: number;
  readonly #pool: WorkerPool;
  readonly #spool: string;
  readonly #index: Uint8Array;
  readonly #keepOwners: boolean;

  private constructor(pool: WorkerPool, spool: string, spooled: Spooled, keepOwners: boolean) {
    this.files = spooled.files;
    this.bytes = spooled.bytes;
    this.#pool = pool;
    this.#spool = spool;
    this.#index = spooled.index;
    this.#keepOwners = keepOwners;
  }

  /**
   * Receives a tar, plain or compressed (gzip, bzip2, xz, zstd).
   * @throws EngineError `dataLoss` (damaged), `invalidArgument` (impossible entries), `resourceExhausted` (limits), `cancelled`, what `stream` throws; no
   * file is left then
   */
  static async receive(stream: AsyncIterable<Uint8Array>, { pool, directory, keepOwners = false, limits }: TarTreeOptions, options: IoOptions = {}): Promise<TarTree> {
    await mkdir(directory, { recursive: true, mode: 0o700 });
    const spool = join(directory, `${randomUUID()}${SUFFIX}`);
    try {
      const spooled = await pool.run<Spooled>(TAR_TASK, { spool, limits: { ...DEFAULT_LIMITS, ...limits } } satisfies TarTaskData, { ...options, input: stream });
      return new TarTree(pool, spool, spooled, keepOwners);
    } catch (error) {
      // The worker does so too, unless it was ended.
      await rm(spool, { force: true });
      throw error;
    }
  }

  /** Removes what a crash left. Called once at start-up, before anything is received. */
  static async recover(directory: string): Promise<void> {
    const names = await readdir(directory).catch((error: unknown) => {
      if (isSystemError(error, "ENOENT")) return [];
      throw error;
    });
    await Promise.all(names.filter((name) => name.endsWith(SUFFIX)).map((name) => rm(join(directory, name), { force: true })));
  }

  read(path: string, maxBytes: number, options: IoOptions = {}): Promise<Uint8Array | undefined> {
    return this.#run({ type: "read", path, maxBytes }, undefined, options);
  }

  select(selection: Selection, options: IoOptions = {}): Promise<Selected> {
    return this.#run({ type: "select", selection }, undefined, options);
  }

  ignoring(rules: IgnoreRules): FileTree {
    return {
      read: (path, maxBytes, options) => this.read(path, maxBytes, options),
      select: (selection, options = {}) => this.#run({ type: "select", selection }, rules, options),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
  }

  #run<Result>(job: TreeTaskData["job"], ignore: IgnoreRules | undefined, options: IoOptions): Promise<Result> {
    const data: TreeTaskData = { tree: { type: "tar", spool: this.#spool, index: this.#index }, keepOwners: this.#keepOwners, ignore, job };
    return this.#pool.run<Result>(TREE_TASK, data, options);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await rm(this.#spool, { force: true });
  }
}
