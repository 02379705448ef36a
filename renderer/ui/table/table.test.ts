import { expect, it } from "vitest";
import { plainLayout, sortRows, templateOf, visibleColumns, withWidth, type Column } from "./columns.ts";
import { arrange } from "./groups.ts";

interface Fruit {
  readonly name: string;
  readonly kind?: string;
  readonly size: number;
}

const fruits: readonly Fruit[] = [
  { name: "plum", kind: "stone", size: 2 },
  { name: "melon", size: 9 },
  { name: "fig", size: 2 },
  { name: "peach", kind: "stone", size: 4 },
];
const columns: readonly Column<Fruit>[] = [
  { id: "name", header: "Name", track: "minmax(100px, 2fr)", always: true, compare: (a, b) => a.name.localeCompare(b.name), cell: () => null },
  { id: "size", header: "Size", track: "80px", from: 500, compare: (a, b) => a.size - b.size, cell: () => null },
  { id: "kind", header: "Kind", track: "1fr", optional: true, cell: () => null },
  { id: "actions", header: "Actions", track: "60px", fixed: true, cell: () => null },
];
const name = (fruit: Fruit): string => fruit.name;
const ids = (shown: readonly Column<Fruit>[]): string[] => shown.map((column) => column.id);

it("shows the columns that fit, and those that were chosen wherever they are", () => {
  expect(ids(visibleColumns(columns, plainLayout, 400))).toEqual(["name", "actions"]);
  expect(ids(visibleColumns(columns, plainLayout, 500))).toEqual(["name", "size", "actions"]);
  expect(ids(visibleColumns(columns, { widths: {}, shown: { size: true, kind: true, name: false, actions: false } }, 400))).toEqual(["name", "size", "kind", "actions"]);
});

it("keeps widths within bounds, lets them give way, and fills the line where all are chosen", () => {
  expect(withWidth(plainLayout, "size", 7).widths).toEqual({ size: 56 });
  const shown = visibleColumns(columns, plainLayout, 600);
  expect(templateOf(shown, withWidth(plainLayout, "size", 120.4))).toBe("36px minmax(100px, 2fr) minmax(56px, 120px) 60px");
  expect(templateOf(shown, withWidth(withWidth(plainLayout, "size", 120), "name", 200))).toBe("36px minmax(56px, 200px) minmax(120px, 1fr) 60px");
});

it("sorts in both directions and leaves equals in their order", () => {
  expect(sortRows(fruits, columns, { column: "size", down: false }).map(name)).toEqual(["plum", "fig", "peach", "melon"]);
  expect(sortRows(fruits, columns, { column: "size", down: true }).map(name)).toEqual(["melon", "peach", "plum", "fig"]);
  expect(sortRows(fruits, columns, { column: "kind", down: true })).toBe(fruits);
});

it("puts a group where its first row is, with its rows in their order, or none while it is closed", () => {
  const drawn = (closed: readonly string[]): string[] => arrange(fruits, name, { of: (fruit) => fruit.kind, closed: new Set(closed) }).map((item) => (item.kind === "group" ? `[${item.group} ${item.rows.length}]` : item.grouped ? `  ${item.id}` : item.id));
  expect(drawn([])).toEqual(["[stone 2]", "  plum", "  peach", "melon", "fig"]);
  expect(drawn(["stone"])).toEqual(["[stone 2]", "melon", "fig"]);
  expect(arrange(fruits, name, undefined).map((item) => item.id)).toEqual(fruits.map(name));
});
