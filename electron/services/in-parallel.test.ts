import { setTimeout as sleep } from "node:timers/promises";
import { expect, it } from "vitest";
import { inParallel } from "./in-parallel.ts";

it("keeps the order, and its limit", async () => {
  let [now, most] = [0, 0];
  const results = await inParallel([5, 1, 4, 2, 3], 2, async (ms) => {
    most = Math.max(most, ++now);
    await sleep(ms);
    now--;
    return ms * 10;
  });
  expect([results, most]).toEqual([[50, 10, 40, 20, 30], 2]);
  expect(await inParallel([], 3, async () => 1)).toEqual([]);
});

it("begins nothing after a failure", async () => {
  const begun: number[] = [];
  const work = inParallel([1, 2, 3, 4], 2, async (item) => {
    begun.push(item);
    await sleep(item);
    if (item === 1) throw new Error("broken");
  });
  await expect(work).rejects.toThrow("broken");
  await sleep(10);
  expect(begun).toEqual([1, 2]);
});
