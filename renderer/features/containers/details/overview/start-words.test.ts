import { expect, it } from "vitest";
import type { ContainerStart, StartSpan } from "../../../../../electron/ipc/contract/containers.ts";
import { healthSays, startSays, stepRows } from "./start-words.ts";

const span = (step: StartSpan["step"], at: number, milliseconds: number | null, failed = false): StartSpan => ({ step, at, milliseconds, failed });
const start = (more: Partial<ContainerStart> = {}): ContainerStart => ({ at: 0, byPolicy: false, outcome: "running", milliseconds: 80, error: "", spans: [span("network", 0, 20), span("mount", 0, 5), span("create", 20, 60)], health: null, ended: null, ...more });

it("draws steps on one scale with the start before", () => {
  const rows = stepRows(start(), start({ milliseconds: 160, spans: [span("network", 0, 40), span("create", 40, 120)] }));
  expect(rows.map(({ step, took, bar, before }) => [step, took, bar.left, bar.width, before?.took, before?.bar.width])).toEqual([
    ["network", "20 ms", 0, 12.5, "40 ms", 25],
    ["mount", "5.0 ms", 0, 3.125, undefined, undefined],
    ["create", "60 ms", 12.5, 37.5, "120 ms", 75],
  ]);
});

it("keeps bars inside, whatever was measured", () => {
  for (const spans of [[], [span("resolve", 0, 0)], [span("network", 3, null)], [span("mount", 0, 0.001), span("create", 0.001, null)]]) {
    for (const { bar } of stepRows(start({ spans }), undefined)) {
      expect(bar.left).toBeGreaterThanOrEqual(0);
      expect(bar.width).toBeGreaterThanOrEqual(0);
      expect(bar.left + bar.width).toBeLessThanOrEqual(100.001);
    }
  }
});

it("says what became of a start, and how it compares", () => {
  expect(startSays(start(), undefined)).toBe("Running after 80 ms.");
  expect(startSays(start(), start({ milliseconds: 78 }))).toBe("Running after 80 ms, as the start before.");
  expect(startSays(start(), start({ milliseconds: 130 }))).toBe("Running after 80 ms, 50 ms faster than the start before.");
  expect(startSays(start({ byPolicy: true }), start({ milliseconds: 40 }))).toBe("Running after 80 ms, 40 ms slower than the start before. Started by the restart policy.");
  expect(startSays(start({ ended: { exitCode: 7, milliseconds: 1250 } }), undefined)).toBe("Running after 80 ms. Ended with 7 after 1.3 s.");
  expect(startSays(start({ outcome: "starting", milliseconds: 0 }), undefined)).toBe("Starting.");
  expect(startSays(start({ outcome: "failed", milliseconds: 90, spans: [span("network", 0, 20), span("create", 20, 30, true)] }), start())).toBe("Stopped at OCI create after 50 ms.");
  expect(stepRows(start({ spans: [span("create", 20, 30, true)] }), undefined)[0]).toMatchObject({ took: "30 ms, failed", failed: true });
});

it("says when it was healthy", () => {
  expect([null, { status: "starting", milliseconds: null } as const, { status: "healthy", milliseconds: 5230 } as const, { status: "unhealthy", milliseconds: 90_000 } as const].map((health) => healthSays(start({ health })))).toEqual([undefined, "not yet", "5.2 s", "no, after 1 min 30 s"]);
});
