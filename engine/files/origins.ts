import { closeSync, constants, openSync, readdirSync } from "node:fs";
import type { Stats } from "node:fs";
import { isSystemError } from "../base/errors.ts";
import { childOf, isOpaque, type MergedEntry } from "../snapshots/merged-view.ts";
import { isWhiteout } from "../sys/nodes.ts";
import { decodeName, fsPath } from "../sys/names.ts";
import { statOf } from "../sys/walk.ts";
import type { FileChange, FileEntry, OpenTree } from "./files.ts";
import { again, componentsOf, openDirectory } from "./place.ts";
import type { PlaceFinder } from "./place.ts";

export type Origin = Pick<FileEntry, "layer" | "change">;

const NOWHERE: Origin = { layer: null, change: "" };

/** One directory of a tree as its layers have it: says of each name which layer it is from, and what the writable layer did to it. */
export class DirectoryOrigins {
  readonly #layers: readonly string[];
  /** The directory in the writable layer; undefined when that has nothing here. */
  readonly #upper: string | undefined;
  /** The same directory in the image's layers, top first. */
  readonly #lower: readonly string[];
  /** The writable layer hides what the image has here. */
  readonly #opaque: boolean;

  /** @param path of the directory, without symlinks */
  constructor(finder: PlaceFinder, tree: Pick<OpenTree, "upper" | "layers">, path: string) {
    this.#layers = tree.layers;
    let lower = tree.layers;
    let upper = tree.upper === null ? undefined : finder.keep(openSync(tree.upper, constants.O_RDONLY | constants.O_DIRECTORY));
    let opaque = false;
    for (const part of componentsOf(path)) {
      lower = childOf(lower, part)?.directories ?? [];
      if (upper === undefined) continue;
      try {
        upper = finder.keep(openDirectory(upper, part));
        opaque ||= isOpaque(`${again(upper)}/.`);
      } catch (error) {
        if (!isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP")) throw error;
        upper = undefined;
      }
    }
    this.#upper = upper === undefined ? undefined : again(upper);
    this.#lower = lower;
    this.#opaque = opaque;
  }

  /** Where what is shown as `name` comes from. */
  of(name: string): Origin {
    const above = this.#upper === undefined ? undefined : statOf(`${this.#upper}/${name}`);
    const below = childOf(this.#lower, name);
    if (above !== undefined && !isWhiteout(above)) {
      const change = changeOf(above, below, `${this.#upper}/${name}`);
      return { layer: change === "inside" ? this.#numberOf(below!) : "container", change };
    }
    return below === undefined || this.#opaque ? NOWHERE : { layer: this.#numberOf(below), change: "" };
  }

  /** The writable layer replaced a directory above as a whole: what the image has here is out of reach. */
  get hidesImage(): boolean {
    return this.#opaque;
  }

  /** What the image has as `name`, seen or not. */
  inImage(name: string): MergedEntry | undefined {
    return childOf(this.#lower, name);
  }

  /** Where the writable layer has `name`, as a path for synchronous work; undefined when it does not have the directory. */
  inUpper(name: string): string | undefined {
    return this.#upper === undefined ? undefined : `${this.#upper}/${name}`;
  }

  /** What the writable layer has in a directory here. */
  namesInUpper(name: string): string[] {
    if (this.#upper === undefined || statOf(`${this.#upper}/${name}`)?.isDirectory() !== true) return [];
    const fd = openSync(`${this.#upper}/${name}`, constants.O_RDONLY | constants.O_DIRECTORY | constants.O_NOFOLLOW);
    try {
      return namesIn(again(fd));
    } finally {
      closeSync(fd);
    }
  }

  /** The names that differ from the image, what was deleted apart. */
  changes(): { readonly present: ReadonlyMap<string, Origin>; readonly deleted: ReadonlyMap<string, MergedEntry & { readonly layer: number }> } {
    const present = new Map<string, Origin>();
    const deleted = new Map<string, MergedEntry & { readonly layer: number }>();
    if (this.#upper === undefined) return { present, deleted };
    const names = new Set(namesIn(this.#upper));
    if (this.#opaque) for (const directory of this.#lower) for (const name of namesIn(directory)) names.add(name);
    for (const name of names) {
      const origin = this.of(name);
      const below = childOf(this.#lower, name);
      if (origin.change !== "") present.set(name, origin);
      else if (origin.layer === null && below !== undefined) deleted.set(name, { ...below, layer: this.#numberOf(below) });
      else if (below !== undefined && this.#isDeleted(name)) deleted.set(name, { ...below, layer: this.#numberOf(below) });
    }
    return { present, deleted };
  }

  #isDeleted(name: string): boolean {
    const above = statOf(`${this.#upper}/${name}`);
    return above !== undefined && isWhiteout(above);
  }

  /** Counted from the bottom. */
  #numberOf({ path }: MergedEntry): number {
    const index = this.#layers.findIndex((layer) => path.startsWith(`${layer}/`));
    return this.#layers.length - 1 - index;
  }
}

function namesIn(directory: string): string[] {
  return readdirSync(fsPath(directory), { encoding: "buffer" }).map(decodeName);
}

function changeOf(above: Stats, below: MergedEntry | undefined, path: string): FileChange {
  if (below === undefined) return "added";
  const same = above.mode === below.stats.mode && above.uid === below.stats.uid && above.gid === below.stats.gid;
  if (above.isDirectory()) return same && !isOpaque(path) ? "inside" : "modified";
  // A copy with the image's own time, which is how a running container gets the image's version back.
  return same && above.size === below.stats.size && above.mtimeMs === below.stats.mtimeMs ? "" : "modified";
}
