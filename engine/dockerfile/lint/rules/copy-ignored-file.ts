import { normalize } from "node:path/posix";
import { isEngineError } from "../../../base/errors.ts";
import { compileIgnorePatterns } from "../../patterns/matcher.ts";
import { excerpt } from "../../syntax/error.ts";
import type { Finding, LintOptions, Rule } from "../rule.ts";
import { walkStages } from "../scope.ts";

/** Sources that are fetched, not read from the context. */
const REMOTE = /^(?:[a-z][a-z0-9+.-]*:\/\/|git@|github\.com\/)/i;

/** Speaks of sources that are left out with all that is below them: a `!` that may take something back in silences it. */
export const copyIgnoredFile: Rule = {
  name: "CopyIgnoredFile",
  check(file) {
    const ignored = ignores(file.options.ignored);
    if (ignored === undefined) return [];
    const findings: Finding[] = [];
    walkStages(file, (instruction, scope) => {
      if ((instruction.type !== "COPY" && instruction.type !== "ADD") || (instruction.type === "COPY" && instruction.from !== undefined)) return;
      for (const source of instruction.sources) {
        const expansion = scope.expand(source);
        if (expansion === undefined || expansion.value === "" || expansion.unset.length > 0 || REMOTE.test(expansion.value)) continue;
        const path = normalize(`/${expansion.value}`).replaceAll(/^\/|\/$/g, "");
        if (path === "" || !ignored(path)) continue;
        findings.push({
          message: `Attempting to ${instruction.type === "ADD" ? "Add" : "Copy"} file "${excerpt(path)}" that is excluded by .dockerignore`,
          range: source.range,
          help: "The build will not find it. Take it out of .dockerignore, or add a line that begins with !.",
        });
      }
    });
    return findings;
  },
};

function ignores(ignored: LintOptions["ignored"]): ((path: string) => boolean) | undefined {
  if (ignored === undefined || typeof ignored === "function") return ignored;
  try {
    const matcher = compileIgnorePatterns(ignored);
    return matcher.isEmpty ? undefined : (path) => matcher.canSkipDirectory(path);
  } catch (error) {
    // The build refuses the file with the place of the error.
    if (isEngineError(error, "invalidArgument")) return undefined;
    throw error;
  }
}
