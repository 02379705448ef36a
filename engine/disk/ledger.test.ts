import { execFileSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { expect, onTestFinished, test } from "vitest";
import type { SnapshotKey } from "../base/ids.ts";
import { makeLab } from "../images/testing/lab.ts";
import type { ImageLab } from "../images/testing/lab.ts";
import type { DiskReport } from "./disk.ts";
import { DiskService } from "./ledger.ts";

/** A ledger over real layers and blobs, and over nothing else. */
async function open(settledMs?: number): Promise<{ lab: ImageLab; disk: DiskService; addLayer: (name: string, files: number) => Promise<void>; read: (signal?: AbortSignal) => Promise<DiskReport[]> }> {
  const lab = await makeLab();
  onTestFinished(() => lab[Symbol.asyncDispose]());
  const { root, content, snapshots, images, leases, workers } = lab;
  const none = { list: () => [], remove: () => Promise.resolve() };
  const disk = new DiskService({
    root, content, snapshots, images, leases, workers, settledMs, containers: none, volumes: none, bin: { holds: () => ({ references: [], containers: [] }), empty: async () => 0 }, cacheMounts: none, logs: { files: () => [], clear: () => Promise.resolve() },
    cache: { list: () => [], isUsed: () => false }, builder: { pruneCache: () => Promise.resolve({ removed: [], freedBytes: 0 }) },
  });
  const addLayer = async (name: string, files: number): Promise<void> => {
    const draft = await snapshots.draft();
    for (let index = 0; index < files; index++) {
      const directory = join(draft.directory, String(index % 100));
      if (index < 100) mkdirSync(directory);
      writeFileSync(join(directory, String(index)), "x".repeat(index % 5000));
    }
    await draft.commit(name as SnapshotKey, null, 1);
  };
  return { lab, disk, addLayer, read: (signal) => Array.fromAsync(disk.read({ signal })) };
}

const du = (path: string): number => Number(execFileSync("du", ["-sx", "--block-size=1", path], { encoding: "utf8" }).split("\t")[0]);

test("leftovers that nothing needs are told, and freed when they are asked for", async () => {
  const { lab, disk, addLayer, read } = await open();
  await addLayer("stray", 300);
  await lab.content.put(Buffer.alloc(100_000, "x"));
  const last = (await read()).at(-1)!;
  expect(last.totalBytes).toBe(du(lab.root));
  const leftovers = last.items.find(({ kind, id }) => kind === "other" && id === "unneeded");
  expect(leftovers?.bytes).toBe(last.kinds.other);
  const selection = [{ kind: "other", id: "unneeded" }] as const;
  expect((await disk.preview(selection)).freedBytes).toBe(leftovers?.bytes);
  expect((await Array.fromAsync(disk.free(selection))).at(-1)).toEqual({ type: "freed", freedBytes: leftovers?.bytes, removed: 1 });
  expect(lab.snapshots.list()).toEqual([]);
  expect((await read()).at(-1)?.items.some(({ id }) => id === "unneeded")).toBe(false);
});

test("what work in progress holds is no leftover", async () => {
  const { lab, disk, addLayer, read } = await open();
  await addLayer("held", 10);
  using _lease = await lab.leases.acquire("held");
  const items = new Map((await read()).flatMap((report) => report.items).map((item) => [item.id, item]));
  expect(items.get("working")?.fixed).toBe("It goes when the work ends.");
  expect(items.has("unneeded")).toBe(false);
  expect((await disk.preview([{ kind: "other", id: "working" }])).refused[0]?.message).toBe("It goes when the work ends.");
});

test("a layer of 30,000 files is measured once, away from the event loop", async () => {
  const { lab, addLayer, read } = await open(0);
  await addLayer("large", 30_000);
  const before = [process.cpuUsage(), process.threadCpuUsage()] as const;
  await read();
  const [all, here] = [process.cpuUsage(before[0]), process.threadCpuUsage(before[1])].map(({ user, system }) => user + system);
  expect(here!).toBeLessThan(all! / 2);
  const [place] = lab.snapshots.places();
  expect(place?.occupied).toBe(du(place!.directory));
  const again = await read();
  expect(again[0]!.kinds.other).toBe(place?.occupied);
  expect(again.at(-1)!.totalBytes).toBe(du(lab.root));
});

test("the size of a layer that was made a moment ago is not kept", async () => {
  const { lab, addLayer, read } = await open();
  await addLayer("fresh", 10);
  await read();
  expect(lab.snapshots.places()[0]?.occupied).toBe(null);
});

test("a read ends when it is cancelled", async () => {
  const { addLayer, disk } = await open();
  await addLayer("some", 5000);
  const cancel = new AbortController();
  await expect(async () => {
    for await (const _ of disk.read({ signal: cancel.signal })) cancel.abort();
  }).rejects.toMatchObject({ code: "cancelled" });
});
