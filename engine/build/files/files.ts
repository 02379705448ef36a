import type { AsyncDisposable } from "../../base/disposable.ts";
import type { IoOptions } from "../../base/abort.ts";
import type { Digest } from "../../base/ids.ts";

/**
 * Trees that a build takes files from: the context (a directory of this machine, or a tar that is kept as it came and never unpacked as a
 * whole), a git checkout, a fetched file, the root file system of a stage or an image.
 *
 * All reading and hashing happens in worker threads. Paths are resolved inside the tree's root, never outside, whatever symlinks say.
 * The digest of a selection counts names (relative to the match), types, permission bits, link targets, file content and `security.capability`;
 * owners count where the tree has owners that COPY keeps (stages and images), times never.
 */
export interface FileTree extends AsyncDisposable {
  /** A small file's bytes (a Dockerfile, `.dockerignore`), symlinks followed inside the tree; undefined when there is none. @throws EngineError `resourceExhausted` above `maxBytes` */
  read(path: string, maxBytes: number, options?: IoOptions): Promise<Uint8Array | undefined>;
  /**
   * What a pattern selects.
   * @throws EngineError `notFound` when a path without wildcards, or the directory in front of the wildcards, is missing; the message has the pattern and
   * says whether the ignore rules hid it (`details.ignored`). A wildcard that matches nothing selects nothing, as in Docker. `invalidArgument` for a pattern
   * that is not well formed and a loop of symlinks
   */
  select(selection: Selection, options?: IoOptions): Promise<Selected>;
}

/** A tree that may have ignore rules of its own, which are known only when it has been read. */
export interface ContextTree extends FileTree {
  /** The same tree with parts hidden from `select`; `read` reads all. To be disposed with the tree itself: disposing it does nothing. */
  ignoring(rules: IgnoreRules): FileTree;
}

/** Plain data. */
export interface IgnoreRules {
  /** As readIgnoreFile gives them. */
  readonly patterns: readonly string[];
  /**
   * Only these paths are hidden, and only when the patterns say so. For a tar, which the client has filtered: dockerd hides `.dockerignore` and the
   * Dockerfile alone.
   */
  readonly only?: readonly string[] | undefined;
}

export interface Selection {
  /** A path or a wildcard (Go's filepath.Match), relative to the root, above which nothing climbs; `.` and `/` are everything. */
  readonly pattern: string;
  /** Patterns of `--exclude`, in the syntax of .dockerignore, relative to a matched directory; a matched file is excluded by its name. */
  readonly excludes: readonly string[];
  /** `--parents`: names keep the directories above the match, from `/./` on. Behind it the pattern may have `**`, and chooses all below a directory. */
  readonly parents: boolean;
}

/** What was selected, hashed and ready to be copied. Plain data: it can go to a worker. */
export interface Selected {
  readonly digest: Digest;
  readonly files: number;
  /** Of all file content, in bytes. */
  readonly bytes: number;
  /** How many paths matched the pattern itself: with several, the destination is a directory; 0 when a wildcard matched nothing. */
  readonly matches: number;
  /** Whether the one match is a directory (its contents are copied, not itself). */
  readonly isDirectory: boolean;
  /** One line a path for the explanation of a miss, `DIGEST PATH\n`, sorted by path; the digest is the first 12 digits of what counts of that path. */
  readonly manifest: string;
  /** For the copy alone. */
  readonly handle: unknown;
}

/** One COPY or ADD, carried out on an empty layer directory by `copy/copy.ts`. */
export interface CopyRequest {
  readonly selected: readonly Selected[];
  /** Absolute; a `/` at the end, several matches, or an existing directory make it a directory to copy into. */
  readonly destination: string;
  /** Directories of the layers below, top first: where the destination's symlinks and existing directories are looked up. Empty with `--link`. */
  readonly lowerDirectories: readonly string[];
  /** The empty directory that becomes the layer (`LayerDraft.directory`): whiteouts in overlayfs form. */
  readonly directory: string;
  /** Owner of everything copied and of parent directories made; undefined keeps owners the tree has, and root elsewhere. */
  readonly owner: { readonly uid: number; readonly gid: number } | undefined;
  /** Octal or symbolic, as chmod(1) takes it. */
  readonly chmod: string | undefined;
  readonly userNamespace: boolean;
  /** No time after this one, in seconds since the epoch (SOURCE_DATE_EPOCH). */
  readonly latestTime: number | undefined;
  /** Sources of the kind ADD unpacks: a recognised tar (plain, gzip, bzip2, xz, zstd) is unpacked at the destination instead of copied. By index of `selected`. */
  readonly unpack: readonly boolean[];
}

/** What a copy made. */
export interface Copied {
  /** Of file content, in bytes. */
  readonly bytes: number;
  readonly files: number;
}
