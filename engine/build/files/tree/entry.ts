import type { EntryType } from "../../../archive/archive.ts";

/** What a tree can hold; a further name of a file is a file with the same {@link Entry.link} identity. */
export type NodeType = Exclude<EntryType, "hardlink">;

/** One thing in a tree. */
export interface Entry {
  /** Inside the tree, without a leading slash; empty for the root. */
  readonly path: string;
  readonly type: NodeType;
  /** Permission bits with setuid, setgid, sticky. */
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** Of a file's content, in bytes. */
  readonly size: number;
  readonly mtimeNs: bigint;
  /** Hexadecimal SHA-256 of a file's content; empty where nobody asked yet. */
  readonly digest: string;
  /** Where a symlink points. */
  readonly target: string;
  /** Device number as `stat` has it. */
  readonly device: number;
  /** `security.capability` and those of `user.`, by full name. */
  readonly xattrs: Xattrs | undefined;
  /** Equal for names of the same file; empty when there is one name. */
  readonly links: string;
  /** Of a directory's file: tells, with size and times, that it is still the same. 0 in a tar. */
  readonly inode: bigint;
  readonly ctimeNs: bigint;
  /** The file was hashed so soon after a change that a later one may not show in its times. */
  readonly racy: boolean;
  /** In a tar: where the content begins in the spool. */
  readonly offset: number;
  /** In a tar: which parts of a sparse file follow each other at `offset`. */
  readonly ranges: readonly DataRange[] | undefined;
}

export type Xattrs = ReadonlyMap<string, Uint8Array>;

/** A part of a sparse file that is no hole, in bytes. */
export interface DataRange {
  readonly offset: number;
  readonly length: number;
}

/** What nothing in a tree says otherwise. */
export const PLAIN: Omit<Entry, "path" | "type" | "mode"> = {
  uid: 0, gid: 0, size: 0, mtimeNs: 0n, digest: "", target: "", device: 0, xattrs: undefined, links: "", inode: 0n, ctimeNs: 0n, racy: false, offset: 0, ranges: undefined,
};

/** Whether COPY keeps an attribute. Overlayfs' own would let a layer point into others. */
export function isCopiedXattr(name: string): boolean {
  return name === "security.capability" || (name.startsWith("user.") && !name.startsWith("user.overlay."));
}

/** Everything above the last slash; empty at the top. */
export function parentOf(path: string): string {
  return path.slice(0, Math.max(0, path.lastIndexOf("/")));
}

/** The last component. */
export function baseOf(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

export function joinPath(parent: string, name: string): string {
  return parent === "" ? name : name === "" ? parent : `${parent}/${name}`;
}
