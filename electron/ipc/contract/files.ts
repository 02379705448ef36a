/** Files of containers and volumes, through the engine's own interface; `notImplemented` on an engine without it. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { containerRef, streamId } from "./common.ts";

/** Whose files: a container's, whether it runs or not, or a volume's. */
export const filesOwner = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("container"), id: containerRef }),
  z.object({ kind: z.literal("volume"), id: z.string().min(1).max(255).regex(/^[a-zA-Z0-9][a-zA-Z0-9_.-]*$/, "is not a volume name") }),
]);
/** Bytes that are not UTF-8 are lone surrogates. */
const path = z.string().min(1).max(32_768).regex(/^\/[^\0]*$/, "must be an absolute path");
const account = z.string().min(1).max(256).regex(/^[^\0:\n]+$/, "is not a name or number");
const at = z.object({ owner: filesOwner, path });

export type FilesOwner = z.infer<typeof filesOwner>;
export type FileType = "file" | "directory" | "symlink" | "character" | "block" | "fifo" | "socket";
/** Compared with the image. `inside`: something below has changed; `deleted`: only the image has it. */
export type FileChange = "" | "added" | "modified" | "inside" | "deleted";

export interface FileMount {
  path: string;
  type: "volume" | "bind" | "tmpfs" | "system";
  /** Of the volume, or the path on the host; empty otherwise. */
  name: string;
  readWrite: boolean;
}

export interface FileEntry {
  name: string;
  type: FileType;
  size: number;
  /** Permission bits, at most 0o7777. */
  mode: number;
  uid: number;
  gid: number;
  /** Empty where the container's account files have no such id. */
  user: string;
  group: string;
  /** Milliseconds since the epoch. */
  modified: number;
  /** Changes with the content. */
  version: string;
  /** What a symlink says. */
  target: string;
  /** "container" for what it wrote itself, the number of an image layer counted from the bottom, null where layers mean nothing. */
  layer: number | "container" | null;
  change: FileChange;
  mount: FileMount | null;
}

export interface FoundFile extends FileEntry {
  /** Without symlinks. */
  path: string;
}

export interface FileListing {
  /** Without symlinks. */
  path: string;
  total: number;
  /** There are more than are ever listed. */
  truncated: boolean;
  /** Directories first, then by name. */
  entries: FileEntry[];
}

export interface FileLayer {
  number: number;
  /** What made it; empty where the image does not say. */
  instruction: string;
}

export interface FilePart {
  file: FoundFile;
  base64: string;
  /** The file ends with this part. */
  end: boolean;
}

export interface FoundPath {
  path: string;
  type: FileType;
  size: number;
  modified: number;
}

export type SearchBatch = { found: FoundPath[]; done?: { visited: number; truncated: boolean } };

/** `ready` once for the data to come, `done` at the end. `bytes` is the cost for `streams.ack`. */
export type UploadEvent = { type: "ready"; bytes: 0 } | { type: "done"; file: FoundFile; bytes: 0 };

/** Most entries of one page. */
export const LONGEST_PAGE = 2000;
/** Bytes of one `read`. */
export const LARGEST_PART = 1024 * 1024;
/** Characters of base64 in one `uploadData`. */
export const LARGEST_UPLOAD_PART = 1024 * 1024;

export const files = {
  list: oc
    .input(at.extend({ offset: z.number().int().min(0).default(0), limit: z.number().int().min(1).max(LONGEST_PAGE).default(1000), changed: z.boolean().default(false) }))
    .output(type<FileListing>()),
  /** The image's layers, bottom first; none for a volume. */
  layers: oc.input(z.object({ owner: filesOwner })).output(type<FileLayer[]>()),
  stat: oc.input(at.extend({ follow: z.boolean().default(false) })).output(type<FoundFile>()),
  /** Of a regular file, following symlinks. */
  read: oc.input(at.extend({ offset: z.number().int().min(0).default(0), length: z.number().int().min(0).max(LARGEST_PART) })).output(type<FilePart>()),
  /** Text in one step. `version` as it was read: `conflict` with detail `changed` when it is another one now; "none" for a new file. */
  writeText: oc.input(at.extend({ text: z.string().max(4 * 1024 * 1024), version: z.string().max(100).optional() })).output(type<FoundFile>()),
  makeFolder: oc.input(at).output(type<FoundFile>()),
  /** Moves too. `alreadyExists` instead of replacing anything. */
  rename: oc.input(z.object({ owner: filesOwner, from: path, to: path })).output(type<FoundFile>()),
  remove: oc.input(at).output(type<void>()),
  setAttributes: oc
    .input(at.extend({ mode: z.number().int().min(0).max(0o7777).optional(), user: account.optional(), group: account.optional(), recursive: z.boolean().default(false) }))
    .output(type<FoundFile>()),
  /** The image's version again. `copied`: the container runs, so its layer keeps a copy. */
  revert: oc.input(at).output(type<{ how: "dropped" | "copied" }>()),
  /** Ends by itself, after `done`. */
  search: oc.input(at.extend({ name: z.string().min(1).max(255), limit: z.number().int().min(1).max(5000).default(1000) })).output(eventIterator(type<SearchBatch>())),
  /**
   * An address on the host's own origin that serves a file's bytes, or a folder as a tar, once, within a minute. The window goes there by a link with `download`.
   */
  offerDownload: oc.input(at.extend({ as: z.enum(["file", "tar"]) })).output(type<{ url: string }>()),
  /** Sends a file: begins with `ready`, takes `uploadData` until `endUpload`, ends with `done`. Leaving it cancels and leaves nothing behind. */
  upload: oc.input(at.extend({ streamId, version: z.string().max(100).optional() })).output(eventIterator(type<UploadEvent>())),
  /** Resolves when more is wanted. */
  uploadData: oc.input(z.object({ streamId, base64: z.string().max(LARGEST_UPLOAD_PART).regex(/^[A-Za-z0-9+/]*={0,2}$/, "is not base64") })).output(type<void>()),
  endUpload: oc.input(z.object({ streamId })).output(type<void>()),
};
