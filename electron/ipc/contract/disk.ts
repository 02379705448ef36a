/** What takes space on the engine's disk, what a removal would free, and the removal itself. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";

export const diskKinds = ["image", "layer", "container", "log", "volume", "cache", "transfer", "engine", "other"] as const;
export type DiskKind = (typeof diskKinds)[number];

/** Names an item: by id, a volume by name, a log by its container's id. */
export interface DiskRef {
  kind: DiskKind;
  id: string;
}

/** Who needs an item: it can only go together with all of them. */
export interface DiskUser extends DiskRef {
  name: string;
  running: boolean;
}

export interface DiskItem extends DiskRef {
  name: string;
  /** A few words beside the name. */
  detail: string;
  /** Bytes; null while they are being measured, and where the engine does not say. */
  bytes: number | null;
  /** Of those, what others need too. */
  sharedBytes: number | null;
  /** Milliseconds since the epoch; null where nobody knows. */
  created: number | null;
  lastUsed: number | null;
  /** The first of them; `userCount` says how many there are. */
  users: DiskUser[];
  userCount: number;
  /** Why it cannot be freed, whatever goes with it. */
  fixed: string | null;
}

/** What is known so far: all items in the first, then those whose numbers have come. */
export interface DiskReport {
  items: DiskItem[];
  /** Bytes by kind; what several need counts once. */
  kinds: Partial<Record<DiskKind, number>>;
  totalBytes: number;
  /** What is still to be measured; the last report has 0. */
  unmeasured: number;
  /** The folder and the file system it is on; null where the engine does not say. */
  root: string | null;
  disk: { totalBytes: number; freeBytes: number } | null;
  /** True to the byte and for every file. False where only Docker's own disk usage is to be had: images, containers, volumes and build cache, shared layers by their sums. */
  isExact: boolean;
}

export interface FreePreview {
  freedBytes: number;
  /** Layers that go; null where the engine does not say. */
  layers: number | null;
  items: DiskItem[];
  /** What stays, and why. */
  refused: (DiskRef & { name: string; message: string })[];
  /** False: at least this much. */
  isExact: boolean;
}

export type FreeEvent =
  | { type: "removed"; item: DiskRef & { name: string }; done: number; of: number }
  | { type: "failed"; item: DiskRef & { name: string }; message: string }
  /** Last; with what the engine found to be gone. */
  | { type: "freed"; freedBytes: number; removed: number };

const selection = z.object({ items: z.array(z.object({ kind: z.enum(diskKinds), id: z.string().min(1).max(512).regex(/^[\w.:@/+-]+$/, "is not the id of anything") })).min(1).max(100_000) });

export const disk = {
  /** Asks the engine to measure; ends when everything is known. */
  read: oc.output(eventIterator(type<DiskReport>())),
  /** What {@link free} would do. */
  preview: oc.input(selection).output(type<FreePreview>()),
  /** Ends after the item it is at when it is cancelled. */
  free: oc.input(selection).output(eventIterator(type<FreeEvent>())),
};
