import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { EngineError } from "../base/errors.ts";
import { BinRecords } from "../store/bin.ts";
import type { ContainerRow } from "../store/containers.ts";
import { Database } from "../store/database.ts";
import { WorkerPool } from "../sys/workers.ts";
import { LocalVolumes } from "../volumes/local-volumes.ts";
import { LocalBin, type LocalBinOptions } from "./local-bin.ts";

const HOUR = 3600_000;
let root: string;
let database: Database;
let workers: WorkerPool;
let records: BinRecords;
let volumes: LocalVolumes;
let bin: LocalBin;
let free: number;
const failures: unknown[] = [];
/** The containers' domain in memory: rows by name, and what it keeps by id. */
let containers: Map<string, { readonly row: ContainerRow; readonly volumes: readonly string[] }>;
let keptContainers: Map<string, number>;

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["Date", "setTimeout", "clearTimeout"] });
  root = mkdtempSync(join(tmpdir(), "slipway-bin-"));
  database = Database.open(":memory:");
  workers = new WorkerPool({ threads: 1 });
  records = new BinRecords(database);
  volumes = new LocalVolumes({ root, database, users: () => [], workers, kept: () => new Map(records.list().filter(({ kind }) => kind === "volume").map(({ id, name }) => [id, name])) });
  free = 1e12;
  containers = new Map();
  keptContainers = new Map();
  failures.length = 0;
  bin = open();
});

afterEach(async () => {
  vi.useRealTimers();
  await bin.close();
  await workers[Symbol.asyncDispose]();
  database[Symbol.dispose]();
  rmSync(root, { recursive: true, force: true });
  expect(failures).toEqual([]);
});

function open(limitBytes?: number): LocalBin {
  const none = (): never => {
    throw new EngineError("notImplemented", "not part of this test");
  };
  const options: LocalBinOptions = {
    database, records, volumes, limitBytes, freeBytes: () => free, onError: (_, error) => failures.push(error),
    networks: { get: none, remove: none, bringBack: none },
    images: { setAside: none, bringBack: none, discard: none, keptSize: none, keptReferences: none },
    containers: {
      async setAside(name, request, keep) {
        const { row, volumes: anonymous } = containers.get(name)!;
        keep(row, request.volumes ? anonymous : []);
        containers.delete(name);
        keptContainers.set(row.id, 100);
      },
      bringBack(row, forget) {
        if (containers.has(row.name)) throw new EngineError("conflict", `${row.name} is taken`);
        forget();
        containers.set(row.name, { row, volumes: [] });
        keptContainers.delete(row.id);
        return [];
      },
      async discard(id) {
        keptContainers.delete(id);
      },
      keptSize: async (id) => keptContainers.get(id)!,
    },
  };
  return new LocalBin(options);
}

async function volume(name: string, bytes = 5): Promise<void> {
  writeFileSync(join((await volumes.create({ name })).mountpoint, "f"), "x".repeat(bytes));
}

function container(id: string, name: string, anonymous: readonly string[] = []): void {
  const row: ContainerRow = { id, name, imageId: "sha256:1", createdMs: 1, record: JSON.stringify({ config: { Image: "app:1" } }), state: "{}" };
  containers.set(name, { row, volumes: anonymous });
}

/** Lets what goes on in the background end. */
async function settled(): Promise<void> {
  await vi.advanceTimersByTimeAsync(0);
  await expect.poll(() => bin.list().every(({ size }) => size !== null)).toBe(true);
}

test("what is removed is listed with its size, the last first, and comes back", async () => {
  let changes = 0;
  bin.onDidChange(() => changes++);
  await volume("data");
  vi.setSystemTime(Date.UTC(2030, 0, 1));
  const entry = await bin.put("volume", "data");
  expect(entry).toMatchObject({ kind: "volume", name: "data", volumes: 0, removedAt: new Date(Date.UTC(2030, 0, 1)), expiresAt: new Date(Date.UTC(2030, 0, 2)) });
  container("c1", "web");
  vi.advanceTimersByTime(1000);
  await bin.put("container", "web", { keepMs: HOUR });
  await settled();
  expect(bin.list().map(({ name, size, detail }) => [name, size, detail])).toEqual([["web", 100, "app:1"], ["data", 5, ""]]);
  expect(bin.restore(entry.id)).toEqual({ kind: "volume", id: "data", name: "data", warnings: [] });
  expect(volumes.list().map(({ name }) => name)).toEqual(["data"]);
  expect(bin.list().map(({ name }) => name)).toEqual(["web"]);
  expect(() => bin.restore(entry.id)).toThrow(expect.objectContaining({ code: "notFound" }) as Error);
  expect(changes).toBeGreaterThanOrEqual(5);
});

test("anonymous volumes go with their container, count as part of it, and come back with it", async () => {
  await volume("a1", 7);
  container("c1", "web", ["a1", "shared-or-gone"]);
  await bin.put("container", "web", { volumes: true });
  await settled();
  expect(volumes.list()).toEqual([]);
  expect(bin.list().map(({ name, volumes: count, size }) => [name, count, size])).toEqual([["web", 1, 107]]);
  const owned = records.list().find(({ owner }) => owner === "c1")!;
  expect(() => bin.restore(owned.id)).toThrow(expect.objectContaining({ code: "notFound" }) as Error);
  await volume("a1");
  expect(() => bin.restore("c1")).toThrow("a volume named a1 exists again");
  await volumes.remove("a1");
  expect(bin.restore("c1", "web-2")).toEqual({ kind: "container", id: "c1", name: "web-2", warnings: [] });
  expect(volumes.list().map(({ name }) => name)).toEqual(["a1"]);
  expect(records.list()).toEqual([]);
});

test("a name that is taken is a conflict and changes nothing", async () => {
  await volume("a1");
  container("c1", "web", ["a1"]);
  await bin.put("container", "web", { volumes: true });
  container("c2", "web");
  await settled();
  expect(() => bin.restore("c1")).toThrow(expect.objectContaining({ code: "conflict" }) as Error);
  expect(volumes.list()).toEqual([]);
  expect(bin.list().map(({ id, volumes: count }) => [id, count])).toEqual([["c1", 1]]);
});

test("removing for good frees the files of a container and of its volumes", async () => {
  await volume("a1", 7);
  container("c1", "web", ["a1"]);
  await bin.put("container", "web", { volumes: true });
  await volume("data");
  await bin.put("volume", "data");
  await settled();
  expect(await bin.remove("c1")).toBe(107);
  expect(keptContainers.size).toBe(0);
  expect(bin.list().map(({ name }) => name)).toEqual(["data"]);
  expect(await bin.empty(["container", "image"])).toBe(0);
  expect(await bin.empty()).toBe(5);
  expect(readdirSync(join(root, "volumes/.kept"))).toEqual([]);
});

test("an entry is gone for good when its time is over, also where the engine was away then", async () => {
  await volume("short");
  await volume("long");
  await bin.put("volume", "short", { keepMs: 1000 });
  await bin.put("volume", "long", { keepMs: HOUR });
  await settled();
  await vi.advanceTimersByTimeAsync(1001);
  await expect.poll(() => bin.list().map(({ name }) => name)).toEqual(["long"]);
  await bin.close();
  vi.setSystemTime(Date.now() + 2 * HOUR);
  bin = open();
  bin.recover();
  await expect.poll(() => bin.list()).toEqual([]);
  await expect.poll(() => readdirSync(join(root, "volumes/.kept"))).toEqual([]);
  expect(vi.getTimerCount()).toBe(0);
});

test.each([-1, 0, 40 * 24 * HOUR, Number.NaN])("keeping for %s ms is refused, and nothing is removed", async (keepMs) => {
  await volume("data");
  await expect(bin.put("volume", "data", { keepMs })).rejects.toMatchObject({ code: "invalidArgument" });
  expect(volumes.list()).toHaveLength(1);
});

test("above the limit the oldest go, but never the last removal", async () => {
  bin = open(150);
  for (const [index, name] of ["one", "two", "three"].entries()) {
    container(`c${index}`, name);
    vi.advanceTimersByTime(10);
    await bin.put("container", name);
    await settled();
  }
  await expect.poll(() => bin.list().map(({ name }) => name)).toEqual(["three"]);
  await volume("large", 1000);
  vi.advanceTimersByTime(10);
  await bin.put("volume", "large");
  await settled();
  await expect.poll(() => bin.list().map(({ name }) => name)).toEqual(["large"]);
});

test("when the disk is nearly full everything that takes room goes, without anybody asking", async () => {
  await volume("data");
  await volume("empty", 0);
  await bin.put("volume", "data");
  await bin.put("volume", "empty");
  await settled();
  free = 1;
  await vi.advanceTimersByTimeAsync(31_000);
  await expect.poll(() => bin.list().map(({ name }) => name)).toEqual(["empty"]);
});

test("what was not measured before the engine ended is measured by the next one", async () => {
  await volume("data");
  await bin.put("volume", "data");
  await settled();
  database.sql.exec("UPDATE bin SET size = NULL");
  await bin.close();
  bin = open();
  bin.recover();
  await settled();
  expect(bin.list().map(({ size }) => size)).toEqual([5]);
});
