import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sleep } from "../../base/abort.ts";
import { WorkerPool } from "../../sys/workers.ts";
import { LocalCacheMounts } from "./cache-mounts.ts";
import type { CacheMountRequest, HeldCaches } from "./cache-mounts.ts";

let root: string;
let workers: WorkerPool;
let mounts: LocalCacheMounts;
beforeEach(async () => {
  root = mkdtempSync(join(tmpdir(), "slipway-caches-"));
  workers = new WorkerPool({ threads: 1 });
  mounts = await LocalCacheMounts.open({ root, workers });
});
afterEach(async () => {
  expect(mounts.list().filter(({ inUse }) => inUse)).toEqual([]);
  await workers[Symbol.asyncDispose]();
  rmSync(root, { recursive: true });
});

const request = (id: string, more: Partial<CacheMountRequest> = {}): CacheMountRequest => ({ id, sharing: "shared", mode: 0o755, uid: 0, gid: 0, source: undefined, origin: undefined, ...more });

async function take(...requests: CacheMountRequest[]): Promise<HeldCaches> {
  return mounts.acquire(requests);
}

async function release(...held: HeldCaches[]): Promise<void> {
  for (const one of held) await one[Symbol.asyncDispose]();
}

/** Whether a promise has settled by now. */
async function settledBy(promise: Promise<unknown>): Promise<boolean> {
  return Promise.race([promise.then(() => true, () => true), sleep(30).then(() => false)]);
}

describe("LocalCacheMounts", () => {
  it("keeps directories and their records over restarts", async () => {
    const held = await take(request("apt", { mode: 0o1770, uid: 7, gid: 8 }));
    expect(statSync(held.paths[0]!)).toMatchObject({ mode: 0o41770, uid: 7, gid: 8 });
    writeFileSync(join(held.paths[0]!, "f"), "1234");
    expect(mounts.list()).toMatchObject([{ id: "apt", inUse: true, uses: 1 }]);
    await release(held);
    await release(await take(request("apt", { mode: 0o1770, uid: 7, gid: 8 })));
    const [before] = mounts.list();
    expect(before).toMatchObject({ id: "apt", inUse: false, uses: 2 });
    mounts = await LocalCacheMounts.open({ root, workers });
    expect(mounts.list()).toEqual([before]);
    expect(await mounts.usage(before!.key)).toBe(4);
  });

  it("tells caches apart by id, owner, mode and origin", async () => {
    const all = [request("a"), request("b"), request("a", { uid: 1 }), request("a", { mode: 0o700 }), request("a", { origin: "x" }), request("a")];
    const held = await take(...all);
    expect(new Set(held.paths).size).toBe(5);
    expect(held.paths[5]).toBe(held.paths[0]);
    await release(held);
  });

  it("removes what nothing uses, and only that", async () => {
    const held = await take(request("x"));
    const { key } = mounts.list()[0]!;
    await expect(mounts.remove(key)).rejects.toMatchObject({ code: "conflict", message: expect.stringContaining("(x) is in use") as string });
    await release(held);
    await mounts.remove(key);
    await expect(mounts.remove(key)).rejects.toMatchObject({ code: "notFound" });
    await expect(mounts.usage(key)).rejects.toMatchObject({ code: "notFound" });
    expect(readdirSync(join(root, "build/cache-mounts"))).toEqual([]);
  });

  it("clears away what a crash left half done", async () => {
    await release(await take(request("whole")));
    const directory = join(root, "build/cache-mounts");
    for (const name of [".half-0.12ab", "no-record-0", "bad-record-0"]) mkdirSync(join(directory, name, "fs"), { recursive: true });
    writeFileSync(join(directory, "bad-record-0/record.json"), '{"id":');
    mounts = await LocalCacheMounts.open({ root, workers });
    expect(mounts.list().map(({ id }) => id)).toEqual(["whole"]);
    expect(readdirSync(directory)).toEqual([mounts.list()[0]!.key]);
  });

  it("gives a locked directory to one after the other, first come first served", async () => {
    const locked = request("l", { sharing: "locked" });
    const first = await take(locked);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      await using held = await take(locked);
      expect(held.paths).toEqual(first.paths);
      order.push(number);
      await sleep(5);
    });
    expect(await settledBy(waiting[0]!)).toBe(false);
    await release(first);
    await Promise.all(waiting);
    expect(order).toEqual([1, 2, 3]);
  });

  it("gives one that shares a directory of its own while another locks, and joins those that share", async () => {
    const locked = await take(request("m", { sharing: "locked" }));
    const shared = await take(request("m"));
    const joined = await take(request("m"));
    expect(shared.paths).not.toEqual(locked.paths);
    expect(joined.paths).toEqual(shared.paths);
    const next = take(request("m", { sharing: "locked" }));
    await release(shared);
    expect(await settledBy(next)).toBe(false);
    await release(joined);
    expect((await next).paths).toEqual(shared.paths);
    await release(locked, await next);
    expect(mounts.list()).toHaveLength(2);
  });

  it("gives each private user a directory, and free ones again", async () => {
    const own = request("p", { sharing: "private" });
    const [first, second] = [await take(own), await take(own)];
    expect(first.paths).not.toEqual(second.paths);
    await release(first);
    const third = await take(own);
    expect(third.paths).toEqual(first.paths);
    await release(second, third);
  });

  it("lets nobody wait for ever, whatever order caches are named in", async () => {
    const [a, b] = [request("a", { sharing: "locked" }), request("b", { sharing: "locked" })];
    const turns = Array.from({ length: 20 }, async (_, index) => {
      await using held = await take(...(index % 2 === 0 ? [a, b] : [b, a]));
      expect(held.paths).toHaveLength(2);
      await sleep(1);
    });
    await Promise.all(turns);
  });

  it("stops waiting when it is told to, and passes the turn on", async () => {
    const locked = request("w", { sharing: "locked" });
    const first = await take(locked);
    const stop = new AbortController();
    const gone = mounts.acquire([request("other"), locked], { signal: stop.signal });
    const last = take(locked);
    await sleep(5);
    stop.abort();
    await expect(gone).rejects.toMatchObject({ code: "cancelled" });
    await release(first);
    await release(await last);
    // Told so in the moment when it gets its turn.
    const [holder, late] = [await take(locked), new AbortController()];
    const raced = mounts.acquire([locked], { signal: late.signal });
    await sleep(5);
    const released = release(holder);
    late.abort();
    await released;
    await raced.then((held) => release(held), (error: unknown) => expect(error).toMatchObject({ code: "cancelled" }));
  });

  it("fills a new directory, once, with owners and modes", async () => {
    const source = join(root, "source");
    mkdirSync(join(source, "deep"), { recursive: true });
    writeFileSync(join(source, "deep/f"), "from the source");
    chmodSync(join(source, "deep"), 0o711);
    const filled = request("f", { source, origin: "o" });
    const [one, two] = await Promise.all([take(filled), take(filled)]);
    expect(one.paths).toEqual(two.paths);
    expect(readFileSync(join(one.paths[0]!, "deep/f"), "utf8")).toBe("from the source");
    expect(statSync(join(one.paths[0]!, "deep")).mode & 0o777).toBe(0o711);
    await release(one, two);
  });

  it("leaves nothing when it cannot be filled, and lets others try", async () => {
    await expect(take(request("f", { source: join(root, "engine.db") }))).rejects.toMatchObject({ code: "invalidArgument", message: expect.stringContaining("is not a directory") as string });
    const source = join(root, "many");
    mkdirSync(source);
    for (let index = 0; index < 3000; index++) writeFileSync(join(source, `${index}`), "x");
    const stop = new AbortController();
    const filled = request("g", { source });
    const given = mounts.acquire([filled], { signal: stop.signal });
    const others = [take(filled), take({ ...filled, sharing: "locked" })];
    setTimeout(() => stop.abort(), 20);
    await expect(given).rejects.toMatchObject({ code: "cancelled" });
    for (const other of others) {
      const held = await other;
      expect(existsSync(join(held.paths[0]!, "2999"))).toBe(true);
      await release(held);
    }
    expect(readdirSync(join(root, "build/cache-mounts")).filter((name) => name.startsWith("."))).toEqual([]);
  });
});
