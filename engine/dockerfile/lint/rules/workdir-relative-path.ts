import type { ParsedStage } from "../../instructions/instructions.ts";
import { excerpt } from "../../syntax/error.ts";
import type { Finding, Rule } from "../rule.ts";
import { baseStages, walkStages } from "../scope.ts";

/** Looks at the first WORKDIR of a stage and of the stages below it: once one is absolute, others follow from it. */
export const workdirRelativePath: Rule = {
  name: "WorkdirRelativePath",
  check(file) {
    const findings: Finding[] = [];
    const isSet: boolean[] = [];
    for (const base of baseStages(file)) isSet.push(base !== undefined && (isSet[base]! || hasWorkdir(file.parsed.stages[base]!)));
    walkStages(file, (instruction, scope, stage) => {
      if (instruction.type !== "WORKDIR" || isSet[stage]!) return;
      isSet[stage] = true;
      const { path } = instruction;
      const expansion = scope.expand(path);
      // A variable of the base image may hold an absolute path.
      if (expansion === undefined || expansion.value.startsWith("/") || (!scope.complete && expansion.unset.length > 0)) return;
      findings.push({
        message: `Relative workdir "${excerpt(expansion.value)}" can have unexpected results if the base image changes`,
        range: path.range,
        help: "Begin the first WORKDIR with /.",
      });
    });
    return findings;
  },
};

function hasWorkdir({ instructions }: ParsedStage): boolean {
  return instructions.some((instruction) => instruction.type === "WORKDIR");
}
