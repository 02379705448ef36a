import { afterEach, beforeEach, expect, it, vi } from "vitest";

let page: EventTarget & { hidden: boolean };
let frame: EventTarget;

beforeEach(() => {
  vi.useFakeTimers();
  vi.resetModules();
  page = Object.assign(new EventTarget(), { hidden: false });
  frame = new EventTarget();
  vi.stubGlobal("document", page);
  vi.stubGlobal("window", frame);
});
afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it("becomes calm half a minute after the last touch, and wakes at the next", async () => {
  const { isCalm, onCalm } = await import("./calm.ts");
  const heard: boolean[] = [];
  onCalm(() => heard.push(isCalm()));
  await vi.advanceTimersByTimeAsync(20_000);
  frame.dispatchEvent(new Event("keydown"));
  await vi.advanceTimersByTimeAsync(29_000);
  expect(isCalm()).toBe(false);
  await vi.advanceTimersByTimeAsync(2000);
  expect(isCalm()).toBe(true);
  expect(vi.getTimerCount()).toBe(0);
  frame.dispatchEvent(new Event("pointermove"));
  expect(heard).toEqual([true, false]);
});

it("has no timer while the window is hidden", async () => {
  await import("./calm.ts");
  page.hidden = true;
  page.dispatchEvent(new Event("visibilitychange"));
  expect(vi.getTimerCount()).toBe(0);
  page.hidden = false;
  page.dispatchEvent(new Event("visibilitychange"));
  expect(vi.getTimerCount()).toBe(1);
});
