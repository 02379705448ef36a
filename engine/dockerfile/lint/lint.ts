import { EngineError } from "../../base/errors.ts";
import type { Diagnostic, DockerfileTree } from "../dockerfile.ts";
import type { ParsedDockerfile } from "../instructions/instructions.ts";
import { parseCheckOptions, type CheckOptions } from "../syntax/directives.ts";
import type { LintOptions, Rule } from "./rule.ts";
import { consistentInstructionCasing } from "./rules/consistent-instruction-casing.ts";
import { copyIgnoredFile } from "./rules/copy-ignored-file.ts";
import { duplicateStageName } from "./rules/duplicate-stage-name.ts";
import { exposeInvalidFormat } from "./rules/expose-invalid-format.ts";
import { exposeProtoCasing } from "./rules/expose-proto-casing.ts";
import { fromAsCasing } from "./rules/from-as-casing.ts";
import { fromPlatformFlagConstDisallowed } from "./rules/from-platform-flag-const-disallowed.ts";
import { invalidDefaultArgInFrom } from "./rules/invalid-default-arg-in-from.ts";
import { invalidDefinitionDescription } from "./rules/invalid-definition-description.ts";
import { jsonArgsRecommended } from "./rules/json-args-recommended.ts";
import { legacyKeyValueFormat } from "./rules/legacy-key-value-format.ts";
import { maintainerDeprecated } from "./rules/maintainer-deprecated.ts";
import { multipleInstructionsDisallowed } from "./rules/multiple-instructions-disallowed.ts";
import { noEmptyContinuation } from "./rules/no-empty-continuation.ts";
import { redundantTargetPlatform } from "./rules/redundant-target-platform.ts";
import { reservedStageName } from "./rules/reserved-stage-name.ts";
import { secretsUsedInArgOrEnv } from "./rules/secrets-used-in-arg-or-env.ts";
import { stageNameCasing } from "./rules/stage-name-casing.ts";
import { undefinedArgInFrom } from "./rules/undefined-arg-in-from.ts";
import { undefinedVar } from "./rules/undefined-var.ts";
import { workdirRelativePath } from "./rules/workdir-relative-path.ts";

/** Docker's build checks, in the order of their reference. InvalidBaseImagePlatform is the plan's: it needs the image. */
export const RULES: readonly Rule[] = [
  stageNameCasing, fromAsCasing, noEmptyContinuation, consistentInstructionCasing, duplicateStageName, reservedStageName, jsonArgsRecommended,
  maintainerDeprecated, undefinedArgInFrom, workdirRelativePath, undefinedVar, multipleInstructionsDisallowed, legacyKeyValueFormat,
  redundantTargetPlatform, secretsUsedInArgOrEnv, invalidDefaultArgInFrom, fromPlatformFlagConstDisallowed, copyIgnoredFile,
  invalidDefinitionDescription, exposeProtoCasing, exposeInvalidFormat,
];

/** A file that breaks a rule on every line breaks it on all the others too. */
const MAX_DIAGNOSTICS = 1000;

/**
 * Runs the build checks that the file's `check` directive does not skip.
 * @returns findings in the order of the file, the first thousand; errors instead of warnings where `check=error=true` says so
 * @throws EngineError `invalidArgument` for a build argument BUILDKIT_DOCKERFILE_CHECK that is not well formed
 */
export function lintDockerfile(tree: DockerfileTree, parsed: ParsedDockerfile, options: LintOptions = {}): Diagnostic[] {
  const checks = checkOptions(tree, options.args);
  const severity = checks.checksAreErrors ? "error" : "warning";
  const diagnostics = RULES.filter((rule) => runs(rule, checks)).flatMap((rule) => {
    return rule.check({ tree, parsed, options }).map((finding): Diagnostic => ({ rule: rule.name, severity, ...finding }));
  });
  return diagnostics.toSorted((a, b) => a.range.start.offset - b.range.start.offset).slice(0, MAX_DIAGNOSTICS);
}

/** What the file says of checks, or the build argument BUILDKIT_DOCKERFILE_CHECK instead. @throws EngineError as {@link lintDockerfile} */
export function checkOptions({ directives }: DockerfileTree, args: LintOptions["args"] = {}): CheckOptions {
  const argument = Object.hasOwn(args, "BUILDKIT_DOCKERFILE_CHECK") ? args["BUILDKIT_DOCKERFILE_CHECK"] : undefined;
  if (argument === undefined) return directives;
  return parseCheckOptions(argument, (message) => new EngineError("invalidArgument", `build argument BUILDKIT_DOCKERFILE_CHECK: ${message}`));
}

/** Whether a check is to run, by its name: for those that are made elsewhere too. */
export function runs(rule: Pick<Rule, "name" | "experimental">, { skipChecks, experimentalChecks }: CheckOptions): boolean {
  const named = (list: readonly string[]): boolean => list.includes("all") || list.includes(rule.name);
  return rule.experimental === true ? named(experimentalChecks) : !named(skipChecks);
}
