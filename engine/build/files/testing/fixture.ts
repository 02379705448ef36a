import { execFileSync } from "node:child_process";
import { chmodSync, chownSync, linkSync, lutimesSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fsPath } from "../../../sys/names.ts";
import { WorkerPool } from "../../../sys/workers.ts";
import type { ContextTree, Selected, Selection } from "../files.ts";
import { DirectoryTree } from "../tree/directory-tree.ts";
import { TarTree } from "../tree/tar-tree.ts";

/** What a test's tree has at a path: a text is a file, null a directory. */
export type Node = string | Uint8Array | null | { readonly link: string } | { readonly hardlink: string } | { readonly file: string; readonly mode?: number; readonly uid?: number; readonly gid?: number; readonly mtime?: number } | { readonly directory: true; readonly mode?: number; readonly uid?: number; readonly gid?: number; readonly mtime?: number };
export type Nodes = Readonly<Record<string, Node>>;

const DEFAULT_TIME = 1_600_000_000;

/** Lays nodes down below `root`, in their order; times are {@link DEFAULT_TIME} unless told. */
export function layDown(root: string, nodes: Nodes): void {
  mkdirSync(root, { recursive: true });
  for (const [name, node] of Object.entries(nodes)) {
    const path = fsPath(join(root, name));
    mkdirSync(fsPath(dirname(join(root, name))), { recursive: true });
    if (node === null) mkdirSync(path, { recursive: true });
    else if (typeof node === "string" || node instanceof Uint8Array) writeFileSync(path, node);
    else if ("link" in node) symlinkSync(node.link, path);
    else if ("hardlink" in node) linkSync(join(root, node.hardlink), path);
    else {
      if ("file" in node) writeFileSync(path, node.file);
      else mkdirSync(path, { recursive: true });
      chownSync(path, node.uid ?? 0, node.gid ?? 0);
      chmodSync(path, node.mode ?? ("file" in node ? 0o644 : 0o755));
    }
  }
  for (const [name, node] of Object.entries(nodes).reverse()) {
    const time = node !== null && typeof node === "object" && "mtime" in node ? (node.mtime ?? DEFAULT_TIME) : DEFAULT_TIME;
    const path = fsPath(join(root, name));
    if (node !== null && typeof node === "object" && "link" in node) lutimesSync(path, time, time);
    else utimesSync(path, time, time);
  }
}

/** One for all tests of a file: starting a thread takes longer than most of them. Idle threads keep nobody. */
const POOL = new WorkerPool({ threads: 2 });

/** A scratch directory and trees, to be disposed. */
export class Lab implements AsyncDisposable {
  readonly scratch = mkdtempSync(join(tmpdir(), "slipway-files-"));
  readonly pool = POOL;
  readonly #trees: ContextTree[] = [];
  #count = 0;

  path(name: string): string {
    return join(this.scratch, name);
  }

  directory(nodes: Nodes, options: { readonly keepOwners?: boolean; readonly cacheFile?: string } = {}): DirectoryTree {
    const root = this.path(`tree${this.#count++}`);
    layDown(root, nodes);
    return this.at(root, options);
  }

  at(root: string, options: { readonly keepOwners?: boolean; readonly cacheFile?: string } = {}): DirectoryTree {
    const tree = new DirectoryTree({ pool: this.pool, root, ...options });
    this.#trees.push(tree);
    return tree;
  }

  /** The same as `directory`, packed by tar(1) and received. */
  async tar(nodes: Nodes, options: { readonly keepOwners?: boolean; readonly compress?: string } = {}): Promise<TarTree> {
    const root = this.path(`tree${this.#count++}`);
    layDown(root, nodes);
    const args = ["--xattrs", "--xattrs-include=*", "--format=posix", ...(options.compress === undefined ? [] : [options.compress]), "-C", root, "-cf", "-", "."];
    return this.receive(inPieces(execFileSync("tar", args, { maxBuffer: 1 << 30 }), 65_536), options);
  }

  async receive(stream: AsyncIterable<Uint8Array>, options: { readonly keepOwners?: boolean; readonly limits?: { readonly maxBytes?: number; readonly maxEntries?: number } } = {}): Promise<TarTree> {
    const tree = await TarTree.receive(stream, { pool: this.pool, directory: this.path("spools"), ...options });
    this.#trees.push(tree);
    return tree;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const tree of this.#trees) await tree[Symbol.asyncDispose]();
    rmSync(this.scratch, { recursive: true, force: true });
  }
}

/** Bytes as a network brings them. */
export async function* inPieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size);
}

export function selection(pattern: string, more: Partial<Selection> = {}): Selection {
  return { pattern, excludes: [], parents: false, ...more };
}

/** The paths that a selection has in its manifest. */
export function pathsOf(selected: Selected): string[] {
  return selected.manifest.split("\n").slice(0, -1).map((line) => line.slice(13));
}
