import { afterEach, beforeEach, expect, test } from "vitest";
import type { SnapshotKey } from "../../base/ids.ts";
import { BuildCacheRecords } from "../../store/builds.ts";
import { Database } from "../../store/database.ts";
import { SnapshotRecords } from "../../store/snapshots.ts";
import { BuildCache } from "./build-cache.ts";

let database: Database;
let snapshots: SnapshotRecords;
let cache: BuildCache;
beforeEach(() => {
  database = Database.open(":memory:");
  snapshots = new SnapshotRecords(database);
  cache = new BuildCache(new BuildCacheRecords(database));
});
afterEach(() => database[Symbol.dispose]());

function layer(name: string, parent: string | null = null): SnapshotKey {
  snapshots.insert({ key: name as SnapshotKey, directory: name, kind: "committed", parent: parent as SnapshotKey | null, createdAt: 1, size: 1, occupied: null });
  return name as SnapshotKey;
}

test("a result is found under each of its keys", () => {
  cache.add({ id: "k1", snapshot: layer("s1"), parent: null, description: "RUN a", size: 5 }, ["k1", "definition"]);
  expect(cache.find("definition")).toMatchObject({ id: "k1", snapshot: "s1", size: 5, uses: 0 });
  cache.hit("k1", ["other"]);
  expect(cache.find("other")).toMatchObject({ id: "k1", uses: 1 });
  expect(cache.find("unknown")).toBeUndefined();
});

test("a layer that gets its chain id takes the record along, and one that is removed takes it away", () => {
  cache.add({ id: "k1", snapshot: layer("s1"), parent: null, description: "", size: 0 }, ["k1"]);
  layer("s2", "s1");
  cache.add({ id: "k2", snapshot: "s2" as SnapshotKey, parent: "k1", description: "", size: 0 }, ["k2"]);
  snapshots.rename("s1" as SnapshotKey, "sha256:chain" as SnapshotKey, null);
  expect(cache.get("k1")).toMatchObject({ snapshot: "sha256:chain" });
  expect(snapshots.get("s2" as SnapshotKey)).toMatchObject({ parent: "sha256:chain" });
  snapshots.delete("s2" as SnapshotKey);
  expect(cache.get("k2")).toBeUndefined();
  expect(cache.find("k2")).toBeUndefined();
});

test("a result that replaces another takes away what stood on that", () => {
  cache.add({ id: "a", snapshot: layer("s1"), parent: null, description: "", size: 0 }, ["a"]);
  cache.add({ id: "b", snapshot: layer("s2", "s1"), parent: "a", description: "", size: 0 }, ["b"]);
  cache.add({ id: "c", snapshot: layer("s3", "s2"), parent: "b", description: "", size: 0 }, ["c"]);
  cache.add({ id: "x", snapshot: layer("s4"), parent: null, description: "", size: 0 }, ["x"]);
  cache.add({ id: "a", snapshot: layer("s5"), parent: null, description: "", size: 0 }, ["a"]);
  expect(cache.list().map(({ id }) => id).sort()).toEqual(["a", "x"]);
  expect(cache.find("a")).toMatchObject({ snapshot: "s5" });
});

test("a result that a build uses is not replaced under it", () => {
  cache.add({ id: "a", snapshot: layer("s1"), parent: null, description: "", size: 0 }, ["a"]);
  const release = cache.use("a");
  const other = cache.add({ id: "a", snapshot: layer("s2"), parent: null, description: "", size: 0 }, ["a"]);
  expect(other.id).toMatch(/^a-[0-9a-f]{8}$/);
  expect(cache.get("a")).toMatchObject({ snapshot: "s1" });
  expect(cache.find("a")).toMatchObject({ id: other.id, snapshot: "s2" });
  release();
});

test("inputs are remembered with their files, the last ones win", () => {
  const inputs = { parent: "p", base: null, text: "t", args: {}, env: {}, operation: "", files: [] };
  expect(cache.remembered("site")).toBeNull();
  cache.remember("site", { inputs, manifest: "1 a\n" });
  cache.remember("site", { inputs: { ...inputs, text: "u" }, manifest: null });
  expect(cache.remembered("site")).toEqual({ inputs: { ...inputs, text: "u" }, manifest: null });
});

test("the time an image was made first is kept", () => {
  expect(cache.firstMade("d", 100)).toBe(100);
  expect(cache.firstMade("d", 200)).toBe(100);
  expect(cache.firstMade("e", 200)).toBe(200);
});

test("a record in use says so until every use has ended", () => {
  const first = cache.use("a");
  const second = cache.use("a");
  first();
  expect(cache.isUsed("a")).toBe(true);
  second();
  expect(cache.isUsed("a")).toBe(false);
});
