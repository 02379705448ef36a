import type { CacheReason } from "../build.ts";
import { NotForeseen } from "./bases.ts";
import { layeredCopy } from "./copy-step.ts";
import { hasDirectory, layeredDirectory } from "./directory-step.ts";
import type { Step } from "../../dockerfile/plan/steps.ts";
import { cacheKey } from "../cache/build-cache.ts";
import type { Job, PlacedStep, PlannedStage, StageState } from "./job.ts";
import { layeredRun } from "./run-step.ts";
import { performLayered, withHistory } from "./step.ts";
import type { Layered, StepEnd } from "./step.ts";

/** What is known of a step without running it. */
export interface Forecast {
  readonly step: number;
  readonly forecast: "hit" | "miss" | "unknown";
  readonly reason: CacheReason | null;
}

/**
 * Runs a stage's steps one after the other on what it begins with.
 * @param foresee hears of each step in a forecast
 * @throws NotForeseen in a forecast, when a step would have to run
 */
export async function runStage(job: Job, stage: PlannedStage, foresee: (forecast: Forecast) => void): Promise<StageState> {
  let state = stage.base ?? (await beginOnStage(job, stage));
  let below: { readonly number: number; readonly text: string } | null = null;
  let unknown = false;
  for (const placed of stage.steps) {
    const { info } = placed;
    job.signal.throwIfAborted();
    if (unknown) {
      foresee({ step: info.number, forecast: "unknown", reason: null });
      continue;
    }
    const end = await performStep(job, placed, state, below);
    if (job.forecast) foresee({ step: info.number, forecast: end.outcome === "cached" ? "hit" : end.outcome === "miss" ? "miss" : "unknown", reason: end.reason });
    if (end.outcome === "unknown" || end.outcome === "miss") unknown = true;
    if (end.state.parent !== state.parent) below = { number: info.number, text: info.text };
    state = end.state;
  }
  if (unknown) throw new NotForeseen();
  return state;
}

async function beginOnStage(job: Job, { program, from }: PlannedStage): Promise<StageState> {
  if (program.base.type !== "stage") throw new TypeError(`stage ${program.name} has no base`);
  const state = await job.stage(program.base.index);
  passOver(job, from.number, state);
  return state;
}

async function performStep(job: Job, placed: PlacedStep, state: StageState, below: { readonly number: number; readonly text: string } | null): Promise<StepEnd> {
  const { step, info } = placed;
  if (step.operation.type === "config" || (step.operation.type === "directory" && hasDirectory(job, step.operation, state))) {
    passOver(job, info.number, state, isKnown(job, step, state) ? "cached" : "executed");
    return { outcome: "cached", reason: null, state: withHistory(state, { created_by: step.createdBy, empty_layer: true }) };
  }
  let layered: Layered;
  try {
    layered = await prepare(job, placed, state);
  } catch (error) {
    if (error instanceof NotForeseen) return { outcome: "unknown", reason: null, state };
    throw error;
  }
  return performLayered(job, placed, { state, below }, layered);
}

function prepare(job: Job, placed: PlacedStep, state: StageState): Promise<Layered> | Layered {
  const { operation } = placed.step;
  switch (operation.type) {
    case "run": return layeredRun(job, placed, operation, state);
    case "copy": return layeredCopy(job, placed, operation, state);
    case "directory": return layeredDirectory(job, placed, operation, state);
    case "config": throw new TypeError("a step that changes the configuration alone makes no layer");
  }
}

/** Whether this step was built on this before: what it makes costs nothing, but people look for what has changed. */
function isKnown({ dependencies: { cache }, request, forecast }: Job, { createdBy, config }: Step, { parent, history }: StageState): boolean {
  const definition = cacheKey("config", parent, history.length, createdBy, config);
  return forecast || (cache.met(definition) && !request.noCache);
}

/** Tells of a step that makes no layer. */
export function passOver(job: Pick<Job, "emit">, step: number, state: StageState, outcome: "cached" | "executed" = "cached"): void {
  const at = Date.now();
  job.emit({ type: "stepStarted", step, at });
  job.emit({ type: "stepEnded", step, outcome, reason: null, result: shortResult(state), statistics: { startedAt: at, durationMs: 0, cpuMs: null, layerBytes: null } });
}

/** A short name of what a stage is so far. */
export function shortResult({ parent }: StageState): string {
  return parent.replace(/^image:(sha256:)?/, "").slice(0, 12);
}
