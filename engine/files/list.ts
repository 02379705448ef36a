import { opendirSync } from "node:fs";
import type { BigIntStats, Dirent } from "node:fs";
import { EngineError } from "../base/errors.ts";
import { decodeName } from "../sys/names.ts";
import { Accounts, describe } from "./describe.ts";
import type { FileEntry, FileListing, FoundFile, ListRequest, OpenTree, TreeMount } from "./files.ts";
import { DirectoryOrigins, type Origin } from "./origins.ts";
import { again, lookAt, openDirectory, shown } from "./place.ts";
import type { Place, PlaceFinder } from "./place.ts";

/** Names of one directory that are read at all. */
const MAX_NAMES = 200_000;
/** Files that a runtime mounts over, in a container that runs. */
const SYSTEM_FILES = ["/etc/hostname", "/etc/hosts", "/etc/resolv.conf"];
/** What runtimes make in the writable layer only to mount on it. */
const MOUNT_POINTS = new Set(["/dev", "/proc", "/sys", "/.dockerenv", ...SYSTEM_FILES]);

/** The worker's part of `Files.list`. */
export function listDirectory(finder: PlaceFinder, tree: OpenTree, path: string, request: ListRequest): FileListing {
  const place = finder.existing(path, true);
  if (!place.stats.isDirectory()) throw new EngineError("invalidArgument", `${shown(place.path)} is not a directory`);
  const directory = finder.keep(openDirectory(place.directory, place.name));
  const look = new Looker(finder, tree, directory, place.path);
  if (request.changed) return look.changes(request);
  const { names, truncated } = namesOf(directory);
  const entries = names.slice(request.offset, request.offset + request.limit).flatMap((name) => look.at(name) ?? []);
  return { path: place.path, total: names.length, truncated, entries };
}

/** The worker's part of `Files.stat`. */
export function statPlace(finder: PlaceFinder, tree: OpenTree, place: Place & { readonly stats: BigIntStats }): FoundFile {
  if (place.name === ".") return { ...describe(place.directory, ".", place.stats, new Accounts(finder)), name: "/", path: "/", layer: null, change: "", mount: null };
  const parent = place.path.slice(0, place.path.lastIndexOf("/")) || "/";
  const entry = new Looker(finder, tree, place.directory, parent).at(place.name);
  if (entry === undefined) throw new EngineError("notFound", `${shown(place.path)} has just been removed`);
  return { ...entry, path: place.path };
}

/** Directories first, then by name. */
function namesOf(fd: number): { readonly names: string[]; readonly truncated: boolean } {
  const found: { readonly name: string; readonly folder: boolean }[] = [];
  let truncated = false;
  using directory = opendirSync(again(fd), { encoding: "buffer" as BufferEncoding, bufferSize: 1024 });
  for (let entry = directory.readSync() as Dirent<Buffer> | null; entry !== null; entry = directory.readSync() as Dirent<Buffer> | null) {
    if (found.length === MAX_NAMES) {
      truncated = true;
      break;
    }
    found.push({ name: decodeName(entry.name), folder: entry.isDirectory() });
  }
  return { names: sorted(found), truncated };
}

function sorted(found: { readonly name: string; readonly folder: boolean }[]): string[] {
  return found.sort((a, b) => (a.folder === b.folder ? (a.name < b.name ? -1 : 1) : a.folder ? -1 : 1)).map(({ name }) => name);
}

/** Describes entries of one directory. */
class Looker {
  readonly #directory: number;
  readonly #path: string;
  readonly #accounts: Accounts;
  readonly #mounts: ReadonlyMap<string, TreeMount>;
  readonly #device: bigint | undefined;
  readonly #live: boolean;
  /** Undefined below a mount. */
  readonly #origins: DirectoryOrigins | undefined;

  constructor(finder: PlaceFinder, tree: OpenTree, directory: number, path: string) {
    this.#directory = directory;
    this.#path = path;
    this.#accounts = new Accounts(finder);
    this.#mounts = new Map(tree.mounts.map((mount) => [realPathOf(finder, mount.path), mount]));
    this.#device = lookAt(directory, ".")?.dev;
    this.#live = tree.ofProcess;
    const inMount = this.#device !== lookAt(finder.root, ".")?.dev || [...this.#mounts.keys()].some((mount) => path === mount || path.startsWith(`${mount}/`));
    this.#origins = inMount || (tree.upper === null && tree.layers.length === 0) ? undefined : new DirectoryOrigins(finder, tree, path);
  }

  /** Undefined when it has gone. */
  at(name: string): FileEntry | undefined {
    const stats = lookAt(this.#directory, name);
    if (stats === undefined) return undefined;
    const mount = this.#mountAt(name, stats);
    return { ...describe(this.#directory, name, stats, this.#accounts), ...this.#originOf(name, mount), mount };
  }

  changes(request: ListRequest): FileListing {
    if (this.#origins === undefined) return { path: this.#path, total: 0, truncated: false, entries: [] };
    const { present, deleted } = this.#origins.changes();
    const found: { name: string; folder: boolean; entry: FileEntry }[] = [];
    for (const name of present.keys()) {
      const entry = this.at(name);
      if (entry !== undefined && entry.change !== "") found.push({ name, folder: entry.type === "directory", entry });
    }
    for (const [name, { stats, layer }] of deleted) {
      const folder = stats.isDirectory();
      const type = folder ? "directory" : stats.isSymbolicLink() ? "symlink" : "file";
      found.push({ name, folder, entry: { name, type, size: stats.size, mode: stats.mode & 0o7777, uid: stats.uid, gid: stats.gid, user: this.#accounts.user(stats.uid), group: this.#accounts.group(stats.gid), mtimeMs: Math.floor(stats.mtimeMs), version: "none", target: "", layer, change: "deleted", mount: null } });
    }
    const byName = new Map(found.map(({ name, entry }) => [name, entry]));
    const names = sorted(found);
    return { path: this.#path, total: names.length, truncated: false, entries: names.slice(request.offset, request.offset + request.limit).map((name) => byName.get(name)!) };
  }

  #mountAt(name: string, stats: BigIntStats): TreeMount | null {
    const path = this.#path === "/" ? `/${name}` : `${this.#path}/${name}`;
    const known = this.#mounts.get(path);
    if (known !== undefined) return known;
    const system = this.#live && ((stats.isDirectory() && stats.dev !== this.#device) || SYSTEM_FILES.includes(path));
    return system ? { path, type: "system", name: "", readWrite: true } : null;
  }

  #originOf(name: string, mount: TreeMount | null): Origin {
    if (mount !== null || this.#origins === undefined) return { layer: null, change: "" };
    const origin = this.#origins.of(name);
    const path = this.#path === "/" ? `/${name}` : `${this.#path}/${name}`;
    const made = origin.change === "added" && MOUNT_POINTS.has(path);
    const held = path === "/etc" && (origin.change === "added" || origin.change === "inside") && this.#origins.namesInUpper(name).every((child) => SYSTEM_FILES.includes(`/etc/${child}`));
    return made || held ? { ...origin, change: "" } : origin;
  }
}

/** Where a mount really is: its path may lead through symlinks of the image. */
function realPathOf(finder: PlaceFinder, path: string): string {
  try {
    return finder.find(path, true).path;
  } catch (error) {
    // Nothing to show there then.
    if (error instanceof EngineError || (error instanceof Error && "syscall" in error)) return path;
    throw error;
  }
}
