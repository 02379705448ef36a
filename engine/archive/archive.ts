/**
 * Streaming tar for layers, container copies and image archives.
 *
 * `tar-reader.ts`  parses ustar, GNU (long names, sparse) and PAX headers from chunks, synchronously and without copies where it can.
 * `tar-writer.ts`  writes PAX where ustar does not suffice.
 * `extract.ts`     applies a tar to a directory, synchronously, for worker threads: every path is resolved inside the root without
 *                  following symlinks out of it.
 * `pack.ts`        walks a directory into a tar.
 * `gzip.ts`        compresses layers for transfers.
 * `compression.ts` detects gzip, zstd, (bzip2, xz where a library offers it) by magic and wraps streams.
 */

export type EntryType = "file" | "directory" | "symlink" | "hardlink" | "character" | "block" | "fifo";

/** One tar entry's metadata; names as in POSIX pax. */
export interface TarHeader {
  /** As written, without a leading "./"; not yet trusted. */
  readonly name: string;
  readonly type: EntryType;
  /** Permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  readonly uname?: string | undefined;
  readonly gname?: string | undefined;
  /** In bytes, of the data that follows. */
  readonly size: number;
  /** In nanoseconds since the epoch. */
  readonly mtimeNs: bigint;
  readonly linkname?: string | undefined;
  readonly devMajor?: number | undefined;
  readonly devMinor?: number | undefined;
  /** Extended attributes by full name (`security.capability`), from SCHILY.xattr records. */
  readonly xattrs?: ReadonlyMap<string, Uint8Array> | undefined;
  /** Data ranges of a GNU sparse file; the rest is holes up to `realSize`. */
  readonly sparse?: { readonly realSize: number; readonly map: readonly { readonly offset: number; readonly length: number }[] } | undefined;
}

/** How `extract` treats what it meets. */
export interface ExtractOptions {
  /** `overlay`: `.wh.` entries become overlayfs whiteouts and opaque marks. `plain`: they are ordinary files (docker cp). `apply`: they delete (import on a live tree). */
  readonly whiteouts: "overlay" | "plain" | "apply";
  /** In a user namespace: opaque marks as `user.overlay.opaque`, device nodes other than whiteouts are left out. */
  readonly userNamespace: boolean;
  /** Owner given to every entry instead of the tar's, for `docker cp` without -a. */
  readonly owner?: { readonly uid: number; readonly gid: number } | undefined;
  /** Sum of file data, in bytes; over it `resourceExhausted`. */
  readonly maxBytes: number;
  /** Entries; over it `resourceExhausted`. */
  readonly maxEntries: number;
  /** Do not replace a directory with a non-directory or the reverse (docker cp's noOverwriteDirNonDir). */
  readonly keepDirectories?: boolean | undefined;
}
