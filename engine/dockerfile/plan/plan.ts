import { EngineError } from "../../base/errors.ts";
import { normalizePlatform } from "../../oci/platform.ts";
import type { DockerfileTree } from "../dockerfile.ts";
import type { ParsedDockerfile } from "../instructions/instructions.ts";
import { didYouMean } from "../instructions/suggest.ts";
import { excerpt } from "../syntax/error.ts";
import type { PlanContext, PlanOptions } from "./context.ts";
import { globalVariables } from "./global-args.ts";
import { proxyVariables } from "./proxies.ts";
import { buildStageGraph, type StageGraph } from "./stage-graph.ts";
import { planStage } from "./stage-plan.ts";
import type { InheritedScope } from "./stage-state.ts";
import type { BuildProgram, StageProgram } from "./steps.ts";

/**
 * Plans a build: which stages the target needs, and what each of them does once its base is known.
 *
 * The language is that of the Dockerfile reference and, where that is silent, what BuildKit makes of it.
 *
 * @param tree the file, for its escape character and for the places that errors name
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails for what is wrong in the file, without a place for an unknown target;
 * `resourceExhausted` for a file that expands to more than a build can hold
 */
export function planDockerfile(tree: DockerfileTree, parsed: ParsedDockerfile, options: PlanOptions): BuildProgram {
  const { labels = {}, target = "", allowInsecure = false } = options;
  const buildPlatform = normalizePlatform(options.buildPlatform);
  const args = new Map(Object.entries(options.args));
  const context: PlanContext = {
    tree, args, labels, allowInsecure, buildPlatform,
    proxies: proxyVariables(options.args),
    targetPlatform: normalizePlatform(options.targetPlatform ?? buildPlatform),
    cacheNamespace: args.get("BUILDKIT_CACHE_MOUNT_NS") ?? "",
  };
  const globals = globalVariables(context, parsed.globalArgs, target === "" ? parsed.stages.at(-1)?.name ?? "default" : target);
  const graph = buildStageGraph(context, parsed.stages, globals);
  const chosen = findTarget(graph, target);
  const scopes = new Map<number, InheritedScope>();
  const stage = (index: number): StageProgram => stageProgram(context, graph, globals, scopes, index, chosen);
  const needed = neededBy(graph, chosen);
  return { stages: [...needed].toSorted((a, b) => a - b).map(stage), target: chosen, warnings: [], stage };
}

function findTarget({ stages, byName }: StageGraph, target: string): number {
  if (target === "") return stages.length - 1;
  const index = byName.get(target.toLowerCase()) ?? (/^\d+$/.test(target) ? Number(target) : undefined);
  if (index !== undefined && index < stages.length) return index;
  const names = stages.map(({ name }) => name);
  const shown = names.length > 20 ? [...names.slice(0, 20), "..."] : names;
  throw new EngineError("invalidArgument", `target stage ${JSON.stringify(excerpt(target))} could not be found${didYouMean(target, names)}: the Dockerfile has ${names.length === 1 ? "the stage" : "the stages"} ${shown.join(", ")}`);
}

function neededBy({ stages }: StageGraph, target: number): ReadonlySet<number> {
  const needed = new Set([target]);
  // A set that grows is walked to its new end.
  for (const index of needed) for (const other of stages[index]!.needs) needed.add(other);
  return needed;
}

function stageProgram(context: PlanContext, graph: StageGraph, globals: ReadonlyMap<string, string>, scopes: Map<number, InheritedScope>, index: number, target: number): StageProgram {
  const node = graph.stages[index];
  if (node === undefined) throw new EngineError("internal", `the Dockerfile has no stage ${index}`);
  const { name, base, platform, needs, parsed: { from } } = node;
  return {
    index, name, base, platform, needs, text: from.node.line, range: from.range,
    plan(config) {
      const inherited = base.type === "stage" ? scopes.get(base.index) : undefined;
      if (base.type === "stage" && inherited === undefined) throw new EngineError("internal", `stage ${name} was planned before the stage it begins with`);
      const { plan, scope } = planStage({ context, graph, globals, inherited, isTarget: index === target }, node, config);
      scopes.set(index, scope);
      return plan;
    },
  };
}
