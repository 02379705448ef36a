import { randomBytes } from "node:crypto";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { startFaultyRegistry } from "../../../e2e/fixtures/faulty-registry.ts";
import type { FaultyRegistry } from "../../../e2e/fixtures/faulty-registry.ts";
import { waitFor } from "../../../e2e/fixtures/exec.ts";
import { makeImage, makeLayer } from "../../../e2e/fixtures/images.ts";
import { pushImage } from "../../../e2e/fixtures/push.ts";
import { startRegistry } from "../../../e2e/fixtures/registry.ts";
import type { TestRegistry } from "../../../e2e/fixtures/registry.ts";
import { EngineError } from "../../base/errors.ts";
import { Database } from "../../store/database.ts";
import { TransferRecords } from "../../store/transfers.ts";
import type { ImageProgress } from "../images.ts";
import { makeLab } from "../testing/lab.ts";
import { TransferLog } from "./log.ts";
import { Meter } from "./meter.ts";
import type { Transfer } from "./transfers.ts";

const SPEC = { kind: "pull", reference: "a:1" } as const;

test("the meter sums layers, knows what needs no transfer, and tells rate and time left", () => {
  let now = 0;
  const meter = new Meter(() => now);
  meter.plan([{ id: "a", size: 1000 }, { id: "b", size: 3000 }, { id: "c", size: 500 }]);
  expect([meter.current, meter.total, meter.bytesPerSecond, meter.secondsLeft]).toEqual([0, 4500, 0, undefined]);
  meter.take({ id: "latest", status: "Pulling from a" });
  meter.take({ id: "c", status: "Already exists" });
  meter.take({ id: "a", status: "Downloading", progressDetail: { current: 0, total: 1000 } });
  for (let i = 1; i <= 10; i++) {
    now += 100;
    meter.take({ id: "a", status: "Downloading", progressDetail: { current: i * 50, total: 1000 } });
  }
  expect([meter.current, meter.total, meter.bytesPerSecond, meter.secondsLeft]).toEqual([500, 4000, 500, 7]);
  meter.take({ id: "a", status: "Download complete" });
  meter.take({ id: "a", status: "Extracting", progressDetail: { current: 1000, total: 1000 } });
  meter.take({ id: "b", status: "Extracting" });
  expect(meter.layers.map(({ current, total }) => [current, total])).toEqual([[1000, 1000], [0, 0], [0, 0]]);
  now += 60_000;
  expect(meter.bytesPerSecond).toBeLessThan(20);
});

describe("the log", () => {
  const open = (database = Database.open(":memory:")): { log: TransferLog; dropped: string[]; database: Database } => {
    const dropped: string[] = [];
    return { database, dropped, log: new TransferLog({ records: new TransferRecords(database), drop: async (ids) => void dropped.push(...ids) }) };
  };

  test("a transfer that ends well keeps nothing; one that fails keeps what another try can use", async () => {
    const { log } = open();
    const states: string[] = [];
    log.onDidChange(({ state }) => states.push(state));
    expect(await log.run(SPEC, {}, async ({ hold }) => (hold(["x"]), 7))).toBe(7);
    expect([...log.held()]).toEqual([]);
    await expect(log.run(SPEC, {}, async ({ hold }) => { hold(["x", "y"]); throw new EngineError("unavailable", "the line is cut"); })).rejects.toThrow("the line is cut");
    expect([...log.held()]).toEqual(["x", "y"]);
    await expect(log.run(SPEC, {}, async () => { throw new EngineError("dataLoss", "wrong digest"); })).rejects.toThrow("wrong digest");
    expect([...log.held()]).toEqual([]);
    expect(log.list().map(({ state, error }) => [state, error])).toEqual([["done", undefined], ["failed", "the line is cut"], ["failed", "wrong digest"]]);
    expect(states).toEqual(["running", "done", "running", "failed", "running", "failed"]);
  });

  test("one that is removed while it runs is cancelled, and nothing more is told of it", async () => {
    const { log } = open();
    const told: string[] = [];
    const work = log.run(SPEC, {}, ({ signal }) => new Promise<never>((_, reject) => signal.addEventListener("abort", () => reject(new EngineError("cancelled", "stopped")), { once: true })));
    const { id } = log.list()[0]!;
    log.onDidChange((transfer) => told.push(transfer.state));
    log.onDidRemove((gone) => told.push(gone));
    await log.remove(id);
    await expect(work).rejects.toThrow("was cancelled");
    expect(told).toEqual([id]);
    expect(log.list()).toEqual([]);
  });

  test("pause and resume run the work again; who waits hears of it and gets the result", async () => {
    const { log } = open();
    const lines: ImageProgress[] = [];
    let runs = 0;
    const result = log.run(SPEC, { progress: (line) => void lines.push(line) }, async ({ signal }) => {
      if (++runs === 2) return "done";
      return new Promise<string>((_, reject) => signal.addEventListener("abort", () => reject(new EngineError("cancelled", "stopped")), { once: true }));
    });
    const { id } = log.list()[0]!;
    log.pause(id);
    await waitFor("pause", () => log.get(id).state === "paused");
    expect(() => log.pause(id)).toThrow("only a running transfer can be paused");
    expect(log.resume(id)).toBe(true);
    expect(await result).toBe("done");
    expect(lines.map(({ status }) => status)).toEqual(["Paused", "Resumed"]);
    expect(() => log.cancel(id)).toThrow("only a running or paused transfer");
    expect(() => log.resume(id)).toThrow("nothing left to transfer");
    expect(() => log.get("nothing")).toThrow("no such transfer: nothing");
  });

  test("cancel ends a running and a paused one; a client that goes interrupts", async () => {
    const { log } = open();
    const wait = ({ signal }: { signal: AbortSignal }): Promise<never> => new Promise((_, reject) => signal.addEventListener("abort", () => reject(new EngineError("cancelled", "stopped")), { once: true }));
    const running = log.run(SPEC, {}, wait);
    log.cancel(log.list().at(-1)!.id);
    await expect(running).rejects.toMatchObject({ code: "cancelled", message: "the pull of a:1 was cancelled" });
    const paused = log.run(SPEC, {}, wait);
    const { id } = log.list().at(-1)!;
    log.pause(id);
    await waitFor("pause", () => log.get(id).state === "paused");
    log.cancel(id);
    await expect(paused).rejects.toMatchObject({ code: "cancelled" });
    const client = new AbortController();
    const left = log.run(SPEC, { signal: client.signal }, wait);
    client.abort();
    await expect(left).rejects.toMatchObject({ code: "cancelled" });
    expect(log.list().map(({ state }) => state)).toEqual(["cancelled", "cancelled", "interrupted"]);
  });

  test("survives the end of the engine: what ran is interrupted, with its progress and what it holds; the same pull takes it over", async () => {
    const { log, database } = open();
    void log.run(SPEC, {}, async ({ hold, plan, progress }) => {
      plan([{ id: "l", size: 100 }]);
      progress({ id: "l", status: "Downloading", progressDetail: { current: 40, total: 100 } });
      hold(["x"]);
      await new Promise(() => undefined);
    });
    const next = open(database);
    expect(next.log.list()).toMatchObject([{ ...SPEC, state: "interrupted", current: 40, total: 100 }]);
    expect([...next.log.held()]).toEqual(["x"]);
    await expect(next.log.run(SPEC, { signal: AbortSignal.abort() }, async () => { throw new EngineError("cancelled", "gone"); })).rejects.toThrow();
    expect(next.log.list().map(({ state }) => state)).toEqual(["interrupted", "interrupted"]);
    const second = open(database);
    expect([...second.log.held()]).toEqual(["x"]);
    await second.log.remove(second.log.list()[1]!.id);
    expect(second.dropped).toEqual(["x"]);
    await second.log.run(SPEC, { id: second.log.list()[0]!.id }, async () => undefined);
    expect(second.log.list().map(({ state }) => state)).toEqual(["done"]);
  });
});

describe("pulls", () => {
  let registry: TestRegistry;
  let faulty: FaultyRegistry;
  beforeAll(async () => {
    registry = await startRegistry();
    faulty = await startFaultyRegistry(registry);
  });
  afterAll(async () => {
    await faulty[Symbol.asyncDispose]();
    await registry[Symbol.asyncDispose]();
  });
  let counter = 0;
  const fresh = async (sizes: readonly number[]): Promise<string> => {
    const name = `t${++counter}`;
    await pushImage(registry.url, name, "latest", makeImage(sizes.map((size, i) => makeLayer([{ name: `f${i}`, data: randomBytes(size) }], { compression: "none", format: "oci" }))));
    return `${faulty.host}/${name}`;
  };
  const blobsGot = (): string[] => faulty.seen.filter((line) => /^GET .*\/blobs\//.test(line));

  test("one bad layer does not throw away the others, also over a restart; only what is missing is fetched again", async () => {
    await using lab = await makeLab();
    const reference = await fresh([1_000_000, 1_100_000, 1_200_000]);
    let broken = "";
    faulty.spoil((path, _count, request) => {
      if (request.method !== "GET" || !path.includes("/blobs/")) return undefined;
      // The first layer asked for after the configuration.
      if (broken === "" && faulty.seen.filter((line) => line.includes("/blobs/")).length > 1) broken = path;
      return path === broken ? { type: "status", status: 503 } : undefined;
    });
    await expect(lab.images.pull(reference, {})).rejects.toMatchObject({ code: "unavailable" });
    expect(lab.images.transfers.list()).toMatchObject([{ kind: "pull", reference: `${reference}:latest`, state: "failed", error: expect.stringContaining("503") as string }]);
    const before = (await lab.names("blobs/sha256")).length;
    const again = await lab.reopen();
    expect((await again.names("blobs/sha256")).length).toBe(before);
    faulty.spoil(() => undefined);
    const [failed] = again.images.transfers.list();
    again.images.resumeTransfer(failed!.id, {});
    await waitFor("the pull", () => again.images.transfers.get(failed!.id).state === "done");
    expect(again.images.get(reference).size).toBe(3_300_000);
    expect(blobsGot().length).toBeLessThanOrEqual(3);
    await again[Symbol.asyncDispose]();
  });

  test("a prune gives back what interrupted pulls hold", async () => {
    await using lab = await makeLab();
    const reference = await fresh([1_000_000, 1_000_000]);
    faulty.spoil((path, _count, request) => (request.method === "GET" && path.includes("/blobs/") && faulty.seen.filter((line) => line.includes("/blobs/")).length > 2 ? { type: "truncate", part: 0.5 } : undefined));
    await expect(lab.images.pull(reference, {}, { signal: AbortSignal.timeout(800) })).rejects.toThrow();
    await lab.images.prune({ dangling: true });
    expect(await lab.names("blobs/sha256")).toEqual([]);
    expect(await lab.names("ingest")).toEqual([]);
  });

  test("started without a client: listed with progress, paused, resumed, done; push too", async () => {
    await using lab = await makeLab({ registry: { stallTimeoutMs: 20_000 } });
    const reference = await fresh([3_000_000, 3_000_000]);
    faulty.spoil((path, count, request) => (request.method === "GET" && path.includes("/blobs/") && count === 1 && faulty.seen.filter((line) => line.includes("/blobs/")).length > 1 ? { type: "hang", part: 0.5 } : undefined));
    const { id } = lab.images.startTransfer({ kind: "pull", reference }, {});
    const seen: Transfer[] = [];
    lab.images.transfers.onDidChange((transfer) => seen.push(transfer));
    await waitFor("half of it", () => lab.images.transfers.get(id).current > 2_500_000);
    expect(lab.images.transfers.get(id)).toMatchObject({ state: "running", total: expect.any(Number) as number });
    lab.images.transfers.pause(id);
    await waitFor("the pause", () => lab.images.transfers.get(id).state === "paused");
    const stoppedAt = faulty.seen.length;
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(faulty.seen.length).toBe(stoppedAt);
    lab.images.resumeTransfer(id, {});
    await waitFor("the pull", () => lab.images.transfers.get(id).state === "done");
    expect(faulty.seen.filter((line) => / bytes=\d+-/.test(line)).length).toBeGreaterThan(0);
    expect(lab.images.get(reference).size).toBe(6_000_000);
    expect(seen.map(({ state }) => state)).toEqual(expect.arrayContaining(["paused", "running", "done"]));
    faulty.spoil(() => undefined);
    lab.images.tag(reference, `${faulty.host}/copy${counter}:1`);
    const pushed = lab.images.startTransfer({ kind: "push", reference: `${faulty.host}/copy${counter}:1` }, {});
    await waitFor("the push", () => lab.images.transfers.get(pushed.id).state === "done");
    expect(() => lab.images.startTransfer({ kind: "push", reference: "nothing:1" }, {})).toThrow("there is no image nothing:1 to push");
    expect(() => lab.images.startTransfer({ kind: "pull", reference: "UPPER" }, {})).toThrow("must be lowercase");
  });
});
