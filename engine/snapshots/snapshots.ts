import type { IoOptions } from "../base/abort.ts";
import type { Digest, SnapshotKey } from "../base/ids.ts";

/**
 * Snapshots are file system layers stacked into root file systems (overlayfs).
 *
 * A *committed* snapshot is an unpacked image layer on its parent, named by its chain id (OCI image specification) and immutable.
 * An *active* snapshot is writable, on a committed parent or none, and named by its owner (a container's id).
 * Unpacking writes into a private directory first and publishes it with one rename and one record, so that a crash leaves
 * no half layer. Because overlayfs keeps whiteouts inside each layer, layers unpack in any order and in parallel:
 * the parent's *content* is not needed, only its key.
 */

export interface SnapshotInfo {
  readonly key: SnapshotKey;
  readonly kind: "committed" | "active";
  readonly parent: SnapshotKey | null;
  readonly createdAt: Date;
  /** Bytes of this layer alone, measured at commit; null for active ones (ask `usage`). */
  readonly size: number | null;
}

/** Where a layer's directory lies while it is being filled, and how to publish it. */
export interface LayerDraft {
  /** An empty directory, owned by root, that becomes the layer: whiteouts in overlayfs form. */
  readonly directory: string;
  /** Publishes as a committed snapshot; an existing equal one wins and the draft is dropped. `size` in bytes. */
  commit(key: SnapshotKey, parent: SnapshotKey | null, size: number): Promise<SnapshotInfo>;
  /** Removes the directory. */
  abandon(): Promise<void>;
}

export interface MountOptions extends IoOptions {
  /**
   * Of a writable snapshot: a directory whose entries the mount shows between the writable layer and the ones below, such as mount points that must not become part of
   * the layer. Directories in it that exist below too must be like those: owner, mode, times, attributes.
   */
  readonly between?: string | undefined;
  /**
   * Of a writable snapshot: nothing that is written through the mount waits for the disk, not even with fsync(2), and unmounting does not either. For snapshots that end with their
   * first mount: they are not mounted for writing again.
   */
  readonly volatile?: boolean | undefined;
  /**
   * Shows a writable snapshot without making it writable. It may be mounted for writing elsewhere at the same time: what is written there is then seen or not, and nothing is damaged.
   */
  readonly readOnly?: boolean | undefined;
  /** Of a writable snapshot: directories whose entries are shown below all layers, such as mount points that no layer has; top first. */
  readonly below?: readonly string[] | undefined;
}

/** What a mount call needs; a value that the runtime side consumes without knowing where it came from. */
export interface RootfsMount {
  readonly type: "overlay" | "bind";
  readonly source: string;
  /** Ready for mount(2)'s data argument. */
  readonly options: readonly string[];
}

/** Where a snapshot lies, and what it takes there. */
export interface SnapshotPlace {
  readonly info: SnapshotInfo;
  /** With everything that is kept for it beside its files. */
  readonly directory: string;
  /** Bytes on the disk, once {@link Snapshotter.noteOccupied} said so. */
  readonly occupied: number | null;
}

export type ChangeKind = "modified" | "added" | "deleted";
export interface Change {
  /** Absolute inside the root. */
  readonly path: string;
  readonly kind: ChangeKind;
  /** Length of a file that was added or changed; absent for everything else. */
  readonly bytes?: number;
}

export interface Snapshotter {
  /** @throws EngineError `notFound` */
  info(key: SnapshotKey): SnapshotInfo;
  has(key: SnapshotKey): boolean;
  list(): readonly SnapshotInfo[];
  /** Where all of them lie. */
  places(): readonly SnapshotPlace[];
  /** Keeps what committed snapshots were found to take on the disk; others are passed over. */
  noteOccupied(sizes: Iterable<readonly [SnapshotKey, number]>): void;
  /** Opens a draft for a layer; `committed` must be called with the real chain id. */
  draft(options?: IoOptions): Promise<LayerDraft>;
  /** Makes a writable snapshot. @throws EngineError `alreadyExists`, `notFound` (parent) */
  prepare(key: SnapshotKey, parent: SnapshotKey | null, options?: IoOptions): Promise<SnapshotInfo>;
  /** Makes an active snapshot a committed one named `to`, in place: nothing may be mounted on it any more. An existing equal one wins. `size` in bytes. @throws EngineError `notFound` */
  commitActive(key: SnapshotKey, to: SnapshotKey, size: number): Promise<SnapshotInfo>;
  /**
   * Gives a committed snapshot another name, and with it a parent of equal content: a build's layer gets its chain id when an image needs it. Where `to` exists
   * already, both stay. @throws EngineError `notFound`
   */
  rename(key: SnapshotKey, to: SnapshotKey, parent: SnapshotKey | null): Promise<SnapshotInfo>;
  /** The mounts that show `key`; read-only for committed ones. */
  mounts(key: SnapshotKey): readonly RootfsMount[];
  /** Mounts at `target` (created when missing) and returns it; idempotent for the same target. */
  mount(key: SnapshotKey, target: string, options?: MountOptions): Promise<string>;
  /** Unmounts `target` (lazily when busy); fine when not mounted. */
  unmount(target: string): Promise<void>;
  /** The upper directory of an active snapshot: what was changed. @throws EngineError `notFound` */
  upperDirectory(key: SnapshotKey): string;
  /** The directories from the top layer to the bottom one, without an active upper. */
  layerDirectories(key: SnapshotKey): readonly string[];
  /** Bytes and inodes of this layer alone. */
  usage(key: SnapshotKey, options?: IoOptions): Promise<{ readonly bytes: number; readonly inodes: number }>;
  /** What differs from the parent, sorted by path, as docker's diff shows it. */
  changes(key: SnapshotKey, options?: IoOptions): Promise<readonly Change[]>;
  /**
   * The layer of an active or committed snapshot as an OCI layer tar (uncompressed, AUFS-style whiteouts), made in a worker thread.
   * Used by commit, save and (later) build.
   */
  diffTar(key: SnapshotKey, options?: IoOptions): Promise<ReadableStream<Uint8Array>>;
  /** @throws EngineError `conflict` when it has children */
  remove(key: SnapshotKey): Promise<void>;
  /** Unmounts leftovers, removes drafts and directories without a record. Called once at start-up. */
  recover(): Promise<void>;
}

/** The chain id of a layer stack (OCI image specification, "Layer ChainID"), as a snapshot key. */
export type ChainIdOf = (diffIds: readonly Digest[]) => SnapshotKey;
