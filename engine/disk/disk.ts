import type { IoOptions } from "../base/abort.ts";

/**
 * The disk ledger: everything below the data root that takes space, who needs it, and what is free once some of it is removed.
 *
 * Bytes are those that the file system gives away (blocks, as `du` counts them), not lengths of files. Everything is cut into *pieces*: a layer, a blob, a
 * writable layer, the files of a volume. A *holder* (an image, a container, a record of the build cache, ...) keeps pieces; a layer also keeps the ones below it.
 * A piece goes when nobody holds it any more: that is why the bytes of a selection are not the sum of its lines.
 *
 * Each piece counts for one kind: what an image needs for images, of the rest what the build cache needs for the cache, then containers, then
 * transfers. So the kinds add up to what the data root occupies. Layers never change and are measured once; the rest is measured in a worker thread each time.
 */
export type DiskKind = "image" | "layer" | "container" | "log" | "volume" | "cache" | "transfer" | "engine" | "other";

export interface DiskRef {
  readonly kind: DiskKind;
  /** Id of the image, container, cache record or transfer; name of the volume; of a log the container's id; of a layer its chain id. */
  readonly id: string;
}

/** Who needs an item: it can only go together with all of them. */
export interface DiskUser extends DiskRef {
  readonly name: string;
  /** A container that runs. */
  readonly running: boolean;
}

/** One line of the ledger. */
export interface DiskItem extends DiskRef {
  readonly name: string;
  /** A few words beside the name: a state, other names, what it is. */
  readonly detail: string;
  /** Null until it is measured. */
  readonly bytes: number | null;
  /** Of those, what others hold too: it stays when this item alone goes. */
  readonly sharedBytes: number | null;
  /** Milliseconds since the epoch; null where nobody knows. */
  readonly createdAt: number | null;
  readonly lastUsedAt: number | null;
  /** The first twenty. */
  readonly users: readonly DiskUser[];
  readonly userCount: number;
  /** Why it cannot be freed, whatever goes with it: a sentence. */
  readonly fixed: string | null;
}

/** What is known so far. */
export interface DiskReport {
  readonly root: string;
  /** All items in the first report; in later ones those whose numbers have come. */
  readonly items: readonly DiskItem[];
  /** Bytes of what is measured, by kind; layers count for who needs them. */
  readonly kinds: Readonly<Partial<Record<DiskKind, number>>>;
  /** Their sum. */
  readonly totalBytes: number;
  /** Pieces that are still to be measured; 0 in the last report. */
  readonly unmeasured: number;
  /** The file system that the data root is on. */
  readonly disk: { readonly totalBytes: number; readonly freeBytes: number };
}

export interface FreePreview {
  /** What the disk gets back, in bytes. */
  readonly freedBytes: number;
  /** What goes, with the bytes that each holds alone or shares with others that go. */
  readonly items: readonly DiskItem[];
  /** What stays, and why. */
  readonly refused: readonly (DiskRef & { readonly name: string; readonly message: string })[];
  /** Layers that go. */
  readonly layers: number;
}

export type FreeEvent =
  | { readonly type: "removed"; readonly item: DiskRef & { readonly name: string }; readonly done: number; readonly of: number }
  | { readonly type: "failed"; readonly item: DiskRef & { readonly name: string }; readonly message: string }
  /** Last; with what is really gone. */
  | { readonly type: "freed"; readonly freedBytes: number; readonly removed: number };

export interface DiskLedger {
  /** Everything that takes space: at once with what is known, then again as numbers come. Ends when all are there. */
  read(options?: IoOptions): AsyncIterable<DiskReport>;
  /** What {@link free} would do. @throws EngineError `cancelled` */
  preview(selection: readonly DiskRef[], options?: IoOptions): Promise<FreePreview>;
  /** Removes what is selected, and empties the logs that are; what cannot go is told and stays. A cancelled one stops after the item it is at. */
  free(selection: readonly DiskRef[], options?: IoOptions): AsyncIterable<FreeEvent>;
}
