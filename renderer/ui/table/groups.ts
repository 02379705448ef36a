import type { ReactNode } from "react";

/** Rows of a list that belong together, under a heading that can be closed. */
export interface Grouping<T> {
  /** The group of a row; undefined for one that stands alone. */
  readonly of: (row: T) => string | undefined;
  /** Names of the closed ones. */
  readonly closed: ReadonlySet<string>;
  readonly onClose: (group: string, closed: boolean) => void;
  /** What the heading says and offers beside the name. */
  readonly heading: (group: string, rows: readonly T[]) => ReactNode;
}

export type Item<T> = { readonly kind: "row"; readonly id: string; readonly row: T; readonly grouped: boolean } | { readonly kind: "group"; readonly id: string; readonly group: string; readonly rows: readonly T[]; readonly open: boolean };

const prefix = "group ";

/** The id under which a group's heading is found among rows. */
export function groupId(group: string): string {
  return prefix + group;
}

/**
 * What is drawn, from above: a group stands where the first of its rows would, with all of them below it in their order.
 * @param rows in their order
 */
export function arrange<T>(rows: readonly T[], rowId: (row: T) => string, grouping: Pick<Grouping<T>, "of" | "closed"> | undefined): readonly Item<T>[] {
  if (!grouping) return rows.map((row) => ({ kind: "row", id: rowId(row), row, grouped: false }));
  const members = new Map<string, T[]>();
  const places: (T | string)[] = [];
  for (const row of rows) {
    const group = grouping.of(row);
    const known = group === undefined ? undefined : members.get(group);
    if (known) known.push(row);
    else {
      if (group !== undefined) members.set(group, [row]);
      places.push(group ?? row);
    }
  }
  const items: Item<T>[] = [];
  for (const place of places) {
    if (typeof place !== "string") {
      items.push({ kind: "row", id: rowId(place), row: place, grouped: false });
      continue;
    }
    const list = members.get(place) ?? [];
    const open = !grouping.closed.has(place);
    items.push({ kind: "group", id: groupId(place), group: place, rows: list, open });
    if (open) for (const row of list) items.push({ kind: "row", id: rowId(row), row, grouped: true });
  }
  return items;
}
