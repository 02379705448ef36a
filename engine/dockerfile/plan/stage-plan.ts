import type { ImageConfig } from "../../oci/descriptor.ts";
import { formatPlatform, normalizePlatform } from "../../oci/platform.ts";
import type { Diagnostic, Range } from "../dockerfile.ts";
import type { Instruction } from "../instructions/instructions.ts";
import { cleanPath } from "../patterns/path.ts";
import { excerpt } from "../syntax/error.ts";
import { applyConfig } from "./config-step.ts";
import { errorAt, locate, type PlanContext } from "./context.ts";
import { planCopy } from "./copy-step.ts";
import type { Performed, StagePlanner } from "./planner.ts";
import { planRun } from "./run-step.ts";
import { resolveSource, type StageGraph, type StageNode } from "./stage-graph.ts";
import { StageState, type InheritedScope } from "./stage-state.ts";
import type { StagePlan, Step } from "./steps.ts";
import { readTrigger } from "./trigger.ts";

/** More triggers than any image has that was made to be used. */
const MAX_TRIGGERS = 10_000;

export interface StageSurroundings {
  readonly context: PlanContext;
  readonly graph: StageGraph;
  readonly globals: ReadonlyMap<string, string>;
  /** Of the stage that this one begins with. */
  readonly inherited: InheritedScope | undefined;
  /** Whether the stage becomes the image. */
  readonly isTarget: boolean;
}

/** Plans a stage on its base. @throws EngineError as StageProgram.plan */
export function planStage({ context, graph, globals, inherited, isTarget }: StageSurroundings, stage: StageNode, base: ImageConfig): { readonly plan: StagePlan; readonly scope: InheritedScope } {
  const { from } = stage.parsed;
  // FROM scratch begins in the root directory, as in Docker.
  const empty = stage.base.type === "scratch" ? { ...base, config: { WorkingDir: "/", ...base.config } } : base;
  const state = new StageState(context, empty, inherited);
  if (state.config.WorkingDir !== undefined && state.config.WorkingDir !== "") state.config = { ...state.config, WorkingDir: absolute("/", state.config.WorkingDir) };
  const steps: Step[] = [];
  const triggers = base.config?.OnBuild ?? [];
  if (triggers.length > MAX_TRIGGERS) throw errorAt(context, from.range, `the base has ${triggers.length} triggers (ONBUILD): at most ${MAX_TRIGGERS} are run`);
  for (const text of triggers) {
    const instruction = locate(context, from.range, () => readTrigger(text));
    steps.push(planStep({ context, graph, globals, state, stage, escape: "\\", place: from.range }, instruction));
  }
  for (const instruction of stage.parsed.instructions) steps.push(planStep({ context, graph, globals, state, stage, escape: context.tree.directives.escape, place: undefined }, instruction));
  const labels = Object.entries(context.labels);
  if (isTarget && labels.length > 0) state.config = { ...state.config, Labels: { ...state.config.Labels, ...Object.fromEntries(labels) } };
  return { plan: { steps, config: state.config, author: state.author, warnings: platformWarnings(context, stage, base) }, scope: state.scope };
}

interface Placed {
  readonly context: PlanContext;
  readonly graph: StageGraph;
  readonly globals: ReadonlyMap<string, string>;
  readonly state: StageState;
  readonly stage: StageNode;
  readonly escape: "\\" | "`";
  /** The FROM line, for triggers. */
  readonly place: Range | undefined;
}

function planStep(placed: Placed, instruction: Instruction): Step {
  const { context, state, place } = placed;
  const planner = plannerOf(placed);
  const range = place ?? instruction.range;
  return locate(context, range, () => {
    const { operation, createdBy, arguments: own } = perform(planner, instruction);
    state.spend(createdBy.length);
    const reads = state.takeReads();
    return {
      text: instruction.node.line, range, fromTrigger: place !== undefined, operation, createdBy, config: state.config,
      arguments: own ?? reads.arguments, unset: reads.unset,
    };
  });
}

function perform(planner: StagePlanner, instruction: Instruction): Performed {
  switch (instruction.type) {
    case "RUN": return planRun(planner, instruction);
    case "COPY":
    case "ADD": return planCopy(planner, instruction);
    case "WORKDIR": return changeDirectory(planner, planner.expand(instruction.path));
    case "FROM": throw errorAt(planner.context, instruction.range, "FROM begins a stage: it cannot stand inside one");
    default: return applyConfig(planner, instruction);
  }
}

function changeDirectory({ state }: StagePlanner, path: string): Performed {
  const directory = absolute(state.config.WorkingDir ?? "", path);
  state.config = { ...state.config, WorkingDir: directory };
  const clean = cleanPath(directory);
  return { operation: clean === "/" ? { type: "config" } : { type: "directory", path: clean, user: state.config.User ?? "" }, createdBy: `WORKDIR ${directory}` };
}

/** A new working directory. As in Docker an absolute one is taken as it is written. */
function absolute(current: string, path: string): string {
  return path.startsWith("/") ? path : cleanPath(`/${current}/${path}`);
}

function plannerOf({ context, graph, globals, state, stage, escape, place }: Placed): StagePlanner {
  const rangeOf = ({ range }: { readonly range: Range }): Range => place ?? range;
  return {
    context, state, globals, rangeOf,
    get directory() {
      return cleanPath(`/${state.config.WorkingDir ?? ""}`);
    },
    expand: (word) => state.expand(word, escape, rangeOf(word)),
    expandWords: (word) => state.expandWords(word, escape, rangeOf(word)),
    source(name, range) {
      if (name === undefined || range === undefined) return { type: "context" };
      const source = resolveSource(context, graph, name, range);
      if (source.type === "stage" && source.index >= stage.index) {
        throw errorAt(context, range, `cannot copy from stage "${excerpt(name)}", it needs to be defined before current stage "${stage.name}": move it up`);
      }
      return source;
    },
  };
}

/** Docker's check of what a base image was made for. */
function platformWarnings({ tree: { directives } }: PlanContext, { base, platform, parsed: { from } }: StageNode, { os, architecture, variant }: ImageConfig): readonly Diagnostic[] {
  const rule = "InvalidBaseImagePlatform";
  if (base.type !== "image" || os === "" || architecture === "" || directives.skipChecks.some((skipped) => skipped === rule || skipped === "all")) return [];
  const actual = normalizePlatform({ os, architecture, variant });
  const expected = normalizePlatform(platform);
  if (actual.os === expected.os && actual.architecture === expected.architecture) return [];
  const message = `Base image ${excerpt(base.reference)} was pulled with platform "${formatPlatform(actual)}", expected "${formatPlatform(expected)}" for current build`;
  return [{ rule, severity: "warning", message, range: from.image.range }];
}
