import { expect, test } from "vitest";
import fc from "fast-check";
import type { CacheRecord } from "../build.ts";
import { choosePruned } from "./prune.ts";

function record(id: string, more: Partial<CacheRecord> = {}): CacheRecord {
  return { id, type: "layer", description: id, size: 10, createdAt: 0, lastUsedAt: 0, uses: 0, inUse: false, shared: false, parentId: null, ...more };
}

test("removes children before what they stand on, the least recently used first", () => {
  const records = [record("a", { lastUsedAt: 1 }), record("b", { parentId: "a", lastUsedAt: 5 }), record("c", { lastUsedAt: 3 })];
  expect(choosePruned(records, { all: true })).toEqual(["c", "b", "a"]);
});

test("keeps what is used, what an image shares unless all is asked for, and what they stand on", () => {
  const records = [record("a"), record("b", { parentId: "a", inUse: true }), record("c", { shared: true }), record("d")];
  expect(choosePruned(records, { all: false })).toEqual(["d"]);
  expect(choosePruned(records, { all: true }).sort()).toEqual(["c", "d"]);
});

test("stops when what is left fits", () => {
  const records = [record("a", { lastUsedAt: 1 }), record("b", { lastUsedAt: 2 }), record("c", { lastUsedAt: 3 }), record("d", { lastUsedAt: 4, shared: true })];
  expect(choosePruned(records, { all: false, keepBytes: 20 })).toEqual(["a"]);
  expect(choosePruned(records, { all: false, keepBytes: 30 })).toEqual([]);
});

test("takes only what was not used for a time, and only the ids asked for", () => {
  const records = [record("aa", { lastUsedAt: 100 }), record("ab", { lastUsedAt: 200 })];
  expect(choosePruned(records, { all: true, unusedSince: 150 })).toEqual(["aa"]);
  expect(choosePruned(records, { all: true, ids: ["ab"] })).toEqual(["ab"]);
});

test("never leaves a record whose parent was removed", () => {
  const forest = fc.array(fc.record({ parent: fc.nat(), lastUsedAt: fc.nat(100), size: fc.nat(100), inUse: fc.boolean(), shared: fc.boolean() }), { maxLength: 30 });
  fc.assert(fc.property(forest, fc.option(fc.nat(1500), { nil: undefined }), fc.boolean(), (nodes, keepBytes, all) => {
    const records = nodes.map(({ parent, ...node }, index) => record(String(index), { ...node, parentId: index === 0 || parent % 3 === 0 ? null : String(parent % index) }));
    const chosen = choosePruned(records, { all, keepBytes });
    const gone = new Set(chosen);
    for (const { id, parentId } of records) expect(parentId !== null && gone.has(parentId) && !gone.has(id)).toBe(false);
    for (const { id, inUse } of records) expect(inUse && gone.has(id)).toBe(false);
    expect(gone.size).toBe(chosen.length);
  }));
});
