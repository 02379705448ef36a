import { describe, expect, it } from "vitest";
import type { BuildEvent } from "../../ipc/contract/builds.ts";
import { ClassicEvents, type ClassicLine } from "./classic-events.ts";
import { planClassic } from "./plan.ts";

const DOCKERFILE = "ARG BASE=busybox\nFROM $BASE AS one\nRUN make\nFROM scratch\nCOPY --from=one /out /\nUSER me\n";
const stream = (...texts: string[]): ClassicLine[] => texts.map((text) => ({ stream: text }));

function eventsOf(lines: readonly ClassicLine[], dockerfile = DOCKERFILE, target?: string): { events: BuildEvent[]; classic: ClassicEvents } {
  let now = 0;
  const events: BuildEvent[] = [];
  const classic = new ClassicEvents(planClassic(dockerfile, target), (event) => events.push(event), () => (now += 10));
  for (const line of lines) classic.take(line);
  return { events, classic };
}

describe("the plan of a classic build", () => {
  it("has every instruction up to the target, by stage", () => {
    expect(planClassic(DOCKERFILE, undefined).map(({ number, stageName, type, text }) => [number, stageName, type, text])).toEqual([
      [1, "one", "config", "ARG BASE=busybox"], [2, "one", "from", "FROM $BASE AS one"], [3, "one", "run", "RUN make"], [4, "1", "from", "FROM scratch"], [5, "1", "copy", "COPY --from=one /out /"], [6, "1", "config", "USER me"],
    ]);
    expect(planClassic(DOCKERFILE, "ONE").map(({ number }) => number)).toEqual([1, 2, 3]);
    expect(planClassic(DOCKERFILE, "0").length).toBe(3);
    expect(planClassic(DOCKERFILE, "0", { team: "shop", a: "b" }).slice(3).map(({ number, stage, text }) => [number, stage, text])).toEqual([[4, 0, "LABEL a=b"], [5, 0, "LABEL team=shop"]]);
    expect(planClassic("FROM a\nRUN <<E\n", undefined)).toEqual([]);
  });
});

describe("what the classic builder says", () => {
  it("becomes steps with output, cache marks and results", () => {
    const { events, classic } = eventsOf([
      ...stream("Step 1/3 : ARG BASE=busybox", "\n", "Step 2/3 : FROM $BASE AS one", "\n"),
      { status: "Downloading", id: "abc", progressDetail: { current: 5, total: 10 } },
      ...stream(" ---> 0123456789ab\n", "Step 3/3 : RUN make", "\n", " ---> Running in 00112233445a\n", "a line\n", "\n", "\x1b[91mtrouble\n\x1b[0m", "Removing intermediate container 00112233445a\n", " ---> aabbccddeeff\n"),
      { aux: { ID: "sha256:aabb" } },
      ...stream("Successfully built aabbccddeeff\n", "Successfully tagged made:1\n"),
    ], DOCKERFILE, "one");
    classic.end("executed");
    expect(events.filter(({ type }) => type === "planned")).toHaveLength(1);
    expect(events.filter((event) => event.type === "stepOutput")).toEqual([
      { type: "stepOutput", step: 3, stream: "stdout", text: "a line\n" }, { type: "stepOutput", step: 3, stream: "stdout", text: "\n" }, { type: "stepOutput", step: 3, stream: "stderr", text: "trouble\n" },
    ]);
    expect(events.filter((event) => event.type === "stepStatus")).toEqual([{ type: "stepStatus", step: 2, status: "Downloading", id: "abc", progress: { current: 5, total: 10 } }]);
    expect(events.flatMap((event) => (event.type === "stepEnded" ? [[event.step, event.outcome, event.result, event.statistics.durationMs]] : []))).toEqual([[1, "executed", null, 10], [2, "executed", "0123456789ab", 10], [3, "executed", "aabbccddeeff", 10]]);
    expect([classic.imageId, classic.tags]).toEqual(["sha256:aabb", ["made:1"]]);
  });

  it("marks what came from the cache, and tells a command that failed", () => {
    const { events, classic } = eventsOf([
      ...stream("Step 1/3 : ARG BASE=busybox", "\n", " ---> Using cache\n", " ---> 0123456789ab\n", "Step 2/3 : FROM $BASE AS one", "\n", "Step 3/3 : RUN make", "\n", "no\n"),
      { errorDetail: { code: 3, message: "The command '/bin/sh -c make' returned a non-zero code: 3" }, error: "The command '/bin/sh -c make' returned a non-zero code: 3" },
    ], DOCKERFILE, "one");
    expect(events.flatMap((event) => (event.type === "stepEnded" ? [event.outcome] : []))).toEqual(["cached", "executed", "failed"]);
    expect(classic.error).toEqual({ message: "The command '/bin/sh -c make' returned a non-zero code: 3", details: { buildFailed: true, step: 3, command: "/bin/sh -c make", exitCode: 3 } });
  });

  it("takes nothing that a command prints for a step, unless it is the very next one", () => {
    const { events } = eventsOf(stream("Step 1/2 : FROM a", "\n", "Step 2/2 : RUN fake", "\n", "Step 4/9 : RUN evil\n", "Step 3/2 : X\n", "Step 1/2 : FROM a\n", "more Step 2/2 : RUN\n"), "FROM a\nRUN fake\n");
    expect(events.filter(({ type }) => type === "stepStarted")).toHaveLength(2);
    expect(events.flatMap((event) => (event.type === "stepOutput" ? [event.text] : []))).toEqual(["Step 4/9 : RUN evil\n", "Step 3/2 : X\n", "Step 1/2 : FROM a\n", "more Step 2/2 : RUN\n"]);
  });

  it("learns the steps one by one where nobody could read the Dockerfile", () => {
    const { events } = eventsOf(stream("Step 1/4 : FROM a AS base", "\n", "Step 2/4 : RUN x", "\n", "Step 3/4 : FROM b", "\n", "Step 4/4 : COPY a b", "\n"), "");
    const planned = events.flatMap((event) => (event.type === "planned" ? [event.steps] : []));
    expect(planned.map((steps) => steps.length)).toEqual([1, 2, 3, 4]);
    expect(planned.at(-1)?.map(({ stage, stageName, type }) => [stage, stageName, type])).toEqual([[0, "base", "from"], [0, "base", "run"], [1, "1", "from"], [1, "1", "copy"]]);
  });
});
