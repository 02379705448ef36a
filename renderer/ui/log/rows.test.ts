import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { FoldedRows, PickedRows, type LogRows } from "./rows.ts";

/** Rows, the slow way. */
function naive(numbers: readonly number[], heightOf: (number: number) => number): { number: number; row: number; height: number }[] {
  let row = 0;
  return numbers.map((number) => {
    const height = heightOf(number);
    row += height;
    return { number, row: row - height, height };
  });
}

function agree(rows: LogRows, expected: ReturnType<typeof naive>, columns: number): void {
  for (const { number, row, height } of expected) {
    expect(rows.rowOf(number, columns)).toBe(row);
    for (let inside = 0; inside < height; inside++) expect(rows.lineAtRow(row + inside, columns)).toEqual({ number, row });
  }
  const total = expected.reduce((sum, { height }) => sum + height, 0);
  expect(rows.rowOf(Number.MAX_SAFE_INTEGER, columns)).toBe(total);
  expect(rows.lineAtRow(total, columns).number).toBeGreaterThan(expected.at(-1)?.number ?? 0);
}

const picked = fc.uniqueArray(fc.integer({ min: -100, max: 100 }), { minLength: 1, maxLength: 60 }).map((list) => list.sort((a, b) => a - b));

describe("picked lines", () => {
  it("have the rows of a plain sum, also when more are added and when columns change", () => {
    fc.assert(fc.property(picked, fc.nat(60), fc.constantFrom(0, 3), (numbers, first, columns) => {
      const heightOf = (number: number) => (columns === 0 ? 1 : 1 + (Math.abs(number) % 4));
      const rows = new PickedRows({ heightOf });
      rows.set(numbers.slice(0, first), 0);
      rows.rowOf(0, columns);
      rows.set(numbers, Math.min(first, numbers.length));
      agree(rows, naive(numbers, heightOf), columns);
      expect(numbers.map((number) => rows.next(number))).toEqual([...numbers.slice(1), Number.MAX_SAFE_INTEGER]);
    }));
  });

  it("with some folded out have more rows below those", () => {
    fc.assert(fc.property(picked, fc.dictionary(fc.integer({ min: -100, max: 100 }).map(String), fc.integer({ min: 1, max: 5 }), { maxKeys: 12 }), fc.constantFrom(0, 3), (numbers, open, columns) => {
      const heightOf = (number: number) => (columns === 0 ? 1 : 1 + (Math.abs(number) % 4));
      const base = new PickedRows({ heightOf });
      base.set(numbers, 0);
      const more = new Map(Object.entries(open).map(([number, rows]) => [Number(number), rows]));
      const rows = new FoldedRows(base, more, (number) => base.has(number));
      agree(rows, naive(numbers, (number) => heightOf(number) + (more.get(number) ?? 0)), columns);
    }));
  });
});
