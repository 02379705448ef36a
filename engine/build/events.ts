/** What a build says and what is known of it: the part of the contract that clients see. Types alone. */
import type { Diagnostic, Range } from "../dockerfile/dockerfile.ts";

/** How a step came by its result. */
export type StepOutcome = "cached" | "executed" | "failed" | "cancelled";

/** Why a step had to run: what differs from the last time the same step was built. */
export type CacheReason =
  /** Nothing like it is known. */
  | { readonly type: "new" }
  | { readonly type: "disabled" }
  | { readonly type: "base"; readonly before: string; readonly now: string }
  | { readonly type: "earlierStep"; readonly step: number; readonly text: string }
  | { readonly type: "instruction"; readonly before: string }
  /** A value is not told: it may be secret. */
  | { readonly type: "argument"; readonly name: string }
  | { readonly type: "environment"; readonly name: string }
  /** Up to ten paths. */
  | { readonly type: "files"; readonly changed: readonly string[]; readonly added: readonly string[]; readonly removed: readonly string[]; readonly total: number }
  /** Its record was pruned, or its layer is gone. */
  | { readonly type: "removed" };

/**
 * A step of this build, numbered over all needed stages in the order of the file, from 1, FROM lines included. Triggers of base images (ONBUILD) are
 * known only when the base is, and are numbered after all others.
 */
export interface StepInfo {
  readonly number: number;
  readonly fromTrigger: boolean;
  readonly stage: number;
  readonly stageName: string;
  readonly text: string;
  readonly range: Range;
  readonly type: "from" | "config" | "directory" | "run" | "copy";
}

export interface StepStatistics {
  readonly startedAt: number;
  readonly durationMs: number;
  /** Processor time of the step's processes in milliseconds, where control groups tell. */
  readonly cpuMs: number | null;
  /** Of the step's layer, in bytes; null for a step without one. */
  readonly layerBytes: number | null;
}

/** Everything a build says, in order. Times in milliseconds since the epoch. */
export type BuildEvent =
  | { readonly type: "started"; readonly buildId: string; readonly at: number; readonly title: string }
  /** How the context arrives. */
  | { readonly type: "context"; readonly bytes: number; readonly files: number; readonly done: boolean }
  /** Once at the beginning, and again when the triggers of a base image add steps. */
  | { readonly type: "planned"; readonly steps: readonly StepInfo[]; /** Indexes and names of stages that nobody needs. */ readonly skippedStages: readonly string[] }
  | { readonly type: "warning"; readonly diagnostic: Diagnostic }
  | { readonly type: "stepStarted"; readonly step: number; readonly at: number }
  /** The cache has no result, and why; the step runs now. */
  | { readonly type: "stepMissed"; readonly step: number; readonly reason: CacheReason }
  /** What a step is doing, such as pulling: one line. */
  | { readonly type: "stepStatus"; readonly step: number; readonly status: string; readonly id?: string | undefined; readonly progress?: { readonly current: number; readonly total: number } | undefined }
  /** Output of a process; chunks as they come. */
  | { readonly type: "stepOutput"; readonly step: number; readonly stream: "stdout" | "stderr"; readonly text: string }
  | { readonly type: "stepEnded"; readonly step: number; readonly outcome: StepOutcome; readonly reason: CacheReason | null; readonly statistics: StepStatistics; /** Short id of what the step made. */ readonly result: string | null }
  | { readonly type: "exporting"; readonly layer: number; readonly of: number }
  | { readonly type: "ended"; readonly at: number; readonly outcome: "built"; readonly imageId: string; readonly tags: readonly string[] }
  | { readonly type: "ended"; readonly at: number; readonly outcome: "failed" | "cancelled"; readonly error: string; readonly details: Readonly<Record<string, unknown>> };

export interface ForecastStep extends StepInfo {
  readonly forecast: "hit" | "miss" | "unknown";
  readonly reason: CacheReason | null;
}

export interface BuildForecast {
  readonly steps: readonly ForecastStep[];
  readonly warnings: readonly Diagnostic[];
}

export interface BuildRecord {
  readonly id: string;
  readonly title: string;
  readonly startedAt: number;
  readonly endedAt: number | null;
  readonly status: "running" | "built" | "failed" | "cancelled" | "interrupted";
  readonly error: string | null;
  readonly imageId: string | null;
  readonly tags: readonly string[];
  readonly target: string | null;
  readonly contextPath: string | null;
  readonly dockerfile: string;
  readonly steps: readonly (StepInfo & { readonly outcome: StepOutcome | null; readonly reason: CacheReason | null; readonly statistics: StepStatistics | null })[];
  readonly warnings: readonly Diagnostic[];
  /** The step whose root file system is kept. */
  readonly failedStep: number | null;
}
