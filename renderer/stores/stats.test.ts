import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { StatsSample } from "../../electron/ipc/contract/stats.ts";
import type { IpcClient } from "../../electron/ipc/contract/contract.ts";
import { setClient } from "./host.ts";
import { isWatching, keepStatsOf, lookAt, onStats, statsOf, take, toPoint } from "./stats.ts";

function sample(part: Partial<StatsSample>): StatsSample {
  return { id: "a", at: 1000, cpuNs: 0, memory: 5, memoryLimit: 10, pids: 1, pidsLimit: 0, received: 0, sent: 0, read: 0, written: 0, ...part };
}

/** Every call of `stats.watch`: what was asked for, and whether it was left. */
const calls: { ids: string[]; intervalMs: number; signal: AbortSignal }[] = [];

beforeEach(() => {
  vi.useFakeTimers();
  calls.length = 0;
  const watch = async ({ ids, intervalMs }: { ids: string[]; intervalMs: number }, { signal }: { signal: AbortSignal }) => {
    calls.push({ ids, intervalMs, signal });
    return (async function* () {
      yield [sample({ id: ids[0] ?? "", at: 1000 + calls.length })];
      await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
    })();
  };
  setClient({ stats: { watch } } as unknown as IpcClient, "open");
});
afterEach(async () => {
  setClient(undefined, "connecting");
  await vi.advanceTimersByTimeAsync(10_000);
  vi.useRealTimers();
  keepStatsOf(() => false);
});

it("tells rates of a second, and none across a restart", () => {
  const before = sample({ at: 1000, cpuNs: 1e9, received: 100 });
  expect(toPoint(sample({ at: 3000, cpuNs: 2e9, received: 300 }), before)).toMatchObject({ cpu: 0.5, received: 100, sent: 0, memory: 5 });
  expect(toPoint(sample({ at: 3000, cpuNs: 5, received: 300 }), before)).toMatchObject({ cpu: null, received: 100 });
  expect(toPoint(sample({}), undefined)).toMatchObject({ cpu: null, memory: 5 });
});

it("keeps the last ten minutes, with a gap where nobody looked", () => {
  for (let second = 0; second < 700; second++) take(sample({ at: second * 1000, cpuNs: second * 1e9 }));
  expect(statsOf("a")).toHaveLength(600);
  take(sample({ at: 800_000, cpuNs: 800e9 }));
  expect(statsOf("a").slice(-2)).toMatchObject([{ cpu: null, memory: null }, { at: 800_000, cpu: 1 }]);
  take(sample({ at: 800_000, cpuNs: 900e9 }));
  expect(statsOf("a").at(-1)?.total.cpuNs).toBe(800e9);
});

it("opens one stream for all that is looked at, as often as the most curious wants, and none when nobody does", async () => {
  const leave = [lookAt(["a", "b"], 2000), lookAt(["b"], 1000)];
  await vi.advanceTimersByTimeAsync(200);
  expect(calls.map(({ ids, intervalMs }) => ({ ids, intervalMs }))).toEqual([{ ids: ["a", "b"], intervalMs: 1000 }]);
  leave[1]?.();
  await vi.advanceTimersByTimeAsync(200);
  expect(calls.map((call) => call.intervalMs)).toEqual([1000, 2000]);
  expect(calls[0]?.signal.aborted).toBe(true);
  leave[0]?.();
  await vi.advanceTimersByTimeAsync(200);
  expect(calls[1]?.signal.aborted).toBe(true);
  expect(isWatching()).toBe(false);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(calls).toHaveLength(2);
});

it("does not begin anew for what it watches already, and does for what comes into view", async () => {
  const leave = [lookAt(["a"], 1000), lookAt(["b"], 1000)];
  await vi.advanceTimersByTimeAsync(200);
  leave.pop()?.();
  await vi.advanceTimersByTimeAsync(200);
  expect(calls).toHaveLength(1);
  leave.push(lookAt(["c"], 1000));
  await vi.advanceTimersByTimeAsync(200);
  expect(calls.map((call) => call.ids)).toEqual([["a", "b"], ["a", "c"]]);
  for (const each of leave) each();
  await vi.advanceTimersByTimeAsync(200);
});

it("tells who listens, goes on after a lost connection, and forgets what is gone", async () => {
  let told = 0;
  const deaf = onStats("a", () => told++);
  const leave = lookAt(["a"], 1000);
  await vi.advanceTimersByTimeAsync(200);
  expect(told).toBe(1);
  setClient(undefined, "lost");
  expect(isWatching()).toBe(false);
  await vi.advanceTimersByTimeAsync(200);
  expect(isWatching()).toBe(false);
  deaf();
  leave();
  keepStatsOf((id) => id !== "a");
  expect(statsOf("a")).toEqual([]);
  await vi.advanceTimersByTimeAsync(200);
});
