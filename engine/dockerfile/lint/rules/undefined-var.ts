import type { Range } from "../../dockerfile.ts";
import type { Instruction, Word } from "../../instructions/instructions.ts";
import { didYouMean } from "../../instructions/suggest.ts";
import { excerpt } from "../../syntax/error.ts";
import type { Finding, Rule } from "../rule.ts";
import { walkStages } from "../scope.ts";

/** Further findings come without a suggestion, which takes time. */
const MAX_SUGGESTIONS = 100;
/** ARGs that reach no environment (BuildKit's scanners read them). */
const NOT_IN_ENVIRONMENT = new Set(["BUILDKIT_SBOM_SCAN_CONTEXT", "BUILDKIT_SBOM_SCAN_STAGE"]);

/** Speaks only of stages whose base image is known: its variables are defined too. */
export const undefinedVar: Rule = {
  name: "UndefinedVar",
  check(file) {
    const findings: Finding[] = [];
    walkStages(file, (instruction, scope) => {
      if (!scope.complete) return;
      const reported = new Set<string>();
      for (const word of expandedWords(instruction)) {
        for (const name of scope.expand(word)?.unset ?? []) {
          if (scope.declared.has(name) || NOT_IN_ENVIRONMENT.has(name) || reported.has(name)) continue;
          reported.add(name);
          findings.push(undefinedVariable(name, findings.length < MAX_SUGGESTIONS ? scope.variables.keys() : [], word.range));
        }
      }
    });
    return findings;
  },
};

/** What the check says of one variable. @param known names that may have been meant */
export function undefinedVariable(name: string, known: Iterable<string>, range: Range): Finding {
  return { message: `Usage of undefined variable '$${excerpt(name)}'${didYouMean(name, known, "$")}`, range, help: "Define it with ARG or ENV before its use." };
}

/** Words whose variables the builder expands to one text. Those of RUN's command are the shell's, those of mounts and heredocs have no place of their own. */
function expandedWords(instruction: Instruction): readonly Word[] {
  switch (instruction.type) {
    case "ENV":
    case "LABEL":
      return instruction.assignments.flatMap(({ name, value }) => (value === undefined ? [name] : [name, value]));
    case "ARG":
      return instruction.assignments.flatMap(({ value }) => value ?? []);
    case "COPY":
    case "ADD":
      return [...instruction.sources, instruction.destination, ...[instruction.chown, instruction.chmod].filter((word) => word !== undefined), ...instruction.excludes];
    case "RUN":
      return instruction.mounts;
    case "USER":
      return [instruction.user];
    case "WORKDIR":
      return [instruction.path];
    case "STOPSIGNAL":
      return [instruction.signal];
    case "VOLUME":
      return instruction.paths;
    default:
      return [];
  }
}
