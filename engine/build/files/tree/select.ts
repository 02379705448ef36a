import { EngineError } from "../../../base/errors.ts";
import { compileGlob } from "../../../dockerfile/patterns/glob.ts";
import { compileIgnorePatterns } from "../../../dockerfile/patterns/matcher.ts";
import type { IgnoreMatcher } from "../../../dockerfile/patterns/matcher.ts";
import { cleanPath, hasWildcards } from "../../../dockerfile/patterns/path.ts";
import type { Selection } from "../files.ts";
import { baseOf, joinPath } from "./entry.ts";
import type { Entry } from "./entry.ts";
import { matchesOf } from "./expand.ts";
import { resolveInView } from "./view.ts";
import type { TreeView } from "./view.ts";

/** One path that the pattern matched, and what it brings. Plain data. */
export interface Match {
  /** For a directory, whose contents are copied: the path that names are relative to. */
  readonly root: string;
  readonly isDirectory: boolean;
  /** What one file is called at its destination: the name that matched, also when that is a symlink. Empty for a directory. */
  readonly name: string;
  /** How many of the entries belong to it. A directory's own comes first. */
  readonly count: number;
}

export interface Picked {
  readonly matches: readonly Match[];
  /** Of all matches, each in the order of a walk: parents first, names sorted. */
  readonly entries: readonly Entry[];
}

/** The name of a match's entry at the destination; empty for the directory itself. */
export function targetName(match: Match, path: string): string {
  if (!match.isDirectory) return match.name;
  return match.root === "" ? path : path.slice(match.root.length + 1);
}

/**
 * Finds and hashes what a selection selects; yields between entries, so that the caller can pause.
 * @throws EngineError `notFound`, `invalidArgument` for patterns that are not well formed and loops of links
 */
export function* pick(view: TreeView, selection: Selection): Generator<void, Picked> {
  const excludes = compileIgnorePatterns(selection.excludes);
  return selection.parents ? yield* pickWithParents(view, selection, excludes) : yield* pickMatches(view, selection, excludes);
}

function* pickMatches(view: TreeView, { pattern }: Selection, excludes: IgnoreMatcher): Generator<void, Picked> {
  const matches: Match[] = [];
  const entries: Entry[] = [];
  for (const path of yield* matchesOf(view, pattern)) {
    const name = baseOf(path);
    const found = resolveInView(view, path);
    if (found === undefined) throw notFound(view, pattern, path);
    const before = entries.length;
    if (found.type === "directory") {
      entries.push(found);
      yield* walk(view, found.path, (relative) => (excludes.matches(relative) ? (excludes.canSkipDirectory(relative) ? "skip" : "descend") : "take"), entries);
      matches.push({ root: found.path, isDirectory: true, name: "", count: entries.length - before });
    } else if (!excludes.matches(name)) {
      const hashed = found.type === "file" ? view.hashed(found) : found;
      if (hashed === undefined) throw notFound(view, pattern, path);
      entries.push(hashed);
      matches.push({ root: "", isDirectory: false, name, count: 1 });
    }
    yield;
  }
  return { matches, entries };
}

/** `--parents`: the pattern, which may have `**`, chooses below the directory in front of `/./`; directories above what is chosen come along. */
function* pickWithParents(view: TreeView, { pattern }: Selection, excludes: IgnoreMatcher): Generator<void, Picked> {
  const pivot = pattern.indexOf("/./");
  const base = pivot < 0 ? "/" : pattern.slice(0, pivot);
  const chosen = cleanPath(`/${pivot < 0 ? pattern : pattern.slice(pivot + 3)}`).slice(1);
  const glob = chosen === "" ? undefined : compileGlob(chosen);
  const judge: Judge = (relative, above) => {
    if (excludes.canSkipDirectory(relative)) return "skip";
    if (above !== "take" && glob !== undefined && !glob.matches(relative)) return glob.mayMatchBelow(relative) ? "descend" : "skip";
    return excludes.matches(relative) ? "descend" : "take";
  };
  const matches: Match[] = [];
  const entries: Entry[] = [];
  for (const path of yield* matchesOf(view, base)) {
    const found = resolveInView(view, path);
    if (found?.type !== "directory") continue;
    const before = entries.length;
    entries.push(found);
    yield* walk(view, found.path, judge, entries);
    if (entries.length === before + 1 && glob !== undefined) entries.pop();
    else matches.push({ root: found.path, isDirectory: true, name: "", count: entries.length - before });
  }
  const required = joinPath(cleanPath(`/${base}`).slice(1), chosen);
  if (matches.length === 0 && !hasWildcards(required)) throw notFound(view, pattern, required);
  return { matches, entries };
}

/** What becomes of a path: `descend` looks for something below it, and takes it along when there is. */
type Verdict = "take" | "descend" | "skip";
type Judge = (relative: string, above: Verdict) => Verdict;

interface Frame {
  readonly path: string;
  readonly names: readonly string[];
  next: number;
  readonly verdict: Verdict;
  /** The directory itself, until something below it is taken. */
  waiting: Entry | undefined;
}

/** Adds what is below `root`, parents first. */
function* walk(view: TreeView, root: string, judge: Judge, into: Entry[]): Generator<void, void> {
  const prefix = root === "" ? 0 : root.length + 1;
  const stack: Frame[] = [{ path: root, names: view.names(root), next: 0, verdict: "descend", waiting: undefined }];
  for (let frame = stack.at(-1); frame !== undefined; frame = stack.at(-1)) {
    const name = frame.names[frame.next++];
    if (name === undefined) {
      stack.pop();
      continue;
    }
    const path = joinPath(frame.path, name);
    const verdict = judge(path.slice(prefix), frame.verdict);
    if (verdict === "skip") continue;
    const found = view.entry(path);
    const entry = found?.type === "file" && verdict === "take" ? view.hashed(found) : found;
    if (entry === undefined) continue;
    if (verdict === "take") {
      for (const above of stack) {
        if (above.waiting !== undefined) into.push(above.waiting);
        above.waiting = undefined;
      }
      into.push(entry);
    }
    if (entry.type === "directory") stack.push({ path, names: view.names(path), next: 0, verdict, waiting: verdict === "take" ? undefined : entry });
    yield;
  }
}

/** @param path where the search ended, in the tree */
function notFound(view: TreeView, pattern: string, path: string): EngineError {
  const hidden = isHiddenSomewhere(view, path);
  const entry = view.entry(path);
  const why = hidden ? ": a pattern of .dockerignore excludes it" : entry?.type === "symlink" ? `: ${JSON.stringify(path)} is a symbolic link to ${JSON.stringify(entry.target)}, which is not there` : "";
  return new EngineError("notFound", `${JSON.stringify(pattern)}: not found${why}`, { details: { pattern, ignored: hidden } });
}

function isHiddenSomewhere(view: TreeView, path: string): boolean {
  const parts = path.split("/");
  return parts.some((_part, index) => view.isHidden(parts.slice(0, index + 1).join("/")));
}
