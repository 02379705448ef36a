import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { IoOptions } from "../../base/abort.ts";
import type { SnapshotKey } from "../../base/ids.ts";
import type { CopySource, FileOrigin } from "../../dockerfile/plan/steps.ts";
import type { Snapshotter } from "../../snapshots/snapshots.ts";
import type { FileTree } from "../files/files.ts";
import type { TreeOpener } from "../open-context.ts";

/** A tree to take files from, and what it is. */
export interface Origin {
  readonly tree: FileTree;
  /** Names its content without reading it; null for a context, whose content is known only by its digests. */
  readonly identity: string | null;
  /** Where it lies on this machine, when it is a directory of its own. */
  readonly directory: string | null;
}

export interface OriginsOptions {
  readonly context: FileTree;
  readonly snapshots: Snapshotter;
  /** Where views are mounted. */
  readonly directory: string;
  readonly trees: TreeOpener;
  /** Socket of an ssh agent, for git. */
  readonly agent: string | undefined;
  /** What a stage or an image has become. */
  readonly resolve: (origin: FileOrigin & { type: "stage" | "image" }, options: IoOptions) => Promise<{ readonly snapshot: SnapshotKey | null; readonly identity: string }>;
}

/** Opens the trees that COPY, ADD and bind mounts read; each root file system is mounted once for a build. */
export class Origins {
  readonly #options: OriginsOptions;
  readonly #views = new Map<string, Promise<{ readonly tree: FileTree; readonly directory: string }>>();
  #count = 0;

  constructor(options: OriginsOptions) {
    this.#options = options;
  }

  /** @throws EngineError of what the stage or image needs */
  async open(origin: FileOrigin, options: IoOptions = {}): Promise<Origin> {
    if (origin.type === "context") return { tree: this.#options.context, identity: null, directory: null };
    const { snapshot, identity } = await this.#options.resolve(origin, options);
    let view = this.#views.get(identity);
    if (view === undefined) this.#views.set(identity, (view = this.#mount(snapshot, options)));
    return { ...(await view), identity };
  }

  async #mount(snapshot: SnapshotKey | null, options: IoOptions): Promise<{ readonly tree: FileTree; readonly directory: string }> {
    const directory = join(this.#options.directory, `view-${this.#count++}`);
    await mkdir(directory, { recursive: true });
    if (snapshot !== null) await this.#options.snapshots.mount(snapshot, directory, options);
    return { tree: this.#options.trees.directory(directory, { remembered: false, keepOwners: true }), directory };
  }

  /** A directory of the build's own. */
  directory(path: string): FileTree {
    return this.#options.trees.directory(path, { remembered: false, keepOwners: false });
  }

  /** Fetches what ADD names by an address into `directory`. @returns the tree with the file, and its name there */
  url(source: CopySource & { type: "url" }, directory: string, options: IoOptions): Promise<{ readonly tree: FileTree; readonly name: string }> {
    return this.#options.trees.url(source, directory, options);
  }

  /** Fetches a git repository into `directory`. */
  git(source: CopySource & { type: "git" }, directory: string, options: IoOptions): Promise<FileTree> {
    return this.#options.trees.git(source, directory, { ...options, agent: this.#options.agent });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const view of this.#views.values()) {
      const opened = await view.catch(() => null);
      if (opened === null) continue;
      await opened.tree[Symbol.asyncDispose]();
      await this.#options.snapshots.unmount(opened.directory);
    }
    this.#views.clear();
  }
}
