import type { IoOptions } from "../base/abort.ts";
import type { FileType } from "../sys/nodes.ts";

/**
 * Files of containers and volumes, one at a time or a directory at a time, as a file manager needs them. A tree is a directory of the host that stands for `/`; whoever owns it
 * (a container, a volume) opens it for one operation. Every path is absolute inside the tree and resolved there, a component at a time and never through a symlink of the kernel's:
 * nothing outside can be named, also while a process in the container moves things about. Names that are not UTF-8 have lone surrogates (`sys/names.ts`). Everything runs in worker threads;
 * devices and fifos are described and never opened.
 */
export type { FileType };

/** What the writable layer does to an entry, compared with the image. `inside`: something below has changed; `deleted`: only the image has it. */
export type FileChange = "" | "added" | "modified" | "inside" | "deleted";

/** Something mounted in a tree. */
export interface TreeMount {
  /** Absolute in the tree. */
  readonly path: string;
  /** `system`: what the runtime mounts by itself, such as /proc. */
  readonly type: "volume" | "bind" | "tmpfs" | "system";
  /** Of the volume, or the path on the host; empty otherwise. */
  readonly name: string;
  readonly readWrite: boolean;
}

export interface FileEntry {
  readonly name: string;
  readonly type: FileType;
  readonly size: number;
  /** Permission bits with set-user-id and the like, at most 0o7777. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** From the tree's own account files; empty when they have no such id. */
  readonly user: string;
  readonly group: string;
  /** Unix time in milliseconds. */
  readonly mtimeMs: number;
  /** Another value when the content may have changed: modification time in nanoseconds and size. */
  readonly version: string;
  /** What a symlink says; empty for anything else. */
  readonly target: string;
  /** Where it comes from: "container" for the writable layer, the number of an image layer counted from the bottom, null where layers mean nothing (volumes, mounts). */
  readonly layer: number | "container" | null;
  readonly change: FileChange;
  /** Set on what is mounted here, not on what lies below. */
  readonly mount: TreeMount | null;
}

export interface FoundFile extends FileEntry {
  /** Its path without symlinks. */
  readonly path: string;
}

export interface FileListing {
  /** The directory's path without symlinks. */
  readonly path: string;
  /** Number of entries, of which `entries` is a part. */
  readonly total: number;
  /** There are more entries than are ever listed. */
  readonly truncated: boolean;
  /** Directories first, then by name. */
  readonly entries: readonly FileEntry[];
}

/** Whose a tree is: a container by its id, a volume by its name. */
export interface TreeOwner {
  readonly type: "container" | "volume";
  readonly name: string;
}

/** A tree that is open, for one operation; disposing lets it go. */
export interface OpenTree extends AsyncDisposable {
  readonly owner: TreeOwner;
  /** Directory of the host that is `/`. */
  readonly root: string;
  /** Of a process that may end and give its id to another one: the root directory must not be the host's. */
  readonly ofProcess: boolean;
  /** The writable layer's directory; null when there is none. Processes may change it meanwhile. */
  readonly upper: string | null;
  /** Directories of the image's layers, top first. */
  readonly layers: readonly string[];
  readonly mounts: readonly TreeMount[];
}

export interface ListRequest {
  readonly offset: number;
  readonly limit: number;
  /** Only what differs from the image, what was deleted included. */
  readonly changed: boolean;
}

export interface WriteRequest {
  /** The version that is replaced; the write fails with `conflict` when it is another one now. `"none"`: there must be nothing. Undefined replaces whatever is there. */
  readonly version: string | undefined;
}

export interface AttributesRequest {
  readonly mode?: number | undefined;
  /** Names of the tree's account files, or numbers. */
  readonly user?: string | undefined;
  readonly group?: string | undefined;
  /** Everything below too. The mode's x bits are then given to directories and to what has one already. */
  readonly recursive: boolean;
}

export interface SearchRequest {
  /** Part of a name, upper and lower case alike; with `*` or `?` a pattern for the whole name. */
  readonly name: string;
  readonly limit: number;
}

/** One line of a search; the last one has `done`. */
export type SearchEvent =
  | { readonly path: string; readonly type: FileType; readonly size: number; readonly mtimeMs: number }
  | { readonly done: true; readonly visited: number; readonly truncated: boolean };

/** Something under a temporary name in a tree that an engine was making when it was killed. */
export interface Unfinished {
  readonly note: string;
  readonly owner: TreeOwner;
  /** Absolute in the tree. */
  readonly path: string;
}

/** Operations on open trees. Errors: `notFound`, `invalidArgument` (not a directory, not a file, a bad name), `alreadyExists`, `conflict`, `forbidden` (read-only), `resourceExhausted`. */
export interface Files {
  /** Follows `path`, entries are not followed. */
  list(tree: OpenTree, path: string, request: ListRequest, options?: IoOptions): Promise<FileListing>;
  /** @param follow the path itself, when it is a symlink */
  stat(tree: OpenTree, path: string, follow: boolean, options?: IoOptions): Promise<FoundFile>;
  /** At most `length` bytes (up to 4 MiB) of a regular file from `offset`; fewer only at its end. */
  read(tree: OpenTree, path: string, range: { readonly offset: number; readonly length: number }, options?: IoOptions): Promise<{ readonly file: FoundFile; readonly bytes: Uint8Array; readonly end: boolean }>;
  /** All bytes of a regular file. */
  download(tree: OpenTree, path: string, options?: IoOptions): ReadableStream<Uint8Array>;
  /** A file or directory as a tar whose top entry has its name. */
  pack(tree: OpenTree, path: string, options?: IoOptions): ReadableStream<Uint8Array>;
  /**
   * A file in one step: written beside its place, then renamed. What it replaces gives it owner and mode, else it is 0644 and belongs to who owns the directory.
   * A symlink is not written through.
   */
  write(tree: OpenTree, path: string, content: AsyncIterable<Uint8Array>, request: WriteRequest, options?: IoOptions): Promise<FoundFile>;
  /** Belongs to who owns the directory it is in. */
  makeDirectory(tree: OpenTree, path: string, options?: IoOptions): Promise<FoundFile>;
  /** Moves too; never replaces anything. What the kernel cannot rename (a directory of the image, another mount) is copied, then removed. */
  rename(tree: OpenTree, from: string, to: string, options?: IoOptions): Promise<FoundFile>;
  /** With everything below, no symlink followed. */
  remove(tree: OpenTree, path: string, options?: IoOptions): Promise<void>;
  setAttributes(tree: OpenTree, path: string, request: AttributesRequest, options?: IoOptions): Promise<FoundFile>;
  /** Lines of JSON, each a {@link SearchEvent}. Goes into mounts, but not into /proc and /sys. */
  search(tree: OpenTree, path: string, request: SearchRequest, options?: IoOptions): ReadableStream<Uint8Array>;
  /**
   * Copies the image's version of a path over what the tree has, or removes what the image does not have.
   * @param image a view of the image's layers alone, or null for an image without any
   */
  restore(tree: OpenTree, path: string, image: string | null, options?: IoOptions): Promise<void>;
  /** Takes a path out of a writable layer that is mounted nowhere for writing. @throws EngineError `conflict` when a directory above hides the image's version */
  dropFromLayer(tree: OpenTree, path: string, options?: IoOptions): Promise<void>;
  /** What an engine before this one left unfinished: to be asked for before anything is written. */
  unfinished(): readonly Unfinished[];
  /** Removes something unfinished, where it still is, and forgets it. @param tree null when its owner is gone */
  discard(unfinished: Unfinished, tree: OpenTree | null, options?: IoOptions): Promise<void>;
}
