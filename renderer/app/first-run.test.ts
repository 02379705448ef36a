import { expect, it } from "vitest";
import type { EngineStatus } from "../../electron/ipc/contract/engine.ts";
import { isFirstRun } from "./first-run.ts";

const status = (state: EngineStatus["state"], managed = true): EngineStatus => ({ state, managed, endpoint: "unix:///s", connection: { id: "own", name: "Built-in engine" } });
const [unread, none, some] = [{ phase: "loading", rows: [] }, { phase: "ready", rows: [] }, { phase: "ready", rows: [1] }];

it("is a first run where an engine has nothing, or our own one never started; and is not decided before the lists are read", () => {
  expect(isFirstRun(status("connected"), none, none)).toBe(true);
  expect(isFirstRun(status("connected"), none, some)).toBe(false);
  expect(isFirstRun(status("connected"), some, none)).toBe(false);
  expect(isFirstRun(status("connected"), none, unread)).toBeUndefined();
  expect(isFirstRun(status("failed"), unread, unread)).toBe(true);
  expect(isFirstRun(status("failed", false), unread, unread)).toBeUndefined();
  expect(isFirstRun(status("connecting", false), unread, unread)).toBeUndefined();
  expect(isFirstRun(status("starting"), unread, unread)).toBeUndefined();
  expect(isFirstRun(undefined, unread, unread)).toBeUndefined();
});
