import { EngineError } from "../../base/errors.ts";
import { compileGlob, type Glob } from "./glob.ts";
import { trimSpace } from "./ignore-file.ts";
import { cleanPath } from "./path.ts";

/**
 * Which paths a list of patterns leaves out: `.dockerignore` and `--exclude`, by the rules of moby's patternmatcher. A pattern that matches a
 * directory counts for all below it; the last pattern that counts for a path decides; `!` takes paths back in, out of directories left out too.
 *
 * Fast when the paths of a directory are asked for one after the other, as a walk does.
 */
export interface IgnoreMatcher {
  /** Whether `path` is left out. Relative, with slashes, clean; `.` never is. */
  matches(path: string): boolean;
  /** Whether `directory` is left out with everything that may be below it: a walk need not enter it. */
  canSkipDirectory(directory: string): boolean;
  /** Whether nothing is ever left out. */
  readonly isEmpty: boolean;
}

interface Rule {
  readonly negated: boolean;
  readonly glob: Glob;
}

/** Directories whose results are kept. */
const MAX_REMEMBERED = 1024;

/**
 * Compiles patterns as `readIgnoreFile` gives them, or as `--exclude` has them.
 * @throws EngineError `invalidArgument` for a pattern that is not well formed
 */
export function compileIgnorePatterns(patterns: readonly string[]): IgnoreMatcher {
  const rules = patterns.flatMap(compileRule);
  const remembered = new Map<string, Uint8Array>();

  /** For each rule whether it matches the directory or one above it. */
  function rulesFor(directory: string): Uint8Array {
    const known = remembered.get(directory);
    if (known !== undefined) return known;
    const above = parentOf(directory);
    const inherited = above === undefined ? undefined : rulesFor(above);
    const result = Uint8Array.from(rules, (rule, index) => inherited?.[index] === 1 || rule.glob.matches(directory) ? 1 : 0);
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(directory, result);
    return result;
  }

  function matches(path: string): boolean {
    if (path === "." || path === "") return false;
    const above = parentOf(path);
    const inherited = above === undefined ? undefined : rulesFor(above);
    let left = false;
    // Only rules that would change the answer are looked at.
    for (const [index, rule] of rules.entries()) {
      if (rule.negated === left && (inherited?.[index] === 1 || rule.glob.matches(path))) left = !left;
    }
    return left;
  }

  function canSkipDirectory(directory: string): boolean {
    if (!matches(directory)) return false;
    const own = rulesFor(directory);
    const decisive = rules.findLastIndex((rule, index) => !rule.negated && own[index] === 1);
    return !rules.some((rule, index) => index > decisive && rule.negated && rule.glob.mayMatchBelow(directory));
  }

  return { matches, canSkipDirectory, isEmpty: rules.every((rule) => rule.negated) };
}

function compileRule(pattern: string): Rule[] {
  const trimmed = trimSpace(pattern);
  if (trimmed === "") return [];
  const clean = cleanPath(trimmed);
  const negated = clean.startsWith("!");
  if (clean === "!") throw new EngineError("invalidArgument", 'the exclusion pattern "!" names nothing: write a path after the exclamation mark');
  return [{ negated, glob: compileGlob(negated ? clean.slice(1) : clean) }];
}

function parentOf(path: string): string | undefined {
  const slash = path.lastIndexOf("/");
  return slash <= 0 ? undefined : path.slice(0, slash);
}
