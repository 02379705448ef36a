import { EngineError } from "../../../base/errors.ts";
import { cleanPath, compilePathPattern, hasWildcards } from "../../../dockerfile/patterns/path.ts";
import { joinPath } from "./entry.ts";
import { resolveInView } from "./view.ts";
import type { TreeView } from "./view.ts";

/**
 * The paths that a pattern of COPY names, sorted as a walk comes to them; one that exists or not for a pattern without wildcards, any number otherwise.
 * As BuildKit has it: symlinks in front of the first wildcard are followed, those behind it are not; what is below a match is none.
 * @throws EngineError `notFound` when the directory in front of the wildcards is missing, `invalidArgument`
 */
export function* matchesOf(view: TreeView, pattern: string): Generator<void, readonly string[]> {
  if (pattern.includes("\0")) throw new EngineError("invalidArgument", `the path ${JSON.stringify(pattern)} has a character that no file name can have`);
  const clean = cleanPath(`/${pattern}`).slice(1);
  const parts = clean.split("/");
  const first = parts.findIndex(hasWildcards);
  if (first < 0) return [clean.includes("\\") && resolveInView(view, clean) === undefined ? withoutEscapes(clean) : clean];
  const base = resolveInView(view, withoutEscapes(parts.slice(0, first).join("/")));
  if (base?.type !== "directory") throw new EngineError("notFound", `${JSON.stringify(pattern)}: not found: there is no directory ${JSON.stringify(parts.slice(0, first).join("/"))}`, { details: { pattern, ignored: false } });
  return yield* search(view, base.path, parts.slice(first));
}

function withoutEscapes(path: string): string {
  return path.replace(/\\([^])/g, "$1");
}

function* search(view: TreeView, base: string, parts: readonly string[]): Generator<void, readonly string[]> {
  const matches = compilePathPattern(parts.join("/"));
  // A class such as [^a] matches a slash: then a name says nothing about what is below it.
  const levels = parts.some((part) => part.includes("[")) ? undefined : parts.map(compilePathPattern);
  const found: string[] = [];
  const prefix = base === "" ? 0 : base.length + 1;
  const pending = [{ directory: base, level: 0 }];
  for (let next = pending.pop(); next !== undefined; next = pending.pop()) {
    const below: typeof pending = [];
    for (const name of view.names(next.directory)) {
      if (levels !== undefined && !levels[next.level]!(name)) continue;
      const path = joinPath(next.directory, name);
      const isMatch = matches(path.slice(prefix));
      if (!isMatch && levels !== undefined && next.level === levels.length - 1) continue;
      const entry = view.entry(path);
      if (entry === undefined) continue;
      if (isMatch) found.push(path);
      else if (entry.type === "directory") below.push({ directory: path, level: next.level + 1 });
    }
    pending.push(...below.reverse());
    yield;
  }
  return found.sort(byWalk);
}

/** The order in which a walk comes to paths: component by component. */
function byWalk(a: string, b: string): number {
  const [left, right] = [a.split("/"), b.split("/")];
  for (let index = 0; index < left.length && index < right.length; index++) {
    if (left[index] !== right[index]) return left[index]! < right[index]! ? -1 : 1;
  }
  return left.length - right.length;
}
