import { closeSync, constants, fchmodSync, fchownSync, fstatSync, fsyncSync, lchownSync, chmodSync, mkdirSync, openSync, renameSync, unlinkSync, writeSync } from "node:fs";
import { EngineError, isSystemError } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import { versionOf } from "./describe.ts";
import type { WriteRequest } from "./files.ts";
import { O_PATH, again, at, linkAt, lookAt, missing, shown } from "./place.ts";
import type { Place, PlaceFinder } from "./place.ts";
import type { Temporary } from "./unfinished.ts";

const NEW_FILE = constants.O_WRONLY | constants.O_CREAT | constants.O_EXCL | constants.O_NOFOLLOW;
/** Bytes of a name. */
const MAX_NAME = 255;

/** The worker's part of `Files.write`: everything to a new file, which then takes the place in one step. */
export async function writeFile(finder: PlaceFinder, path: string, input: AsyncIterable<Uint8Array>, request: WriteRequest, note: (place: Place) => Temporary, signal: AbortSignal): Promise<void> {
  const place = finder.changeable(path);
  checkName(place);
  checkReplaceable(place, request);
  using temporary = note(place);
  const { name } = temporary;
  const fd = openSync(at(place.directory, name), NEW_FILE, 0o600);
  try {
    try {
      for await (const chunk of input) {
        throwIfAborted(signal);
        for (let done = 0; done < chunk.length; ) done += writeSync(fd, chunk, done);
      }
      const like = place.stats ?? fstatSync(place.directory, { bigint: true });
      fchownSync(fd, Number(like.uid), Number(like.gid));
      fchmodSync(fd, place.stats === undefined ? 0o644 : Number(like.mode & 0o7777n));
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    // Another look: the upload may have taken long.
    const now = { ...place, stats: lookAt(place.directory, place.name) };
    checkReplaceable(now, request.version === undefined ? request : { version: place.stats === undefined ? "none" : versionOf(place.stats) });
    renameSync(at(place.directory, name), at(place.directory, place.name));
  } catch (error) {
    try {
      unlinkSync(at(place.directory, name));
    } catch {
      // The first failure says more.
    }
    throw error;
  }
}

/** @throws EngineError `conflict`, `invalidArgument`, `alreadyExists` */
function checkReplaceable({ stats, directory, name, path }: Place, { version }: WriteRequest): void {
  if (stats === undefined) {
    if (version !== undefined && version !== "none") throw new EngineError("conflict", `${shown(path)} has been removed since it was read: save it under its name as a new file, or leave it`, { details: { changed: true } });
    return;
  }
  if (stats.isSymbolicLink()) throw new EngineError("conflict", `${shown(path)} is a symbolic link to ${shown(linkAt(directory, name))}: write to that file instead`);
  if (!stats.isFile()) throw new EngineError("conflict", `${shown(path)} exists already and is not a regular file: choose another name`);
  if (version === "none") throw new EngineError("alreadyExists", `${shown(path)} exists already: choose another name, or replace it`);
  if (version !== undefined && version !== versionOf(stats)) throw new EngineError("conflict", `${shown(path)} has changed since it was read: read it again, or replace it`, { details: { changed: true } });
}

/** The worker's part of `Files.makeDirectory`. */
export function makeDirectory(finder: PlaceFinder, path: string): void {
  const place = finder.changeable(path);
  checkName(place);
  if (place.stats !== undefined) throw new EngineError("alreadyExists", `${shown(place.path)} exists already: choose another name`);
  mkdirSync(at(place.directory, place.name), 0o700);
  const owner = fstatSync(place.directory);
  lchownSync(at(place.directory, place.name), owner.uid, owner.gid);
  const fd = openSync(at(place.directory, place.name), O_PATH | constants.O_NOFOLLOW | constants.O_DIRECTORY);
  try {
    chmodSync(again(fd), 0o755);
  } finally {
    closeSync(fd);
  }
}

/** Renames where the kernel can. @returns false when it has to be copied: a directory of the image, or another mount */
export function renamePlace(from: Place, to: Place): boolean {
  checkName(to);
  if (from.stats === undefined) throw missing(from.path);
  if (to.stats !== undefined && !(to.stats.ino === from.stats.ino && to.stats.dev === from.stats.dev && to.path === from.path)) throw new EngineError("alreadyExists", `${shown(to.path)} exists already: choose another name`);
  if (to.path.startsWith(`${from.path}/`)) throw new EngineError("invalidArgument", `${shown(from.path)} cannot be moved into itself`);
  try {
    renameSync(at(from.directory, from.name), at(to.directory, to.name));
    return true;
  } catch (error) {
    if (isSystemError(error, "EXDEV")) return false;
    throw error;
  }
}

function checkName({ name, path }: Place): void {
  if (Buffer.byteLength(name) > MAX_NAME) throw new EngineError("invalidArgument", `the name is longer than ${MAX_NAME} bytes: ${shown(path)}`);
}
