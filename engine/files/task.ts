import { closeSync, readSync, renameSync } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError, isSystemError, messageOf } from "../base/errors.ts";
import { packEntries } from "../archive/pack.ts";
import { ConfinedRoot } from "../sys/root.ts";
import type { WorkerContext, WorkerTask } from "../sys/worker-protocol.ts";
import { copyEntry } from "./copy.ts";
import { Accounts, openFile } from "./describe.ts";
import type { AttributesRequest, ListRequest, OpenTree, SearchRequest, WriteRequest } from "./files.ts";
import { listDirectory, statPlace } from "./list.ts";
import { PlaceFinder, at, shown, type Place } from "./place.ts";
import { changeAttributes, removeEntry } from "./remove.ts";
import { dropFromLayer, restoreFromImage } from "./restore.ts";
import { search } from "./search.ts";
import { noteTemporary } from "./unfinished.ts";
import type { Temporary } from "./unfinished.ts";
import { makeDirectory, renamePlace, writeFile } from "./write.ts";

export type FileTree = Pick<OpenTree, "owner" | "root" | "ofProcess" | "upper" | "layers" | "mounts">;

/** What a worker is asked to do with a tree. */
export type FilesJob = { readonly tree: FileTree; readonly path: string; /** Where unfinished files are noted. */ readonly notes: string } & (
  | ({ readonly type: "list" } & ListRequest)
  | { readonly type: "stat"; readonly follow: boolean }
  | { readonly type: "read"; readonly offset: number; readonly length: number }
  | { readonly type: "download" | "pack" | "makeDirectory" | "remove" | "drop" | "discard" }
  | ({ readonly type: "write" } & WriteRequest)
  | { readonly type: "rename"; readonly to: string }
  | ({ readonly type: "attributes" } & AttributesRequest)
  | ({ readonly type: "search" } & SearchRequest)
  | { readonly type: "restore"; readonly image: string | null }
);

const CHUNK = 256 * 1024;

export const task: WorkerTask<FilesJob, unknown> = async (job, context) => {
  try {
    using finder = new PlaceFinder(job.tree);
    return await perform(finder, job, context);
  } catch (error) {
    throw explain(error, job);
  }
};

async function perform(finder: PlaceFinder, job: FilesJob, context: WorkerContext): Promise<unknown> {
  const { signal, input, emit } = context;
  const tree = { ...job.tree, [Symbol.asyncDispose]: () => Promise.resolve() };
  const checkAborted = (): void => throwIfAborted(signal);
  const note = (place: Place): Temporary => noteTemporary(job.notes, job.tree.owner, place);
  const result = (path: string): unknown => statPlace(finder, tree, finder.existing(path, false));
  switch (job.type) {
    case "list":
      return listDirectory(finder, tree, job.path, job);
    case "stat":
      return statPlace(finder, tree, finder.existing(job.path, job.follow));
    case "read": {
      const place = finder.existing(job.path, true);
      const { bytes, end } = readRange(place, job.offset, job.length);
      return { file: statPlace(finder, tree, place), bytes, end };
    }
    case "download":
      return download(finder.existing(job.path, true), emit, checkAborted);
    case "pack":
      return pack(job.tree.root, finder.existing(job.path, true).path, emit, checkAborted);
    case "write":
      await writeFile(finder, job.path, input, job, note, signal);
      return result(job.path);
    case "makeDirectory":
      makeDirectory(finder, job.path);
      return result(job.path);
    case "rename":
      await rename(finder, job, note, signal, checkAborted);
      return result(job.to);
    case "remove": {
      const place = finder.changeable(job.path);
      if (place.stats === undefined) throw new EngineError("notFound", `there is no ${shown(job.path)}`);
      checkNoMountBelow(finder, job.tree, place.path);
      return removeEntry(place.directory, place.name, checkAborted);
    }
    case "attributes": {
      const accounts = new Accounts(finder);
      const wanted = { mode: job.mode, uid: job.user === undefined ? undefined : accounts.userId(job.user), gid: job.group === undefined ? undefined : accounts.groupId(job.group) };
      const place = finder.existing(job.path, false);
      changeAttributes(place.directory, place.name, wanted, job.recursive, checkAborted);
      return result(job.path);
    }
    case "search":
      return search(finder, job.path, job, (events) => emit(Buffer.from(events.map((event) => `${JSON.stringify(event)}\n`).join(""))), checkAborted);
    case "restore":
      checkNoMountBelow(finder, job.tree, finder.changeable(job.path).path);
      return restoreFromImage(finder, tree, job.path, job.image, note, signal, checkAborted);
    case "drop":
      return dropFromLayer(finder, tree, job.path, checkAborted);
    case "discard": {
      const place = finder.changeable(job.path);
      return removeEntry(place.directory, place.name, checkAborted);
    }
  }
}

function readRange(place: Place, offset: number, length: number): { bytes: Uint8Array; end: boolean } {
  const fd = openFile(place.directory, place.name, place.path);
  try {
    // One more byte tells whether the file ends here: sizes of /proc are 0.
    const bytes = new Uint8Array(length + 1);
    let filled = 0;
    for (let read = -1; read !== 0 && filled < bytes.length; filled += read) read = readSync(fd, bytes, filled, bytes.length - filled, offset + filled);
    return { bytes: bytes.slice(0, Math.min(filled, length)), end: filled <= length };
  } finally {
    closeSync(fd);
  }
}

async function download(place: Place, emit: WorkerContext["emit"], checkAborted: () => void): Promise<void> {
  const fd = openFile(place.directory, place.name, place.path);
  try {
    for (let position = 0; ; ) {
      checkAborted();
      const chunk = Buffer.allocUnsafeSlow(CHUNK);
      const read = readSync(fd, chunk, 0, CHUNK, position);
      if (read === 0) return;
      position += read;
      await emit(chunk.subarray(0, read));
    }
  } finally {
    closeSync(fd);
  }
}

async function pack(rootPath: string, path: string, emit: WorkerContext["emit"], checkAborted: () => void): Promise<void> {
  using root = new ConfinedRoot(rootPath);
  const name = path === "/" ? "." : path.slice(path.lastIndexOf("/") + 1);
  const chunks = packEntries({ root: rootPath, path, name });
  for (let next = root.run(() => chunks.next()); next.done !== true; next = root.run(() => chunks.next())) {
    checkAborted();
    await emit(next.value);
    await nextTurn();
  }
}

async function rename(finder: PlaceFinder, job: FilesJob & { readonly type: "rename" }, note: (place: Place) => Temporary, signal: AbortSignal, checkAborted: () => void): Promise<void> {
  const from = finder.changeable(job.path);
  const to = finder.changeable(job.to);
  checkNoMountBelow(finder, job.tree, from.path);
  if (renamePlace(from, to)) return;
  using temporary = note(to);
  const { name } = temporary;
  try {
    await copyEntry(job.tree.root, from.path, job.tree.root, to.path.slice(0, to.path.lastIndexOf("/")) || "/", name, signal);
    renameSync(at(to.directory, name), at(to.directory, to.name));
  } catch (error) {
    removeEntry(to.directory, name, () => undefined);
    throw error;
  }
  removeEntry(from.directory, from.name, checkAborted);
}

/** @throws EngineError `conflict` when something is mounted at or below a path */
function checkNoMountBelow(finder: PlaceFinder, tree: FileTree, path: string): void {
  for (const mount of tree.mounts) {
    let real = mount.path;
    try {
      real = finder.find(mount.path, true).path;
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
    }
    if (real === path || real.startsWith(`${path}/`)) throw new EngineError("conflict", `the ${mount.type} ${mount.name === "" ? "" : `${mount.name} `}is mounted at ${shown(real)}, so ${shown(path)} stays: change what is in it instead`);
  }
}

/** The kernel's words for what a user can do something about. */
function explain(error: unknown, job: FilesJob): unknown {
  const path = shown(job.path);
  if (isSystemError(error, "EROFS")) return new EngineError("forbidden", `${path} is on a file system that is read-only here`, { cause: error });
  if (isSystemError(error, "EACCES", "EPERM")) return new EngineError("forbidden", `the kernel does not allow that for ${path}: ${messageOf(error)}`, { cause: error });
  if (isSystemError(error, "ENOENT", "ESTALE", "ESRCH")) return new EngineError("notFound", `there is no ${path}, or not any more`, { cause: error });
  if (isSystemError(error, "ENOTDIR", "ELOOP", "EINVAL", "ENAMETOOLONG", "ENXIO", "EIO", "EAGAIN", "EOPNOTSUPP")) return new EngineError("invalidArgument", `that is not possible for ${path}: ${messageOf(error)}`, { cause: error });
  if (isSystemError(error, "EEXIST", "ENOTEMPTY")) return new EngineError("alreadyExists", `${path} exists already, or is not empty: ${messageOf(error)}`, { cause: error });
  if (isSystemError(error, "EBUSY", "ETXTBSY")) return new EngineError("conflict", `${path} is in use: it is a mount point, or a program that runs`, { cause: error });
  return error;
}
