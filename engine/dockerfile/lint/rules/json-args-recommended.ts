import type { Finding, Rule } from "../rule.ts";
import { baseStages } from "../scope.ts";

/** Says nothing where the file or the base image chose a shell: then a shell is meant. */
export const jsonArgsRecommended: Rule = {
  name: "JSONArgsRecommended",
  check(file) {
    const { parsed, options } = file;
    const findings: Finding[] = [];
    const choosesShell: boolean[] = [];
    for (const [index, base] of baseStages(file).entries()) {
      let chosen = base === undefined ? (options.baseConfig?.(index)?.Shell ?? []).length > 0 : choosesShell[base]!;
      for (const instruction of parsed.stages[index]!.instructions) {
        if (instruction.type === "SHELL") chosen = true;
        if ((instruction.type !== "CMD" && instruction.type !== "ENTRYPOINT") || instruction.command.form === "exec" || chosen) continue;
        const { keyword, keywordRange, argument, argumentRange } = instruction.node;
        findings.push({
          message: `JSON arguments recommended for ${keyword} to prevent unintended behavior related to OS signals`,
          range: argument === "" ? keywordRange : argumentRange,
          help: `A shell would be the container's first process, and signals would not reach the program. Write ${keyword} ["program", "argument"], or SHELL where a shell is meant.`,
        });
      }
      choosesShell.push(chosen);
    }
    return findings;
  },
};
