import type { ContainerRow } from "../../stores/container-row.ts";
import type { ImageEntry } from "../../stores/images.ts";

/** An image with the containers made from it and what it shares with others. */
export interface UsedImage {
  readonly entry: ImageEntry;
  readonly users: readonly ContainerRow[];
  /** Bytes that other images have too; undefined until they were added up. */
  readonly shared: number | undefined;
}

const known = new WeakMap<ImageEntry, UsedImage>();

/** Joins images with their containers; what did not change keeps its identity, so that its row is not drawn again. */
export function withUsers(images: readonly ImageEntry[], containers: readonly ContainerRow[], shared: ReadonlyMap<string, number>): UsedImage[] {
  const users = new Map<string, ContainerRow[]>();
  for (const container of containers) {
    const list = users.get(container.imageId);
    if (list) list.push(container);
    else users.set(container.imageId, [container]);
  }
  return images.map((entry) => {
    const own = users.get(entry.id) ?? none;
    const bytes = shared.get(entry.id);
    const before = known.get(entry);
    if (before && before.shared === bytes && before.users.length === own.length && before.users.every((container, at) => container.id === own[at]?.id && container.name === own[at].name && container.glyph === own[at].glyph)) return before;
    const next = { entry, users: own, shared: bytes };
    known.set(entry, next);
    return next;
  });
}

const none: readonly ContainerRow[] = [];

export type ImageFilter = "all" | "used" | "unused" | "dangling";

/** Whether an image belongs to a choice. */
export function isOf({ entry, users }: UsedImage, filter: ImageFilter): boolean {
  if (filter === "dangling") return entry.dangling;
  return filter === "all" || (filter === "used") === users.length > 0;
}

/** Whether an image matches what is typed: every word somewhere in its names, id or containers. */
export function matches({ entry, users }: UsedImage, query: string): boolean {
  const wanted = query.toLowerCase().split(/\s+/).filter(Boolean);
  if (wanted.length === 0) return true;
  const text = `${entry.references.join(" ")} ${entry.repository} ${entry.id} ${users.map(({ name }) => name).join(" ")}`.toLowerCase();
  return wanted.every((word) => text.includes(word));
}

/** What to name when an image is removed, saved or shown: its tags in this repository, or its id. */
export function namesOf(entry: ImageEntry): readonly string[] {
  return entry.references.length > 0 ? entry.references : [entry.id];
}
