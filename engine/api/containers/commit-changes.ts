import { parseChange } from "../../dockerfile/instructions/change.ts";
import { parseInstructions } from "../../dockerfile/instructions/parse.ts";
import { planDockerfile } from "../../dockerfile/plan/plan.ts";
import { parseDockerfile } from "../../dockerfile/syntax/parse.ts";
import type { ImageRunConfig } from "../../oci/descriptor.ts";
import { hostPlatform } from "../../oci/platform.ts";

/**
 * Applies the instructions of `--change` of commit and import, as a Dockerfile would.
 * @throws EngineError `invalidArgument` for one that is not allowed there
 */
export function applyChanges(config: ImageRunConfig, changes: readonly string[]): ImageRunConfig {
  const lines = changes.flatMap((text) => text.split("\n")).filter((line) => line.trim() !== "");
  if (lines.length === 0) return config;
  for (const line of lines) parseChange(line);
  const tree = parseDockerfile(`FROM scratch\n${lines.join("\n")}\n`, "change");
  const platform = hostPlatform();
  const program = planDockerfile(tree, parseInstructions(tree), { args: {}, buildPlatform: platform });
  // What triggers the image has are not for this moment; what a build adds by itself (PATH, a working directory) stays away.
  const { OnBuild: triggers = [], ...own } = config;
  const { config: changed } = program.stage(0).plan({ ...platform, config: own, rootfs: { type: "layers", diff_ids: [] } });
  const names = (instruction: string): boolean => lines.some((line) => new RegExp(`^\\s*${instruction}\\b`, "i").test(line));
  const { Env: env = [], WorkingDir: directory, OnBuild: added = [], ...rest } = changed;
  return {
    ...rest,
    ...(names("ENV") ? { Env: hasPath(own.Env) || lines.some((line) => /\bPATH\b/.test(line)) ? env : env.filter((entry) => !entry.startsWith("PATH=")) } : own.Env === undefined ? {} : { Env: own.Env }),
    ...(names("WORKDIR") ? { WorkingDir: directory } : own.WorkingDir === undefined ? {} : { WorkingDir: own.WorkingDir }),
    ...((triggers ?? []).length + (added ?? []).length === 0 ? {} : { OnBuild: [...(triggers ?? []), ...(added ?? [])] }),
  };
}

function hasPath(env: readonly string[] | undefined): boolean {
  return env?.some((entry) => entry.startsWith("PATH=")) === true;
}
