import { mkdirSync } from "node:fs";
import { join } from "node:path";
import { throwIfAborted } from "../base/abort.ts";
import { EngineError, toEngineError } from "../base/errors.ts";
import type { BuildProgram } from "../dockerfile/plan/steps.ts";
import { planDockerfile } from "../dockerfile/plan/plan.ts";
import { parseInstructions } from "../dockerfile/instructions/parse.ts";
import type { Diagnostic, DockerfileTree } from "../dockerfile/dockerfile.ts";
import type { Instruction, ParsedDockerfile } from "../dockerfile/instructions/instructions.ts";
import { dockerfileError } from "../dockerfile/syntax/error.ts";
import { lintDockerfile } from "../dockerfile/lint/lint.ts";
import { parseDockerfile } from "../dockerfile/syntax/parse.ts";
import type { ImageRecord } from "../images/images.ts";
import { chainIds } from "../oci/config.ts";
import type { ImageRunConfig } from "../oci/descriptor.ts";
import { removeTree } from "../sys/files.ts";
import type { BuildRequest, BuildSink, StepInfo } from "./build.ts";
import { exportImage } from "./export/image.ts";
import { importInlineCache } from "./export/inline-cache.ts";
import type { KeptRoot } from "./failed-roots.ts";
import { Bases, NotForeseen, emptyState, stateOfImage } from "./graph/bases.ts";
import { StageRunner, outlineSteps, planStages, stepTurns } from "./graph/build-graph.ts";
import type { StageOutline } from "./graph/build-graph.ts";
import type { BuildDependencies, Job, PlannedStage } from "./graph/job.ts";
import { Origins } from "./graph/origins.ts";
import type { Forecast } from "./graph/stage.ts";
import { contextName, openContext } from "./open-context.ts";
import type { OpenContext } from "./open-context.ts";
import type { StepRoot } from "./run/run.ts";

export interface RunningBuild {
  readonly id: string;
  readonly request: BuildRequest;
  readonly emit: BuildSink;
  readonly signal: AbortSignal;
  readonly dependencies: BuildDependencies;
  readonly inProgress: Map<string, Promise<unknown>>;
  /** Takes what a failed step leaves; without it nothing is kept. */
  readonly keep?: (step: number, kept: KeptRoot) => void;
  /** Makes it a forecast: nothing is run, pulled or recorded. */
  readonly foresee?: (forecast: Forecast) => void;
}

/**
 * One build from its request to its image; null for a forecast. Everything it holds is released at its end, or goes with the failed root that is kept.
 * @throws EngineError as `Builder.build` says
 */
export async function runBuild(build: RunningBuild): Promise<ImageRecord | null> {
  const { id, request, emit, dependencies } = build;
  await using held = new AsyncDisposableStack();
  const directory = join(dependencies.root, "build", "jobs", id);
  const views = join(dependencies.run, "build", id);
  for (const path of [directory, views]) mkdirSync(path, { recursive: true, mode: 0o711 });
  held.defer(() => removeTree(directory));
  held.defer(() => removeTree(views));
  const failing = new AbortController();
  const signal = AbortSignal.any([build.signal, failing.signal]);
  const lease = held.use(await dependencies.leases.acquire());
  const context = held.use(await openContext(dependencies.trees, request, { signal, progress: (bytes, files) => emit({ type: "context", bytes, files, done: false }) }));
  const planned = planProgram(build, context);
  const { program, outline } = planned;
  const bases = new Bases({
    images: dependencies.images, request, forecast: build.foresee !== undefined,
    hold: (image) => lease.add(image.id, image.manifest.digest, ...dependencies.images.layers(image.id).map(({ digest }) => digest), ...chainIds(image.config.rootfs.diff_ids)),
  });
  if (build.foresee === undefined) await takeCacheImages(build, bases);
  const forecast = build.foresee !== undefined;
  let failed: { readonly step: StepInfo; readonly root: StepRoot } | null = null;
  try {
    const planning = await planStages({ program, dependencies, emit, signal, forecast }, bases, outline, planned.outlines);
    if (planning.steps.length > outline.length) emit({ type: "planned", steps: planning.steps, skippedStages: [] });
    check(build, planned, context, planning.plans);
    const runner = new StageRunner(build.foresee);
    const origins = held.use(await openOrigins(build, views, context, bases, (index) => job.stage(index)));
    const job: Job = {
      id, dependencies, request, program, signal, lease, origins, emit, directory, forecast, plans: planning.plans, turns: stepTurns(), inProgress: build.inProgress,
      context: context.tree,
      latestTime: epochOf(request),
      site: request.tags[0] ?? contextName(request.context),
      stage: (index) => runner.stage(job, index),
      use: (row) => void held.defer(dependencies.cache.use(row.id)),
      failed: async (step, root) => {
        // The first failure counts; the others' roots are of no use.
        if (failed !== null || !request.keepFailed || build.keep === undefined) return root[Symbol.asyncDispose]();
        failed = { step, root };
      },
    };
    const state = await runner.all(job, failing);
    if (forecast) return null;
    throwIfAborted(build.signal);
    const { plan, program: target } = planning.plans.get(program.target)!;
    return await exportImage(job, state, plan, target.platform);
  } catch (error) {
    if (error instanceof NotForeseen) return null;
    throwIfAborted(build.signal);
    throw toEngineError(error);
  } finally {
    const last = failed as { readonly step: StepInfo; readonly root: StepRoot } | null;
    if (last !== null) {
      held.use(last.root);
      if (!build.signal.aborted && build.keep !== undefined) {
        const kept = held.move();
        build.keep(last.step.number, { root: last.root, request: { ...request, context: { type: "open", tree: borrowed(context.source) } }, release: () => kept.disposeAsync() });
      }
    }
  }
}

/** A tree that its owner disposes, not its user. */
function borrowed(tree: OpenContext["source"]): OpenContext["source"] {
  return { read: (...args) => tree.read(...args), select: (...args) => tree.select(...args), ignoring: (rules) => tree.ignoring(rules), [Symbol.asyncDispose]: () => Promise.resolve() };
}

interface Planned {
  readonly tree: DockerfileTree;
  readonly parsed: ParsedDockerfile;
  readonly program: BuildProgram;
  readonly outline: readonly StepInfo[];
  readonly outlines: readonly StageOutline[];
}

/** Reads the Dockerfile and tells of its steps. */
function planProgram({ request, emit, dependencies: { images } }: RunningBuild, context: OpenContext): Planned {
  const { text, name } = context.dockerfile;
  const tree = parseDockerfile(text, name);
  const parsed = parseInstructions(tree, name);
  const program = planDockerfile(tree, parsed, {
    args: request.args, target: request.target, labels: request.labels, buildPlatform: images.hostPlatform, targetPlatform: request.platform ?? images.hostPlatform, allowInsecure: request.allowInsecure,
  });
  const outlines = parsed.stages.map(({ instructions }, index) => ({ index, instructions: instructions.map(outlineOf) }));
  const outline = outlineSteps(program.stages, outlines);
  const needed = new Set(program.stages.map(({ index }) => index));
  emit({ type: "planned", steps: outline, skippedStages: parsed.stages.flatMap(({ name: stage }, index) => (needed.has(index) ? [] : [stage ?? String(index)])) });
  return { tree, parsed, program, outline, outlines };
}

/** Tells what the build checks find, with what is known of base images. @throws EngineError where the file asks for no findings (check=error=true) */
function check({ request, emit }: RunningBuild, { tree, parsed, program }: Planned, context: OpenContext, plans: ReadonlyMap<number, PlannedStage>): void {
  const findings = lintDockerfile(tree, parsed, { args: request.args, targetPlatform: request.platform, ignored: context.ignored, baseConfig: (stage) => baseConfigOf(plans, stage) });
  const planned = [...plans.values()].flatMap(({ plan }) => plan.warnings);
  for (const diagnostic of [...findings, ...program.warnings, ...planned, ...unconsumedArgs(parsed, request.args)]) emit({ type: "warning", diagnostic });
  const error = findings.find(({ severity }) => severity === "error");
  if (error !== undefined) throw dockerfileError(tree, error.range, `${error.rule}: ${error.message} (the Dockerfile wants no findings: check=error=true)`);
}

/** What a stage begins with, its own base's or another stage's result. */
function baseConfigOf(plans: ReadonlyMap<number, PlannedStage>, stage: number): ImageRunConfig | undefined {
  const planned = plans.get(stage);
  return planned?.program.base.type === "stage" ? plans.get(planned.program.base.index)?.plan.config : planned?.base?.image.config;
}

/** Build arguments that no ARG asks for and that mean nothing by themselves. */
function unconsumedArgs({ globalArgs, stages }: ParsedDockerfile, args: BuildRequest["args"]): Diagnostic[] {
  const instructions = [...globalArgs, ...stages.flatMap((stage) => stage.instructions)];
  const declared = new Set(instructions.flatMap((instruction) => (instruction.type === "ARG" ? instruction.assignments.map(({ name }) => name.raw) : [])));
  const left = Object.keys(args).filter((name) => !declared.has(name) && !PREDEFINED.test(name));
  const start = { line: 1, column: 1, offset: 0 };
  return left.length === 0 ? [] : [{ rule: "UnconsumedBuildArgs", severity: "warning", message: `One or more build-args [${left.join(" ")}] were not consumed`, range: { start, end: start } }];
}

const PREDEFINED = /^(https?_proxy|ftp_proxy|no_proxy|all_proxy|SOURCE_DATE_EPOCH|BUILDKIT_.*|(TARGET|BUILD)(PLATFORM|OS|ARCH|VARIANT)|TARGETSTAGE)$/i;

const OUTLINE_TYPES: Partial<Record<Instruction["type"], StepInfo["type"]>> = { RUN: "run", COPY: "copy", ADD: "copy", WORKDIR: "directory" };

function outlineOf({ node, range, type }: Instruction): Pick<StepInfo, "text" | "range" | "type"> {
  return { text: node.line, range, type: OUTLINE_TYPES[type] ?? "config" };
}

async function openOrigins({ request, dependencies, signal }: RunningBuild, directory: string, context: OpenContext, bases: Bases, stage: Job["stage"]): Promise<Origins> {
  const { images, trees } = dependencies;
  return new Origins({
    context: context.tree, snapshots: dependencies.snapshots, directory, trees, agent: await request.ssh.get("default"),
    async resolve(origin) {
      if (origin.type === "image") {
        const { image } = await bases.find(origin.reference, origin.platform, () => undefined, { signal });
        const state = stateOfImage(images, origin.reference, image);
        return { snapshot: state.snapshot, identity: state.parent };
      }
      const { snapshot, parent } = await stage(origin.index);
      return { snapshot, identity: snapshot === null ? emptyState(request.platform ?? images.hostPlatform).parent : parent };
    },
  });
}

/** SOURCE_DATE_EPOCH, in seconds. */
function epochOf({ args }: BuildRequest): number | undefined {
  const value = args["SOURCE_DATE_EPOCH"];
  if (value === undefined || value === "") return undefined;
  if (!/^\d{1,12}$/.test(value)) throw new EngineError("invalidArgument", `SOURCE_DATE_EPOCH=${JSON.stringify(value)} is not a whole number of seconds since 1970`);
  return Number(value);
}

/** Takes the results that `--cache-from` images carry. One that cannot be had is no reason to fail, as in Docker. */
async function takeCacheImages({ request, dependencies, signal }: RunningBuild, bases: Bases): Promise<void> {
  const { images, content, cache, snapshots, onError } = dependencies;
  for (const reference of request.cacheFrom) {
    try {
      const { image } = await bases.find(reference, request.platform ?? images.hostPlatform, () => undefined, { signal });
      await importInlineCache(image, { content, cache, snapshots }, { signal });
    } catch (error) {
      throwIfAborted(signal);
      onError(`taking the cache of ${reference}`, error);
    }
  }
}
