import { closeSync, openSync, renameSync } from "node:fs";
import { EngineError } from "../base/errors.ts";
import type { OpenTree } from "./files.ts";
import { statOf } from "../sys/walk.ts";
import { copyEntry } from "./copy.ts";
import { DirectoryOrigins } from "./origins.ts";
import { O_PATH, PlaceFinder, at, missing, shown } from "./place.ts";
import type { Place } from "./place.ts";
import { removeEntry } from "./remove.ts";
import type { Temporary } from "./unfinished.ts";

/**
 * The worker's part of `Files.restore`: through the tree as its processes see it. The copy is made beside its place; a directory's place is then empty for a moment, a file is replaced in
 * one step.
 */
export async function restoreFromImage(finder: PlaceFinder, tree: OpenTree, path: string, image: string | null, note: (place: Place) => Temporary, signal: AbortSignal, checkAborted: () => void): Promise<void> {
  const place = finder.changeable(path);
  const below = image === null ? undefined : imageStats(image, place.path);
  if (below === undefined) {
    if (place.stats === undefined) throw missing(path);
    return removeEntry(place.directory, place.name, checkAborted);
  }
  const parent = place.path.slice(0, place.path.lastIndexOf("/")) || "/";
  using temporary = note(place);
  const { name } = temporary;
  try {
    await copyEntry(image!, place.path, tree.root, parent, name, signal);
    if (place.stats !== undefined && (place.stats.isDirectory() || below === "directory")) removeEntry(place.directory, place.name, checkAborted);
    renameSync(at(place.directory, name), at(place.directory, place.name));
  } catch (error) {
    removeEntry(place.directory, name, () => undefined);
    throw error;
  }
}

/** What the image has at a path that is resolved already: no symlink on the way. */
function imageStats(image: string, path: string): "directory" | "other" | undefined {
  using finder = new PlaceFinder({ root: image, ofProcess: false });
  try {
    const place = finder.find(path, false);
    if (place.path !== path || place.stats === undefined) return undefined;
    return place.stats.isDirectory() ? "directory" : "other";
  } catch (error) {
    if (error instanceof EngineError) return undefined;
    throw error;
  }
}

/** The worker's part of `Files.dropFromLayer`. The layer is mounted nowhere for writing, so it may be changed as any directory. */
export function dropFromLayer(finder: PlaceFinder, tree: OpenTree, path: string, checkAborted: () => void): void {
  const place = finder.changeable(path);
  const parent = place.path.slice(0, place.path.lastIndexOf("/")) || "/";
  const origins = new DirectoryOrigins(finder, tree, parent);
  if (origins.hidesImage && origins.inImage(place.name) !== undefined) throw new EngineError("conflict", `a directory above ${shown(place.path)} was replaced as a whole: revert that one`);
  const upper = origins.inUpper(place.name);
  if (upper === undefined || statOf(upper) === undefined) throw unchanged(place.path);
  const directory = openSync(`${upper.slice(0, upper.lastIndexOf("/"))}/.`, O_PATH);
  try {
    removeEntry(directory, place.name, checkAborted);
  } finally {
    closeSync(directory);
  }
}

function unchanged(path: string): EngineError {
  return new EngineError("conflict", `${shown(path)} is as the image has it: there is nothing to revert`);
}
