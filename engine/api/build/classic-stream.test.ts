import { expect, test } from "vitest";
import type { BuildEvent, StepInfo } from "../../build/build.ts";
import { ClassicStream, reasonText } from "./classic-stream.ts";

const RANGE = { start: { line: 1, column: 1, offset: 0 }, end: { line: 1, column: 2, offset: 1 } };
const STATISTICS = { startedAt: 0, durationMs: 0, cpuMs: null, layerBytes: null };

function step(number: number, stage: number, text: string, more: Partial<StepInfo> = {}): StepInfo {
  return { number, stage, stageName: String(stage), text, range: RANGE, type: "run", fromTrigger: false, ...more };
}

function tell(events: readonly BuildEvent[]): string {
  let text = "";
  const stream = new ClassicStream((line) => {
    text += "stream" in line ? String(line.stream) : `${JSON.stringify(line)}\n`;
  });
  for (const event of events) stream.sink(event);
  return text;
}

const started = (number: number): BuildEvent => ({ type: "stepStarted", step: number, at: 0 });
const said = (number: number, text: string): BuildEvent => ({ type: "stepOutput", step: number, stream: "stdout", text });
const ended = (number: number, outcome: "cached" | "executed" | "failed" = "executed", result: string | null = `r${number}`): BuildEvent => ({ type: "stepEnded", step: number, outcome, reason: null, statistics: STATISTICS, result });

test("steps that run at the same time are told one after the other", () => {
  const steps = [step(1, 0, "FROM a", { type: "from" }), step(2, 0, "RUN one"), step(3, 1, "FROM b", { type: "from" }), step(4, 1, "RUN two")];
  expect(tell([
    { type: "planned", steps, skippedStages: [] }, started(3), ended(3), started(4), said(4, "two begins\n"), started(1), ended(1), started(2), said(2, "one\n"), said(4, "two ends\n"), ended(4), said(2, "one more\n"), ended(2),
    { type: "ended", at: 0, outcome: "built", imageId: "sha256:0123456789abcdef" as never, tags: ["x:latest"] },
  ])).toBe(
    "Step 1/4 : FROM a\n ---> r1\nStep 2/4 : RUN one\none\none more\n ---> r2\nStep 3/4 : FROM b\n ---> r3\nStep 4/4 : RUN two\ntwo begins\ntwo ends\n ---> r4\n"
    + '{"aux":{"ID":"sha256:0123456789abcdef"}}\nSuccessfully built 0123456789ab\nSuccessfully tagged x:latest\n',
  );
});

test("triggers are told after their FROM line, without a number", () => {
  const steps = [step(1, 0, "FROM a", { type: "from" }), step(2, 0, "RUN own")];
  expect(tell([
    { type: "planned", steps, skippedStages: [] }, started(1), ended(1), { type: "planned", steps: [...steps, step(3, 0, "RUN trigger", { fromTrigger: true })], skippedStages: [] }, started(3), ended(3, "cached"), started(2), ended(2),
  ])).toBe("Step 1/2 : FROM a\n ---> r1\n# Executing build trigger : RUN trigger\n ---> Using cache\n ---> r3\nStep 2/2 : RUN own\n ---> r2\n");
});

test("a failure ends with its code, after what other steps had said", () => {
  const steps = [step(1, 0, "RUN slow"), step(2, 1, "RUN fails")];
  expect(tell([
    { type: "planned", steps, skippedStages: [] }, started(1), started(2), said(2, "oh\n"), ended(2, "failed", null),
    { type: "ended", at: 0, outcome: "failed", error: "it failed", details: { exitCode: 3 } },
  ])).toBe('Step 1/2 : RUN slow\nStep 2/2 : RUN fails\noh\n{"errorDetail":{"code":3,"message":"it failed"},"error":"it failed"}\n');
});

test("a process that runs says where, and why it is not cached", () => {
  const steps = [step(1, 0, "COPY . /", { type: "copy" }), step(2, 0, "RUN make")];
  expect(tell([
    { type: "started", buildId: "0123456789abcdef", at: 0, title: "" }, { type: "planned", steps, skippedStages: [] },
    started(1), { type: "stepMissed", step: 1, reason: { type: "files", changed: ["a"], added: [], removed: [], total: 1 } }, ended(1), started(2), { type: "stepMissed", step: 2, reason: { type: "new" } }, ended(2),
  ])).toBe("Step 1/2 : COPY . /\n ---> Not cached: a changed\n ---> r1\nStep 2/2 : RUN make\n ---> Running in 0123456789ab\n ---> r2\n");
});

test("a miss says why in a few words", () => {
  expect(reasonText({ type: "new" })).toBe("");
  expect(reasonText({ type: "files", changed: ["src/a.ts"], added: ["b"], removed: [], total: 2 })).toBe("src/a.ts changed and 1 more");
  expect(reasonText({ type: "argument", name: "VERSION" })).toBe("the build argument VERSION changed");
});
