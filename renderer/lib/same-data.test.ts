import * as fc from "fast-check";
import { expect, it } from "vitest";
import { sameData } from "./same-data.ts";

it("finds copies the same, and what JSON writes differently different", () => {
  fc.assert(fc.property(fc.jsonValue({ maxDepth: 3 }), fc.jsonValue({ maxDepth: 3 }), (a, b) => {
    expect(sameData(a, JSON.parse(JSON.stringify(a)))).toBe(true);
    expect(sameData(sorted(a), sorted(b))).toBe(JSON.stringify(sorted(a)) === JSON.stringify(sorted(b)));
  }));
});

it("sees what one side has more, whatever the order", () => {
  expect(sameData({ a: 1, b: [1, 2] }, { b: [1, 2], a: 1 })).toBe(true);
  expect(sameData({ a: 1, b: undefined }, { a: 1 })).toBe(true);
  expect(sameData({ a: 1 }, { a: 1, b: 2 })).toBe(false);
  expect(sameData([1, 2], [1, 2, 3])).toBe(false);
  expect(sameData([], {})).toBe(false);
  expect(sameData({}, null)).toBe(false);
});

/** The same value with its keys in order, and without the two zeros that JSON does not tell apart. */
function sorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value === "object" && value !== null) return Object.fromEntries(Object.entries(value).sort(([a], [b]) => (a < b ? -1 : 1)).map(([key, each]) => [key, sorted(each)]));
  return value === 0 ? 0 : value;
}
