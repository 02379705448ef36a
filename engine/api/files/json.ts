import type { FileEntry, FileListing, FoundFile, TreeMount } from "../../files/files.ts";
import type { ImageConfig } from "../../oci/descriptor.ts";
import type { FilesBackend } from "./backend.ts";

const MAX_DATE = 8.64e15;

export function listingJson({ path, total, truncated, entries }: FileListing): object {
  return { Path: path, Total: total, Truncated: truncated, Entries: entries.map(entryJson) };
}

export function entryJson(entry: FileEntry | FoundFile): object {
  return {
    ...("path" in entry ? { Path: entry.path } : {}),
    Name: entry.name, Type: entry.type, Size: entry.size, Mode: entry.mode, Uid: entry.uid, Gid: entry.gid, User: entry.user, Group: entry.group,
    ModifiedAt: dateOf(entry.mtimeMs), Version: entry.version, Target: entry.target, Layer: entry.layer, Change: entry.change,
    Mount: entry.mount === null ? null : mountJson(entry.mount),
  };
}

/** Files may have times beyond what a date can say. */
function dateOf(ms: number): string {
  return new Date(Math.max(-MAX_DATE, Math.min(MAX_DATE, ms))).toISOString();
}

function mountJson({ path, type, name, readWrite }: TreeMount): object {
  return { Path: path, Type: type, Name: name, ReadWrite: readWrite };
}

/** The layers that `Layer` counts, from the bottom, with the instruction that made each. */
export function layersJson({ containers, images }: Pick<FilesBackend, "containers" | "images">, name: string): object {
  const { record } = containers.get(name);
  const image = images.list().find(({ id }) => id === record.imageId);
  return { Image: record.config.Image, Layers: image === undefined ? [] : instructions(image.config).map((text, number) => ({ Number: number, Instruction: text })) };
}

/** One for each layer; empty where the image's history does not say. */
function instructions({ rootfs, history = [] }: ImageConfig): string[] {
  const steps = history.filter(({ empty_layer: empty }) => empty !== true).map(({ created_by: text = "" }) => text);
  return rootfs.diff_ids.map((_, index) => (steps.length === rootfs.diff_ids.length ? steps[index]! : ""));
}
