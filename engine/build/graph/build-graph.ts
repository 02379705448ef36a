import { availableParallelism } from "node:os";
import { EngineError, toEngineError } from "../../base/errors.ts";
import type { BuildProgram, FileOrigin, Operation, StagePlan, StageProgram } from "../../dockerfile/plan/steps.ts";
import { Semaphore } from "../../images/semaphore.ts";
import type { ImageConfig } from "../../oci/descriptor.ts";
import type { StepInfo } from "../build.ts";
import { NotForeseen, emptyState, stateOfImage } from "./bases.ts";
import type { Bases } from "./bases.ts";
import type { Job, PlacedStep, PlannedStage, StageState } from "./job.ts";
import { passOver, runStage } from "./stage.ts";
import type { Forecast } from "./stage.ts";

/** The instructions of a stage as they stand in the file. */
export interface StageOutline {
  readonly index: number;
  readonly instructions: readonly Pick<StepInfo, "text" | "range" | "type">[];
}

/** Steps at work at the same time: as many as there are processors, and two at least, as some only wait. */
export function stepTurns(): Semaphore {
  return new Semaphore(Math.max(2, availableParallelism()));
}

/** Numbers the steps of stages, in the order given, after `count` others. */
export function outlineSteps(stages: readonly StageProgram[], outlines: readonly StageOutline[], count = 0): StepInfo[] {
  const infos: StepInfo[] = [];
  for (const stage of stages) {
    const place = { fromTrigger: false, stage: stage.index, stageName: stage.name };
    infos.push({ ...place, number: count + infos.length + 1, text: stage.text, range: stage.range, type: "from" });
    for (const instruction of outlines.find(({ index }) => index === stage.index)?.instructions ?? []) infos.push({ ...place, number: count + infos.length + 1, ...instruction });
  }
  return infos;
}

type PlanningJob = Pick<Job, "program" | "dependencies" | "emit" | "signal" | "forecast">;

/**
 * Finds the base images and plans every stage on what it begins with. Triggers of base images add steps, and may need stages that nobody needed before.
 * @param outline the steps of the program's stages, numbered
 * @throws EngineError of registry and Dockerfile
 */
export async function planStages(job: PlanningJob, bases: Bases, outline: readonly StepInfo[], outlines: readonly StageOutline[]): Promise<{ readonly plans: Map<number, PlannedStage>; readonly steps: readonly StepInfo[] }> {
  const plans = new Map<number, PlannedStage>();
  const steps = [...outline];
  for (let stages = job.program.stages; stages.length > 0; stages = missingStages(job.program, plans)) {
    if (stages !== job.program.stages) steps.push(...outlineSteps(stages, outlines, steps.length));
    const own = new Map(stages.map(({ index }) => [index, steps.filter((info) => info.stage === index && !info.fromTrigger)]));
    const begun = new Map<number, Begun>();
    await settleAll(stages.map(async (stage) => void begun.set(stage.index, await begin(job, bases, stage, own.get(stage.index)![0]!))));
    for (const program of stages) {
      const { config, state } = begun.get(program.index)!;
      const plan = program.plan(program.base.type === "stage" ? configAfter(plans.get(program.base.index)!) : config);
      const [from, ...infos] = own.get(program.index)!;
      plans.set(program.index, { program, plan, from: from!, steps: place(program, plan, infos, steps), base: state });
    }
  }
  return { plans, steps };
}

/** Stages that planned steps read from and nobody has planned, with what they begin with, in the order of the file. */
function missingStages(program: BuildProgram, plans: ReadonlyMap<number, PlannedStage>): StageProgram[] {
  const missing = new Map<number, StageProgram>();
  const need = (index: number): void => {
    if (plans.has(index) || missing.has(index)) return;
    const stage = program.stage(index);
    missing.set(index, stage);
    stage.needs.forEach(need);
  };
  for (const { steps } of plans.values()) for (const { step } of steps) for (const origin of originsOf(step.operation)) if (origin.type === "stage") need(origin.index);
  return [...missing.values()].sort((a, b) => a.index - b.index);
}

function originsOf(operation: Operation): FileOrigin[] {
  if (operation.type === "copy") return operation.sources.flatMap((source) => (source.type === "path" ? [source.from] : []));
  if (operation.type === "run") return operation.mounts.flatMap((mount) => ("from" in mount && mount.from !== undefined ? [mount.from] : []));
  return [];
}

interface Begun {
  readonly config: ImageConfig;
  readonly state: StageState | null;
}

async function begin({ dependencies: { images }, emit, signal }: PlanningJob, bases: Bases, { base, platform }: StageProgram, from: StepInfo): Promise<Begun> {
  if (base.type === "stage") return { config: emptyState(platform).image, state: null };
  if (base.type === "scratch") {
    const state = emptyState(platform);
    passOver({ emit }, from.number, state);
    return { config: state.image, state };
  }
  const startedAt = Date.now();
  emit({ type: "stepStarted", step: from.number, at: startedAt });
  const end = (outcome: "cached" | "executed" | "failed", result: string | null): void => emit({ type: "stepEnded", step: from.number, outcome, reason: null, result, statistics: { startedAt, durationMs: Date.now() - startedAt, cpuMs: null, layerBytes: null } });
  try {
    const { image, pulled } = await bases.find(base.reference, base.platform, ({ id, status, progressDetail }) => emit({ type: "stepStatus", step: from.number, status, id, progress: progressDetail }), { signal });
    end(pulled ? "executed" : "cached", image.id.slice("sha256:".length, "sha256:".length + 12));
    return { config: image.config, state: stateOfImage(images, base.reference, image) };
  } catch (error) {
    end("failed", null);
    throw error;
  }
}

/** A stage's configuration as the next one begins with it. */
function configAfter({ plan, program, base }: PlannedStage): ImageConfig {
  return { ...(base?.image ?? emptyState(program.platform).image), config: plan.config };
}

/** Joins planned steps with their numbers; triggers get numbers after all others, and are added to those. */
function place(program: StageProgram, plan: StagePlan, own: readonly StepInfo[], all: StepInfo[]): PlacedStep[] {
  let next = 0;
  return plan.steps.map((step) => {
    if (!step.fromTrigger) {
      const info = own[next++];
      if (info === undefined) throw new EngineError("internal", `the stage ${program.name} has more steps than instructions`);
      return { step, info };
    }
    const info: StepInfo = { number: all.length + 1, fromTrigger: true, stage: program.index, stageName: program.name, text: step.text, range: step.range, type: step.operation.type };
    all.push(info);
    return { step, info };
  });
}

/** Runs each stage once, when somebody asks for it. */
export class StageRunner {
  readonly #work = new Map<number, Promise<StageState>>();
  readonly #foresee: (forecast: Forecast) => void;

  constructor(foresee: (forecast: Forecast) => void = () => undefined) {
    this.#foresee = foresee;
  }

  stage(job: Job, index: number): Promise<StageState> {
    let work = this.#work.get(index);
    if (work === undefined) {
      work = runStage(job, job.plans.get(index)!, this.#foresee);
      // Whoever needs the stage hears of its failure; until then nobody has to.
      work.catch(() => undefined);
      this.#work.set(index, work);
    }
    return work;
  }

  /** Runs all stages; the first failure stops the others. Resolves with the target's state when all have ended. */
  async all(job: Job, failed: AbortController): Promise<StageState> {
    await settleAll([...job.plans.keys()].map((index) => this.stage(job, index).catch((error: unknown) => {
      if (error instanceof NotForeseen) return;
      failed.abort(error);
      throw error;
    })), failed);
    return this.stage(job, job.program.target);
  }
}

/** Awaits all, so that nothing is still being made; throws what failed first. */
async function settleAll(work: readonly Promise<unknown>[], failed?: AbortController): Promise<void> {
  const results = await Promise.allSettled(work);
  const rejected = results.find((result) => result.status === "rejected");
  if (rejected === undefined) return;
  const reason: unknown = failed?.signal.aborted === true ? failed.signal.reason : rejected.reason;
  throw reason instanceof NotForeseen ? reason : toEngineError(reason);
}
