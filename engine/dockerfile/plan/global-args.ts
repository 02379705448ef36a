import type { Platform } from "../../oci/descriptor.ts";
import { formatPlatform } from "../../oci/platform.ts";
import type { ArgInstruction } from "../instructions/instructions.ts";
import { expandWord } from "../shell/expand.ts";
import { locate, type PlanContext } from "./context.ts";

/**
 * Variables of FROM lines, which a stage's `ARG NAME` takes over: the platforms, then the ARGs before the first FROM. A build argument wins over
 * either.
 * @param stage what TARGETSTAGE is
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails
 */
export function globalVariables(context: PlanContext, instructions: readonly ArgInstruction[], stage: string): ReadonlyMap<string, string> {
  const variables = new Map([...platformVariables("BUILD", context.buildPlatform), ...platformVariables("TARGET", context.targetPlatform), ["TARGETSTAGE", stage] as const]);
  for (const name of variables.keys()) variables.set(name, context.args.get(name) ?? variables.get(name)!);
  for (const { name, value } of instructions.flatMap(({ assignments }) => assignments)) {
    const given = context.args.get(name.raw);
    if (given !== undefined) variables.set(name.raw, given);
    else if (value !== undefined) variables.set(name.raw, locate(context, value.range, () => expandWord(value.raw, variables, { escape: context.tree.directives.escape }).value));
  }
  return variables;
}

function platformVariables(prefix: "BUILD" | "TARGET", platform: Platform): readonly (readonly [string, string])[] {
  return [
    [`${prefix}PLATFORM`, formatPlatform(platform)],
    [`${prefix}OS`, platform.os],
    [`${prefix}OSVERSION`, platform["os.version"] ?? ""],
    [`${prefix}ARCH`, platform.architecture],
    [`${prefix}VARIANT`, platform.variant ?? ""],
  ];
}
