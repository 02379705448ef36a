/** What the events of a build add up to. Pure: an event in, a state out; output goes to the logs of the steps. */
import type { BuildDiagnostic, BuildEvent, BuildStepInfo, CacheReason, StepOutcome, StepStatistics } from "../../../../electron/ipc/contract/builds.ts";

export interface StepState {
  readonly info: BuildStepInfo;
  readonly phase: "waiting" | "running" | StepOutcome;
  /** Why the cache had nothing for it. */
  readonly reason: CacheReason | null;
  readonly startedAt: number | undefined;
  readonly statistics: StepStatistics | undefined;
  /** What it is doing, such as pulling. */
  readonly status: string;
  readonly progress: { readonly current: number; readonly total: number } | undefined;
  /** Whether anything was printed. */
  readonly printed: boolean;
}

export interface BuildState {
  readonly title: string;
  readonly startedAt: number | undefined;
  readonly endedAt: number | undefined;
  readonly outcome: "running" | "built" | "failed" | "cancelled";
  readonly steps: readonly StepState[];
  readonly skippedStages: readonly string[];
  readonly context: { readonly bytes: number; readonly files: number; readonly done: boolean } | undefined;
  readonly warnings: readonly BuildDiagnostic[];
  readonly exporting: { readonly layer: number; readonly of: number } | undefined;
  readonly imageId: string | undefined;
  readonly tags: readonly string[];
  readonly error: { readonly message: string; readonly details: Readonly<Record<string, unknown>> } | undefined;
}

export const emptyBuild: BuildState = {
  title: "", startedAt: undefined, endedAt: undefined, outcome: "running", steps: [], skippedStages: [], context: undefined, warnings: [], exporting: undefined, imageId: undefined, tags: [], error: undefined,
};

/** The state after an event; output changes nothing but that a step has printed. */
export function applyEvent(state: BuildState, event: BuildEvent): BuildState {
  switch (event.type) {
    case "started":
      return { ...state, title: event.title, startedAt: event.at };
    case "context":
      return { ...state, context: { bytes: event.bytes, files: event.files, done: event.done } };
    case "planned": {
      const known = new Map(state.steps.map((step) => [step.info.number, step]));
      const steps = event.steps.map((info): StepState => known.get(info.number) ?? { info, phase: "waiting", reason: null, startedAt: undefined, statistics: undefined, status: "", progress: undefined, printed: false });
      return { ...state, steps, skippedStages: state.skippedStages.length > 0 ? state.skippedStages : event.skippedStages };
    }
    case "warning":
      return { ...state, warnings: [...state.warnings, event.diagnostic] };
    case "stepStarted":
      return changeStep(state, event.step, { phase: "running", startedAt: event.at });
    case "stepMissed":
      return changeStep(state, event.step, { reason: event.reason });
    case "stepStatus":
      return changeStep(state, event.step, { status: event.id === undefined ? event.status : `${event.status} ${event.id}`, progress: event.progress });
    case "stepOutput":
      return state.steps.some((step) => step.info.number === event.step && step.printed) ? state : changeStep(state, event.step, { printed: true });
    case "stepEnded":
      return changeStep(state, event.step, { phase: event.outcome, reason: event.reason, statistics: event.statistics, status: "", progress: undefined });
    case "exporting":
      return { ...state, exporting: { layer: event.layer, of: event.of } };
    case "ended":
      return event.outcome === "built"
        ? { ...state, endedAt: event.at, outcome: "built", imageId: event.imageId, tags: event.tags, exporting: undefined }
        : { ...state, endedAt: event.at, outcome: event.outcome, error: { message: event.error, details: event.details }, exporting: undefined, steps: state.steps.map((step) => (step.phase === "running" ? { ...step, phase: "cancelled" } : step)) };
  }
}

function changeStep(state: BuildState, number: number, change: Partial<StepState>): BuildState {
  return { ...state, steps: state.steps.map((step) => (step.info.number === number ? { ...step, ...change } : step)) };
}

export interface StageState {
  readonly index: number;
  readonly name: string;
  readonly steps: readonly StepState[];
}

/** Steps by stage, in the order of the file; those of a base image's triggers follow their stage's FROM. */
export function stagesOf(steps: readonly StepState[]): readonly StageState[] {
  const stages = new Map<number, StepState[]>();
  for (const step of steps) stages.set(step.info.stage, [...(stages.get(step.info.stage) ?? []), step]);
  return [...stages].sort(([a], [b]) => a - b).map(([index, own]) => ({ index, name: own[0]?.info.stageName ?? String(index), steps: own.toSorted((a, b) => rank(a) - rank(b) || a.info.number - b.info.number) }));
}

function rank({ info }: StepState): number {
  return info.type === "from" ? 0 : info.fromTrigger ? 1 : 2;
}

/** Where a step lies in the time of the whole build, both from 0 to 1; undefined before it has begun. */
export function spanOf(step: StepState, startedAt: number, endedAt: number): { readonly from: number; readonly to: number } | undefined {
  const begin = step.statistics?.startedAt ?? step.startedAt;
  if (begin === undefined) return undefined;
  const end = step.statistics === undefined ? endedAt : begin + step.statistics.durationMs;
  const whole = Math.max(1, endedAt - startedAt);
  const clamp = (value: number): number => Math.min(1, Math.max(0, value));
  return { from: clamp((begin - startedAt) / whole), to: clamp((end - startedAt) / whole) };
}

/** Whether a step has something to unfold. */
export function hasMore(step: StepState): boolean {
  return step.printed || (step.reason !== null && step.reason.type === "files" && step.reason.total > 1) || step.reason?.type === "instruction";
}
