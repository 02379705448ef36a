import { EngineError } from "../../../base/errors.ts";
import { joinPath } from "./entry.ts";
import type { Entry } from "./entry.ts";

/**
 * A tree as the code that selects sees it: synchronous, for worker threads. Paths are relative, without leading slash, `.` and `..`; no method follows
 * a symlink.
 */
export interface TreeView {
  /** What is at `path` itself; undefined when nothing is, or nothing that can be copied (a socket). */
  entry(path: string): Entry | undefined;
  /** The names in a directory, sorted; empty when there is no directory. */
  names(path: string): readonly string[];
  /** The entry with its content's digest; undefined when the file vanished meanwhile. */
  hashed(entry: Entry): Entry | undefined;
  /** The content of a file; undefined when it vanished meanwhile. */
  read(entry: Entry): Uint8Array | undefined;
  /** Whether something is at `path` that rules hide. */
  isHidden(path: string): boolean;
}

const MAX_LINKS = 255;

/**
 * The entry that `path` names when symlinks are followed, the last one's too. Links never lead out: `/` is the tree, and so is everything above it.
 * @throws EngineError `invalidArgument` for a loop of links
 */
export function resolveInView(view: TreeView, path: string): Entry | undefined {
  const pending = partsOf(path);
  const trail: string[] = [];
  let links = 0;
  let entry = view.entry("");
  for (let part = pending.pop(); part !== undefined; part = pending.pop()) {
    if (part === "..") {
      trail.pop();
      entry = view.entry(trail.join("/"));
      continue;
    }
    if (entry?.type !== "directory") return undefined;
    entry = view.entry(joinPath(entry.path, part));
    if (entry?.type !== "symlink") {
      trail.push(part);
      continue;
    }
    if (++links > MAX_LINKS) throw new EngineError("invalidArgument", `too many levels of symbolic links in ${JSON.stringify(path)}`);
    if (entry.target.startsWith("/")) trail.length = 0;
    pending.push(...partsOf(entry.target));
    entry = view.entry(trail.join("/"));
  }
  return entry;
}

/** The components of a path, last first. */
function partsOf(path: string): string[] {
  return path.split("/").filter((part) => part !== "" && part !== ".").reverse();
}
