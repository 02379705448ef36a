import { closeSync, constants, fstatSync, lstatSync, openSync, readlinkSync, statSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { EngineError, isSystemError } from "../base/errors.ts";
import { decodeName, fsPath } from "../sys/names.ts";
import type { OpenTree } from "./files.ts";

/** Of open(2): a handle that neither reads nor does anything. */
export const O_PATH = 0o10000000;
/** As many as the kernel follows. */
const MAX_LINKS = 40;
const MAX_PATH = 32_768;
const OPEN_DIRECTORY = O_PATH | constants.O_DIRECTORY | constants.O_NOFOLLOW;

/** An open directory and a name in it: what can be acted on without another look at the path. */
export interface Place {
  readonly directory: number;
  /** One component; `.` for the tree's root. */
  readonly name: string;
  /** Absolute in the tree, without symlinks. */
  readonly path: string;
  /** Undefined when nothing is there. */
  readonly stats: BigIntStats | undefined;
}

/** A name in an open directory, as Node's `fs` takes it. The kernel resolves nothing but the one name. */
export function at(directory: number, name: string): string | Buffer {
  return fsPath(`/proc/self/fd/${directory}/${name}`);
}

/** The same open file again, whatever its name is now. */
export function again(fd: number): string {
  return `/proc/self/fd/${fd}`;
}

export function lookAt(directory: number, name: string): BigIntStats | undefined {
  try {
    return lstatSync(at(directory, name), { bigint: true, throwIfNoEntry: false });
  } catch (error) {
    if (isSystemError(error, "ENOTDIR", "ENOENT")) return undefined;
    throw error;
  }
}

/** Opens a directory in another one, never through a symlink. @throws a system error (`ENOTDIR`, `ELOOP`, `ENOENT`) */
export function openDirectory(parent: number, name: string): number {
  return openSync(at(parent, name), OPEN_DIRECTORY);
}

/**
 * Resolves paths of a tree for one piece of work, synchronously: for worker threads. Directories are held open on the way, each component is looked at by itself and symlinks are read
 * and followed here: a magic link of /proc is only its text, and a directory that is moved meanwhile leads nowhere else. Disposing closes what was opened.
 */
export class PlaceFinder implements Disposable {
  readonly #open: number[] = [];
  readonly root: number;

  /** @throws EngineError `conflict` when the tree is gone */
  constructor(tree: Pick<OpenTree, "root" | "ofProcess">) {
    try {
      this.root = this.keep(openSync(`${tree.root}/.`, O_PATH | constants.O_DIRECTORY));
    } catch (error) {
      if (isSystemError(error, "ENOENT", "ESRCH", "ENOTDIR")) throw gone(error);
      throw error;
    }
    if (!tree.ofProcess) return;
    const own = fstatSync(this.root);
    const host = statSync("/");
    if (own.dev === host.dev && own.ino === host.ino) {
      this[Symbol.dispose]();
      throw gone(undefined);
    }
  }

  /** Closes `fd` with the rest. */
  keep(fd: number): number {
    this.#open.push(fd);
    return fd;
  }

  /**
   * @param follow the last component, when it is a symlink
   * @throws EngineError `notFound` (a directory on the way is missing), `invalidArgument`
   */
  find(path: string, follow: boolean): Place {
    const pending = componentsOf(path).reverse();
    const trail: { readonly name: string; readonly fd: number }[] = [];
    for (let links = 0, part = pending.pop(); part !== undefined; part = pending.pop()) {
      if (part === "..") {
        trail.pop();
        continue;
      }
      const directory = trail.at(-1)?.fd ?? this.root;
      const last = pending.length === 0;
      const stats = lookAt(directory, part);
      if (stats?.isSymbolicLink() === true && (!last || follow)) {
        if (++links > MAX_LINKS) throw new EngineError("invalidArgument", `too many levels of symbolic links in ${JSON.stringify(path)}`);
        const target = linkAt(directory, part);
        if (target.startsWith("/")) trail.length = 0;
        pending.push(...componentsOf(target).reverse());
        continue;
      }
      if (last) return { directory, name: part, path: pathOf(trail, part), stats };
      if (stats === undefined) throw missing(path);
      if (!stats.isDirectory()) throw new EngineError("invalidArgument", `${shown(pathOf(trail, part))} is not a directory`);
      trail.push({ name: part, fd: this.keep(openDirectory(directory, part)) });
    }
    const top = trail.pop();
    const directory = trail.at(-1)?.fd ?? this.root;
    if (top === undefined) return { directory: this.root, name: ".", path: "/", stats: lookAt(this.root, ".") };
    return { directory, name: top.name, path: pathOf(trail, top.name), stats: lookAt(directory, top.name) };
  }

  /** As {@link find}, for something that is there. @throws EngineError `notFound` */
  existing(path: string, follow: boolean): Place & { readonly stats: BigIntStats } {
    const place = this.find(path, follow);
    if (place.stats === undefined) throw missing(path);
    return place as Place & { readonly stats: BigIntStats };
  }

  /** A place for something to be changed. @throws EngineError `invalidArgument` for the root */
  changeable(path: string): Place {
    const place = this.find(path, false);
    if (place.name === ".") throw new EngineError("invalidArgument", "the root directory itself cannot be renamed, replaced or removed");
    return place;
  }

  [Symbol.dispose](): void {
    for (const fd of this.#open.splice(0)) closeSync(fd);
  }
}

function pathOf(trail: readonly { readonly name: string }[], last: string): string {
  return `/${[...trail.map(({ name }) => name), last].join("/")}`;
}

/** @throws EngineError `invalidArgument` */
export function componentsOf(path: string): string[] {
  if (path.length > MAX_PATH || path.includes("\0")) throw new EngineError("invalidArgument", "the path is too long, or has a NUL character");
  return path.split("/").filter((part) => part !== "" && part !== ".");
}

/** What the symlink says, as text. */
export function linkAt(directory: number, name: string): string {
  return decodeName(readlinkSync(at(directory, name), { encoding: "buffer" }));
}

/** A path in a sentence. */
export function shown(path: string): string {
  return path.toWellFormed().slice(0, 500);
}

export function missing(path: string): EngineError {
  return new EngineError("notFound", `there is no ${shown(path)}`);
}

function gone(cause: unknown): EngineError {
  return new EngineError("conflict", "the container has just ended: try again", { cause });
}
