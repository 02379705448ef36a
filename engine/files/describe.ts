import { closeSync, constants, fstatSync, openSync, readFileSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { EngineError, isEngineError, isSystemError } from "../base/errors.ts";
import { fileType } from "../sys/nodes.ts";
import type { FileEntry } from "./files.ts";
import { O_PATH, again, at, linkAt } from "./place.ts";
import type { PlaceFinder } from "./place.ts";

const MAX_ACCOUNT_FILE = 4 * 1024 * 1024;

/** See `FileEntry.version`. */
export function versionOf(stats: BigIntStats): string {
  return `${stats.mtimeNs}-${stats.size}`;
}

/** What the directory itself tells of an entry; layers and mounts are for others to say. */
export function describe(directory: number, name: string, stats: BigIntStats, accounts: Accounts): Omit<FileEntry, "layer" | "change" | "mount"> {
  const uid = Number(stats.uid);
  const gid = Number(stats.gid);
  return {
    name, type: fileType(stats), size: Number(stats.size), mode: Number(stats.mode & 0o7777n), uid, gid,
    user: accounts.user(uid), group: accounts.group(gid), mtimeMs: Number(stats.mtimeNs / 1_000_000n), version: versionOf(stats),
    target: stats.isSymbolicLink() ? targetOf(directory, name) : "",
  };
}

function targetOf(directory: number, name: string): string {
  try {
    return linkAt(directory, name);
  } catch (error) {
    // Replaced since it was looked at.
    if (isSystemError(error, "EINVAL", "ENOENT")) return "";
    throw error;
  }
}

/**
 * Opens a regular file for reading. What it is, is known before it is opened: opening a fifo waits, and opening a device does something.
 * @throws EngineError `invalidArgument` for anything else, `notFound`
 */
export function openFile(directory: number, name: string, path: string): number {
  const probe = openSync(at(directory, name), O_PATH | constants.O_NOFOLLOW);
  try {
    if (!fstatSync(probe).isFile()) throw new EngineError("invalidArgument", `${path.toWellFormed()} is not a regular file: it has no content to read`);
    return openSync(again(probe), constants.O_RDONLY | constants.O_NONBLOCK);
  } finally {
    closeSync(probe);
  }
}

/** Names of a tree's users and groups, from its own files; read when the first one is asked for. */
export class Accounts {
  readonly #finder: PlaceFinder;
  #users: ReadonlyMap<string, number> | undefined;
  #groups: ReadonlyMap<string, number> | undefined;
  readonly #userNames = new Map<number, string>();
  readonly #groupNames = new Map<number, string>();

  constructor(finder: PlaceFinder) {
    this.#finder = finder;
  }

  user(uid: number): string {
    this.#users ??= this.#read("/etc/passwd", this.#userNames);
    return this.#userNames.get(uid) ?? "";
  }

  group(gid: number): string {
    this.#groups ??= this.#read("/etc/group", this.#groupNames);
    return this.#groupNames.get(gid) ?? "";
  }

  /** The id of a name, or the number itself. @throws EngineError `invalidArgument` */
  userId(name: string): number {
    this.#users ??= this.#read("/etc/passwd", this.#userNames);
    return idOf(name, this.#users, "user");
  }

  /** As {@link userId}. */
  groupId(name: string): number {
    this.#groups ??= this.#read("/etc/group", this.#groupNames);
    return idOf(name, this.#groups, "group");
  }

  #read(path: string, names: Map<number, string>): Map<string, number> {
    const ids = new Map<string, number>();
    for (const line of this.#text(path).split("\n")) {
      const [name = "", , id = ""] = line.split(":", 3);
      if (name === "" || !/^[0-9]{1,10}$/.test(id)) continue;
      if (!ids.has(name)) ids.set(name, Number(id));
      if (!names.has(Number(id))) names.set(Number(id), name);
    }
    return ids;
  }

  #text(path: string): string {
    try {
      const { directory, name } = this.#finder.existing(path, true);
      const fd = openFile(directory, name, path);
      try {
        return fstatSync(fd).size <= MAX_ACCOUNT_FILE ? readFileSync(fd, "utf8") : "";
      } finally {
        closeSync(fd);
      }
    } catch (error) {
      // A tree without account files has ids alone.
      if (isEngineError(error) || (error instanceof Error && "syscall" in error)) return "";
      throw error;
    }
  }
}

function idOf(name: string, ids: ReadonlyMap<string, number>, kind: "user" | "group"): number {
  const known = ids.get(name);
  if (known !== undefined) return known;
  if (/^[0-9]{1,10}$/.test(name) && Number(name) < 0xffffffff) return Number(name);
  throw new EngineError("invalidArgument", `there is no ${kind} ${JSON.stringify(name)} here: use its number, or a name from /etc/${kind === "user" ? "passwd" : "group"}`);
}
