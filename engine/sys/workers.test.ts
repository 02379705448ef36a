import { getEventListeners } from "node:events";
import { afterEach, beforeEach, expect, test } from "vitest";
import type { PoolTaskData } from "./testing/pool-task.ts";
import { WorkerPool } from "./workers.ts";

const TASK = new URL("./testing/pool-task.ts", import.meta.url);
let pool: WorkerPool;
beforeEach(() => (pool = new WorkerPool({ threads: 2, idleMs: 200 })));
afterEach(() => pool[Symbol.asyncDispose]());

const run = <T>(data: PoolTaskData, options?: Parameters<WorkerPool["run"]>[2]): Promise<T> => pool.run<T>(TASK, data, options);

test("runs more tasks than threads and gives each its result", async () => {
  expect(await Promise.all(Array.from({ length: 20 }, (_, value) => run<number>({ action: "echo", value })))).toEqual(Array.from({ length: 20 }, (_, value) => value));
});

test("a thread is used again, and ends when idle", async () => {
  const first = await run<number>({ action: "thread" });
  expect(await run<number>({ action: "thread" })).toBe(first);
  await new Promise((resolve) => setTimeout(resolve, 400));
  expect(await run<number>({ action: "thread" })).not.toBe(first);
});

test("errors arrive with their code and details", async () => {
  await expect(run({ action: "fail", value: 7 })).rejects.toMatchObject({ name: "EngineError", code: "dataLoss", message: "the task failed", details: { value: 7 } });
  await expect(run({ action: "system" })).rejects.toMatchObject({ code: "ENOENT", syscall: "open", path: "/no/such/file" });
  await expect(pool.run(new URL("file:///no/such/module.ts"), {})).rejects.toMatchObject({ code: "ERR_MODULE_NOT_FOUND" });
  expect(await run({ action: "echo", value: 1 })).toBe(1);
});

test("a thread that dies fails its task, not the pool", async () => {
  await expect(run({ action: "exit" })).rejects.toMatchObject({ code: "internal" });
  expect(await run({ action: "echo", value: 1 })).toBe(1);
});

test("leaves nothing on the signal of a task that ended, also of one that waited its turn", async () => {
  const { signal } = new AbortController();
  await Promise.all(Array.from({ length: 6 }, (_, value) => run({ action: "echo", value }, { signal })));
  await expect(run({ action: "fail" }, { signal })).rejects.toThrow();
  expect(getEventListeners(signal, "abort")).toEqual([]);
});

test("cancelling stops tasks that listen, that spin, and that wait their turn", async () => {
  const controller = new AbortController();
  const { signal } = controller;
  const tasks = [run({ action: "wait" }, { signal }), run({ action: "spin" }, { signal }), run({ action: "echo" }, { signal })];
  const outcomes = Promise.allSettled(tasks);
  await new Promise((resolve) => setTimeout(resolve, 100));
  controller.abort();
  for (const outcome of await outcomes) expect(outcome).toMatchObject({ status: "rejected", reason: { code: "cancelled" } });
  expect(await run({ action: "echo", value: 1 })).toBe(1);
  await expect(run({ action: "echo" }, { signal })).rejects.toMatchObject({ code: "cancelled" });
});

test("input is streamed with back-pressure, and the sender keeps its memory", async () => {
  let sent = 0;
  const chunk = Buffer.from(new ArrayBuffer(5000));
  async function* source(): AsyncGenerator<Uint8Array> {
    for (; sent < 100; sent++) yield chunk;
  }
  expect(await run({ action: "sum" }, { input: source() })).toBe(500_000);
  expect(chunk.length).toBe(5000);
  sent = 0;
  const signal = AbortSignal.timeout(100);
  await expect(run({ action: "wait" }, { input: source(), signal })).rejects.toMatchObject({ code: "cancelled" });
  expect(sent).toBeLessThan(10);
});

test("output is streamed with back-pressure, whole and in order", async () => {
  const chunks: number[] = [];
  for await (const chunk of pool.stream(TASK, { action: "emit", value: 50 } satisfies PoolTaskData)) chunks.push(chunk[0]!);
  expect(chunks).toEqual(Array.from({ length: 50 }, (_, index) => index));
});

test("a stream fails with its task's error and stops when it is cancelled", async () => {
  const failing = pool.stream(TASK, { action: "fail" } satisfies PoolTaskData).getReader();
  await expect(failing.read()).rejects.toMatchObject({ code: "dataLoss" });
  const endless = pool.stream(TASK, { action: "emit", value: 1e9 } satisfies PoolTaskData).getReader();
  await endless.read();
  await endless.cancel();
  expect(await Promise.all([run({ action: "echo", value: 1 }), run({ action: "echo", value: 2 })])).toEqual([1, 2]);
});

test("a closed pool refuses work and fails what it has", async () => {
  const running = run({ action: "wait" });
  const outcome = expect(running).rejects.toMatchObject({ code: "cancelled" });
  await new Promise((resolve) => setTimeout(resolve, 100));
  await pool[Symbol.asyncDispose]();
  await outcome;
  await expect(run({ action: "echo" })).rejects.toMatchObject({ code: "cancelled" });
});
