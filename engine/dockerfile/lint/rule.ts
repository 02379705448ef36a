import type { ImageRunConfig, Platform } from "../../oci/descriptor.ts";
import type { DockerfileTree, Range } from "../dockerfile.ts";
import type { FromInstruction, Instruction, ParsedDockerfile, ParsedStage } from "../instructions/instructions.ts";

/** What a check may know besides the file. The less it knows, the fewer of the checks that need it say anything. */
export interface LintOptions {
  /** `--build-arg`. BUILDKIT_DOCKERFILE_CHECK among them takes the place of the file's `check` directive. */
  readonly args?: Readonly<Record<string, string>> | undefined;
  /** The patterns of the ignore file, as `readIgnoreFile` gives them, or whether a path of the context is left out with all that is below it. */
  readonly ignored?: readonly string[] | ((path: string) => boolean) | undefined;
  /** Configuration of the image that the stage with this index begins with; undefined where it is not known. */
  readonly baseConfig?: ((stage: number) => ImageRunConfig | undefined) | undefined;
  /** What the image is for. */
  readonly targetPlatform?: Platform | undefined;
}

export interface LintFile {
  readonly tree: DockerfileTree;
  readonly parsed: ParsedDockerfile;
  readonly options: LintOptions;
}

export interface Finding {
  /** Docker's sentence. */
  readonly message: string;
  readonly range: Range;
  /** What to do, when it is not plain from the message. */
  readonly help?: string | undefined;
}

/** A check of Docker's build checks reference. */
export interface Rule {
  readonly name: string;
  /** Runs only when `check=experimental=` asks for it. */
  readonly experimental?: true;
  check(file: LintFile): readonly Finding[];
}

/** A rule that looks at one instruction after the other, FROM and the ARGs before it included. */
export function perInstruction(name: string, check: (instruction: Instruction) => Finding | readonly Finding[] | undefined): Rule {
  return { name, check: ({ parsed }) => everyInstruction(parsed).flatMap((instruction) => check(instruction) ?? []) };
}

/** A rule that looks at one stage after the other. */
export function perStage(name: string, check: (stage: ParsedStage, index: number, stages: readonly ParsedStage[]) => Finding | readonly Finding[] | undefined): Rule {
  return { name, check: ({ parsed: { stages } }) => stages.flatMap((stage, index) => check(stage, index, stages) ?? []) };
}

export function everyInstruction({ globalArgs, stages }: ParsedDockerfile): readonly Instruction[] {
  return [...globalArgs, ...stages.flatMap((stage): Instruction[] => [stage.from, ...stage.instructions])];
}

/** The instructions of stages alone, as Docker counts them where ARGs before the first FROM are left out. */
export function stageInstructions({ stages }: ParsedDockerfile): readonly Instruction[] {
  return stages.flatMap((stage): Instruction[] => [stage.from, ...stage.instructions]);
}

/** Stages by name above each FROM, one map that grows. */
export function eachFrom(stages: readonly ParsedStage[], visit: (from: FromInstruction, index: number, above: ReadonlyMap<string, number>) => void): void {
  const above = new Map<string, number>();
  for (const [index, { from, name }] of stages.entries()) {
    visit(from, index, above);
    if (name !== undefined) above.set(name, index);
  }
}
