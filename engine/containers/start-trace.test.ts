import { expect, it } from "vitest";
import { settled } from "../base/settled.ts";
import { StartTrace, traceStart } from "./start-trace.ts";

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

it("measures steps one after the other and side by side", async () => {
  const trace = new StartTrace(false);
  expect(await trace.step("resolve", () => 5)).toBe(5);
  await settled([trace.step("network", () => pause(60)), trace.step("mount", () => pause(20))] as const);
  await trace.step("create", () => pause(30));
  trace.runs(false);
  const [resolve, network, mount, create] = trace.spans;
  expect(trace.spans.map(({ step, failed }) => [step, failed])).toEqual([["resolve", false], ["network", false], ["mount", false], ["create", false]]);
  expect(mount!.at).toBeLessThan(network!.at + network!.milliseconds!);
  expect(mount!.milliseconds).toBeLessThan(network!.milliseconds!);
  expect(create!.at).toBeGreaterThanOrEqual(network!.at + network!.milliseconds!);
  expect(resolve!.milliseconds).toBeLessThan(15);
  expect(trace).toMatchObject({ outcome: "running", health: null, ended: null });
  expect(trace.milliseconds).toBeGreaterThanOrEqual(create!.at + create!.milliseconds!);
});

it("says where a start stopped and why, and what was under way then", async () => {
  const trace = new StartTrace(true);
  const network = trace.step("network", () => pause(40));
  await expect(trace.step("mount", () => Promise.reject(new Error("no space")))).rejects.toThrow("no space");
  expect(trace.spans[0]).toMatchObject({ step: "network", milliseconds: null });
  await network;
  trace.failed("no space");
  trace.exited(1);
  expect(trace).toMatchObject({ outcome: "failed", byPolicy: true, error: "no space", ended: null });
  expect(trace.spans.filter(({ failed }) => failed).map(({ step }) => step)).toEqual(["mount"]);
});

it("keeps the first time that it was healthy, over an earlier unhealthy one, and the end of the run", async () => {
  const trace = new StartTrace(false);
  trace.judged("healthy");
  expect(trace.health).toBeNull();
  trace.runs(true);
  trace.judged("starting");
  expect(trace.health).toEqual({ status: "starting", milliseconds: null });
  trace.judged("unhealthy");
  expect(trace.health).toMatchObject({ status: "unhealthy" });
  await pause(5);
  trace.judged("healthy");
  const { milliseconds } = trace.health!;
  trace.judged("unhealthy");
  trace.judged("healthy");
  expect(trace.health).toEqual({ status: "healthy", milliseconds });
  trace.exited(3);
  trace.exited(4);
  expect(trace.ended).toMatchObject({ exitCode: 3 });
});

it("remembers the last five starts", () => {
  const starts: StartTrace[] = [];
  const traces = Array.from({ length: 7 }, () => traceStart(starts, false));
  expect(starts).toEqual(traces.slice(2));
});
