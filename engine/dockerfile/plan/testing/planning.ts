import type { ImageConfig, ImageRunConfig } from "../../../oci/descriptor.ts";
import { parseInstructions } from "../../instructions/parse.ts";
import { parseDockerfile } from "../../syntax/parse.ts";
import type { PlanOptions } from "../context.ts";
import { planDockerfile } from "../plan.ts";
import type { BuildProgram, CopyOperation, RunOperation, StagePlan, Step } from "../steps.ts";

export const AMD64 = { os: "linux", architecture: "amd64" };
export const PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

export type Options = Partial<PlanOptions> & { /** Of every base image. */ readonly base?: ImageRunConfig };

export function program(text: string, options: Options = {}): BuildProgram {
  const tree = parseDockerfile(text, "Dockerfile");
  return planDockerfile(tree, parseInstructions(tree), { args: {}, buildPlatform: AMD64, ...options });
}

export function image(config: ImageRunConfig = {}, more: Partial<ImageConfig> = {}): ImageConfig {
  return { ...AMD64, rootfs: { type: "layers", diff_ids: [] }, config, ...more };
}

/** Plans all needed stages, each on what the stage below has become. */
export function plans(text: string, options: Options = {}): ReadonlyMap<number, StagePlan> {
  const result = new Map<number, StagePlan>();
  for (const { index, base, plan } of program(text, options).stages) {
    const below = base.type === "stage" ? result.get(base.index)! : undefined;
    const start = base.type === "scratch" ? image() : below === undefined ? image(options.base) : image(below.config);
    result.set(index, plan(start));
  }
  return result;
}

/** The plan of the target. */
export function target(text: string, options: Options = {}): StagePlan {
  return plans(text, options).get(program(text, options).target)!;
}

/** The last step of the target. */
export function lastStep(text: string, options: Options = {}): Step {
  return target(text, options).steps.at(-1)!;
}

export function run(text: string, options: Options = {}): RunOperation {
  const { operation } = lastStep(text, options);
  if (operation.type !== "run") throw new Error(`the last step is no RUN but ${operation.type}`);
  return operation;
}

export function copy(text: string, options: Options = {}): CopyOperation {
  const { operation } = lastStep(text, options);
  if (operation.type !== "copy") throw new Error(`the last step is no COPY but ${operation.type}`);
  return operation;
}

export function history(text: string, options: Options = {}): readonly string[] {
  return target(text, options).steps.map(({ createdBy }) => createdBy);
}
