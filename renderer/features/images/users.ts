import type { ContainerRow } from "../../stores/container-row.ts";
import type { ImageRow } from "../../stores/images.ts";
import type { UsedImage } from "./columns.tsx";

const known = new WeakMap<ImageRow, UsedImage>();

/** Joins images with the names of their containers; what did not change keeps its identity, so that its row is not drawn again. */
export function withUsers(images: readonly ImageRow[], containers: readonly ContainerRow[]): UsedImage[] {
  const users = new Map<string, string[]>();
  for (const container of containers) {
    const list = users.get(container.imageId);
    if (list) list.push(container.name);
    else users.set(container.imageId, [container.name]);
  }
  return images.map((row) => {
    const names = users.get(row.id) ?? [];
    const before = known.get(row);
    if (before && before.users.length === names.length && before.users.every((name, at) => name === names[at])) return before;
    const next = { row, users: names };
    known.set(row, next);
    return next;
  });
}
