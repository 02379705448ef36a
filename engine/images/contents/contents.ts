import type { IoOptions } from "../../base/abort.ts";
import type { Digest, SnapshotKey } from "../../base/ids.ts";

/**
 * What is in an image: its layers with the steps that made them, the files of each, and the bytes that a later layer hides. Files are read from the unpacked
 * layers in worker threads; an index of an image's files is kept for a minute after it was last asked for.
 */
export interface ImageLayer {
  /** From the bottom, beginning with 0. */
  readonly index: number;
  /** Of the layer's blob as it was fetched or made. */
  readonly digest: Digest;
  readonly mediaType: string;
  /** Bytes of that blob. */
  readonly blobSize: number;
  readonly diffId: Digest;
  readonly chainId: SnapshotKey;
  /** Bytes of its files, unpacked. */
  readonly size: number;
  /** Images here that have this layer on the same layers, this one included. */
  readonly imageCount: number;
}

/** One step of how an image was made, the first one first. */
export interface ImageStep {
  readonly createdBy: string;
  readonly comment: string;
  readonly createdAt: Date | null;
  /** The layer it made; null for a step that changed the configuration alone. */
  readonly layer: number | null;
}

export interface ImageStructure {
  readonly id: Digest;
  readonly layers: readonly ImageLayer[];
  /** Layers that the history does not know come last, with an empty `createdBy`. */
  readonly steps: readonly ImageStep[];
}

/** `deletion` is a mark that hides what lower layers have under its name. */
export type FileType = "file" | "directory" | "symlink" | "device" | "fifo" | "socket" | "deletion";

export interface ImageFile {
  /** Absolute inside the image. */
  readonly path: string;
  readonly type: FileType;
  /** Bytes; 0 for all but files, and for the further names of a file that has several. */
  readonly size: number;
  /** Permission bits. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Milliseconds since the epoch. */
  readonly modifiedAt: number;
  readonly layer: number;
  /** The lowest layer above that hides it, and how; absent for what the image shows. */
  readonly hiddenBy?: number | undefined;
  readonly hiddenHow?: "replaced" | "deleted" | undefined;
}

export interface FileCounts {
  readonly files: number;
  readonly bytes: number;
  /** Of those bytes, what no container will ever see, since a later layer replaces or deletes it. */
  readonly wastedBytes: number;
  readonly wastedFiles: number;
}

export interface FileSummary extends FileCounts {
  readonly layers: readonly FileCounts[];
  /** False where an image has more files than are looked at, or names longer than the kernel takes: the smallest files are then left out. */
  readonly isComplete: boolean;
}

export interface FileQuery {
  /** Files of this layer alone. */
  readonly layer?: number | undefined;
  /** `present`: what the image shows; `wasted`: files that it hides; `all` unless given. */
  readonly show?: "all" | "present" | "wasted" | undefined;
  /** Part of the path, in any case. */
  readonly search?: string | undefined;
  readonly offset?: number | undefined;
  /** At most 1000; 200 unless given. */
  readonly limit?: number | undefined;
}

export interface FilePage {
  /** Of everything that the query matches. */
  readonly total: number;
  readonly bytes: number;
  /** Greatest first, then by path. */
  readonly files: readonly ImageFile[];
  readonly summary: FileSummary;
}

/** One path that two images do not show alike. */
export interface FileDifference {
  readonly path: string;
  readonly change: "added" | "removed" | "modified";
  readonly type: FileType;
  readonly sizeBefore: number;
  readonly sizeAfter: number;
  /** What differs of a modified one. */
  readonly what: readonly ("content" | "mode" | "owner" | "type" | "target")[];
}

export interface ImageComparison {
  readonly added: number;
  readonly removed: number;
  readonly modified: number;
  /** Greatest change of size first; the first 2000. */
  readonly differences: readonly FileDifference[];
  /** As {@link FileSummary.isComplete}. */
  readonly isComplete: boolean;
}

export interface ImageContents {
  /** @throws EngineError `notFound` ("No such image: X") */
  structure(nameOrId: string): ImageStructure;
  /** @throws EngineError `notFound` (image, or a layer it does not have), `invalidArgument` for a bad query */
  files(nameOrId: string, query: FileQuery, options?: IoOptions): Promise<FilePage>;
  /** What `after` shows otherwise than `before`; contents are compared byte by byte where size alone does not tell. @throws as {@link files} */
  compare(before: string, after: string, options?: IoOptions): Promise<ImageComparison>;
}
