import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { Quiet } from "./quiet.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

test("calls once, a while after the last stir, and never without one", () => {
  let calls = 0;
  const quiet = new Quiet(() => calls++, () => false);
  vi.advanceTimersByTime(60_000);
  expect(calls).toBe(0);
  quiet.stir();
  vi.advanceTimersByTime(5000);
  quiet.stir();
  vi.advanceTimersByTime(5000);
  expect(calls).toBe(0);
  vi.advanceTimersByTime(60_000);
  expect(calls).toBe(1);
  quiet.stir();
  quiet[Symbol.dispose]();
  vi.advanceTimersByTime(60_000);
  expect(calls).toBe(1);
});

test("waits again while work goes on", () => {
  let busy = true;
  let calls = 0;
  const quiet = new Quiet(() => calls++, () => busy);
  quiet.stir();
  vi.advanceTimersByTime(30_000);
  expect(calls).toBe(0);
  busy = false;
  vi.advanceTimersByTime(10_000);
  expect(calls).toBe(1);
});
