import { normalize } from "node:path/posix";
import { EngineError } from "../../base/errors.ts";

/** The shortest path that says the same, without touching the disk: Go's path.Clean. No trailing slash but for the root; `.` for nothing. */
export function cleanPath(path: string): string {
  const clean = normalize(path);
  return clean.length > 1 && clean.endsWith("/") ? clean.slice(0, -1) : clean;
}

/** Whether `pattern` is more than a name: an unescaped `*`, `?` or `[`. */
export function hasWildcards(pattern: string): boolean {
  return /^(?:[^\\*?[]|\\[^])*[*?[]/.test(pattern);
}

/**
 * Go's filepath.Match: `*` and `?` match no slash, `[a-z]` and `[^a-z]` match one character of a class, a backslash takes away meaning. The whole
 * name has to match.
 * @throws EngineError `invalidArgument` for a pattern that is not well formed, whatever the name
 */
export function matchPath(pattern: string, name: string): boolean {
  return compilePathPattern(pattern)(name);
}

/** {@link matchPath} for many names. @throws EngineError `invalidArgument` */
export function compilePathPattern(pattern: string): (name: string) => boolean {
  const chunks = splitAtStars(parseTokens(pattern));
  return (name) => matchChunks(chunks, name);
}

/** One character of a pattern: itself, any but a slash, any number of those, or one of a class. */
export type PathToken =
  | { readonly type: "character"; readonly point: number }
  | { readonly type: "any" }
  | { readonly type: "star" }
  | { readonly type: "class"; readonly negated: boolean; /** First and last code point of each range. */ readonly ranges: readonly (readonly [number, number])[] };

/**
 * Reads a pattern of filepath.Match.
 * @throws EngineError `invalidArgument`
 */
export function parseTokens(pattern: string): readonly PathToken[] {
  const tokens: PathToken[] = [];
  const points = Array.from(pattern);
  for (let at = 0; at < points.length; at++) {
    const character = points[at]!;
    if (character === "*") tokens.push({ type: "star" });
    else if (character === "?") tokens.push({ type: "any" });
    else if (character === "[") {
      const { token, next } = parseClass(pattern, points, at);
      tokens.push(token);
      at = next - 1;
    } else {
      const literal = character === "\\" ? points[++at] : character;
      if (literal === undefined) throw badPattern(pattern, "nothing follows its last backslash");
      tokens.push({ type: "character", point: literal.codePointAt(0)! });
    }
  }
  return tokens;
}

function parseClass(pattern: string, points: readonly string[], start: number): { token: PathToken; next: number } {
  let at = start + 1;
  const negated = points[at] === "^";
  if (negated) at++;
  const ranges: [number, number][] = [];
  const bound = (): number => {
    if (points[at] === "\\") at++;
    else if (points[at] === "-" || points[at] === "]") throw badPattern(pattern, `a class begins or ends a range with ${points[at]}: write \\${points[at]}`);
    const point = points[at++]?.codePointAt(0);
    if (point === undefined) throw badPattern(pattern, "a [ has no ]");
    return point;
  };
  while (ranges.length === 0 || points[at] !== "]") {
    const first = bound();
    if (points[at] === "-") {
      at++;
      ranges.push([first, bound()]);
    } else ranges.push([first, first]);
  }
  return { token: { type: "class", negated, ranges }, next: at + 1 };
}

/** Whether a character fits a token that takes exactly one. */
export function fitsToken(token: Exclude<PathToken, { type: "star" }>, point: number): boolean {
  switch (token.type) {
    case "character": return point === token.point;
    case "any": return point !== SLASH;
    case "class": return token.ranges.some(([first, last]) => first <= point && point <= last) !== token.negated;
  }
}

export const SLASH = 47;

/** What stands between stars. */
interface Chunk {
  readonly afterStar: boolean;
  readonly tokens: readonly Exclude<PathToken, { type: "star" }>[];
}

function splitAtStars(tokens: readonly PathToken[]): readonly Chunk[] {
  const chunks: { afterStar: boolean; tokens: Exclude<PathToken, { type: "star" }>[] }[] = [{ afterStar: false, tokens: [] }];
  for (const token of tokens) {
    if (token.type !== "star") chunks.at(-1)!.tokens.push(token);
    else if (chunks.at(-1)!.tokens.length === 0) chunks.at(-1)!.afterStar = true;
    else chunks.push({ afterStar: true, tokens: [] });
  }
  return chunks;
}

/** Takes each chunk at the first place where it fits, as Go does: no way back over a star. */
function matchChunks(chunks: readonly Chunk[], name: string): boolean {
  let at = 0;
  for (const [index, chunk] of chunks.entries()) {
    const last = index === chunks.length - 1;
    if (last && chunk.afterStar && chunk.tokens.length === 0) return !name.includes("/", at);
    let end = matchChunk(chunk, name, at);
    while ((end < 0 || (last && end < name.length)) && chunk.afterStar && at < name.length && name.charCodeAt(at) !== SLASH) {
      at += name.codePointAt(at)! > 0xffff ? 2 : 1;
      end = matchChunk(chunk, name, at);
    }
    if (end < 0) return false;
    at = end;
  }
  return at === name.length;
}

function matchChunk(chunk: Chunk, name: string, start: number): number {
  let at = start;
  for (const token of chunk.tokens) {
    const point = name.codePointAt(at);
    if (point === undefined || !fitsToken(token, point)) return -1;
    at += point > 0xffff ? 2 : 1;
  }
  return at;
}

function badPattern(pattern: string, why: string): EngineError {
  return new EngineError("invalidArgument", `syntax error in pattern ${JSON.stringify(pattern.slice(0, 200))}: ${why}`);
}
