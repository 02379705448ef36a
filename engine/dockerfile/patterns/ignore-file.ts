import { cleanPath } from "./path.ts";

/** White space as Go's strings.TrimSpace has it: unlike String.trim, not the byte order mark. */
const ENDS = /^[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+|[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+$/gu;

export function trimSpace(text: string): string {
  return text.replace(ENDS, "");
}

/**
 * The patterns of a `.dockerignore` file, cleaned, in its order. Lines that begin with `#` are comments; a `#` after a space is not. A leading slash
 * means nothing. Whether patterns are well formed shows when they are compiled.
 */
export function readIgnoreFile(text: string): string[] {
  const patterns: string[] = [];
  for (const line of text.replace(/^\ufeff/, "").split("\n")) {
    if (line.startsWith("#")) continue;
    const trimmed = trimSpace(line);
    if (trimmed === "") continue;
    const negated = trimmed.startsWith("!");
    const pattern = negated ? trimSpace(trimmed.slice(1)) : trimmed;
    patterns.push((negated ? "!" : "") + (pattern === "" ? "" : cleanPath(pattern).replace(/^\/(?=.)/, "")));
  }
  return patterns;
}

/** Where a build's ignore file may be, relative to the Dockerfile's and the context's directories: the first that exists counts alone. */
export interface IgnoreFileCandidate {
  readonly path: string;
  /** `dockerfile`: the path is in the tree the Dockerfile is read from. */
  readonly tree: "dockerfile" | "context";
}

/**
 * @param dockerfile path of the Dockerfile in its tree, such as `docker/web.Dockerfile`; undefined when it has no name
 */
export function ignoreFileCandidates(dockerfile: string | undefined): readonly IgnoreFileCandidate[] {
  const own: IgnoreFileCandidate[] = dockerfile === undefined ? [] : [{ path: `${dockerfile}.dockerignore`, tree: "dockerfile" }];
  return [...own, { path: ".dockerignore", tree: "context" }];
}
