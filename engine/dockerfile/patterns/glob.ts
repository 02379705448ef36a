import { EngineError } from "../../base/errors.ts";
import { SLASH, fitsToken, parseTokens, type PathToken } from "./path.ts";

/**
 * One pattern of an ignore file without its `!`: filepath.Match with `**`. With or without a slash after it, `**` stands for any number of directories,
 * none included: it ends where it began or after a slash. At the end of a pattern it stands for anything, and before a last plain name as well:
 * `**.go` is all that ends in `.go`.
 */
export interface Glob {
  /** Whether the whole path matches. */
  matches(path: string): boolean;
  /** Whether some path that begins with `directory` and a slash may match. */
  mayMatchBelow(directory: string): boolean;
}

/** No path of the kernel is longer. */
const MAX_LENGTH = 4096;

/**
 * @param pattern cleaned
 * @throws EngineError `invalidArgument`
 */
export function compileGlob(pattern: string): Glob {
  if (pattern.length > MAX_LENGTH) throw new EngineError("invalidArgument", `the pattern ${JSON.stringify(pattern.slice(0, 100))}... has ${pattern.length} characters: at most ${MAX_LENGTH} are allowed`);
  const tokens = globTokens(parseTokens(pattern), pattern);
  const ending = /^\*\*([^*?[\]\\/][^*?[\]\\]*)$/.exec(pattern)?.[1];
  if (ending !== undefined) return { matches: (path) => path.endsWith(ending), mayMatchBelow: () => true };
  const literal = literalOf(tokens);
  if (literal !== undefined) return { matches: (path) => path === literal, mayMatchBelow: (directory) => literal.startsWith(`${directory}/`) };
  // Most paths of a tree fail here, before a single character is walked.
  const prefix = literalOf(tokens.slice(0, tokens.findIndex((token) => token.type !== "character")))!;
  const suffix = literalOf(tokens.slice(tokens.findLastIndex((token) => token.type !== "character") + 1))!;
  const inside = longestLiteral(tokens);
  const walk = (path: string): boolean => run(tokens, path, true);
  const rest = tokens.length === prefix.length + 1 ? tokens.at(-1)!.type : undefined;
  return {
    matches: rest === "rest"
      ? (path) => path.startsWith(prefix)
      : (path) => path.startsWith(prefix) && path.endsWith(suffix) && path.includes(inside) && walk(path),
    mayMatchBelow: (directory) => run(tokens, `${directory}/`, false),
  };
}

type GlobToken =
  | PathToken
  /** Where `**` begins: it may be over at once. Followed by `directories`. */
  | { readonly type: "maybe" }
  /** Inside `**`: only a slash lets it end. */
  | { readonly type: "directories" }
  /** `**` at the end: anything. */
  | { readonly type: "rest" };

function globTokens(tokens: readonly PathToken[], pattern: string): readonly GlobToken[] {
  const result: GlobToken[] = [];
  for (let at = 0; at < tokens.length; at++) {
    const token = tokens[at]!;
    if (token.type === "class" && token.ranges.some(([first, last]) => last < first)) {
      throw new EngineError("invalidArgument", `syntax error in pattern ${JSON.stringify(pattern)}: a range ends before it begins`);
    }
    if (token.type !== "star" || tokens[at + 1]?.type !== "star") {
      result.push(token);
      continue;
    }
    at++;
    const next = tokens[at + 1];
    if (next?.type === "character" && next.point === SLASH) at++;
    if (result.at(-1)?.type === "directories") result.splice(-2);
    if (at === tokens.length - 1) result.push({ type: "rest" });
    else result.push({ type: "maybe" }, { type: "directories" });
  }
  return result;
}

/**
 * Follows all ways through the tokens at once: time is at most the product of both lengths.
 * @param whole whether the pattern has to be at its end; otherwise it is enough that it can go on
 */
function run(tokens: readonly GlobToken[], path: string, whole: boolean): boolean {
  let active: number[] = [];
  let next: number[] = [];
  // A state is listed once a step.
  const seen = new Uint32Array(tokens.length + 1);
  let step = 1;
  const enter = (states: number[], state: number): void => {
    if (seen[state] === step) return;
    seen[state] = step;
    states.push(state);
    const type = tokens[state]?.type;
    if (type === "star" || type === "rest" || type === "maybe") enter(states, state + 1);
    if (type === "maybe") enter(states, state + 2);
  };
  enter(active, 0);
  for (let at = 0; at < path.length; at++) {
    const point = path.codePointAt(at)!;
    if (point > 0xffff) at++;
    step++;
    for (const state of active) {
      const token = tokens[state];
      if (token === undefined || token.type === "maybe") continue;
      if (token.type === "rest") enter(next, state);
      else if (token.type === "star") {
        if (point !== SLASH) enter(next, state);
      } else if (token.type === "directories") {
        enter(next, state);
        if (point === SLASH) enter(next, state + 1);
      } else if (fitsToken(token, point)) enter(next, state + 1);
    }
    if (next.length === 0) return false;
    [active, next] = [next, active];
    next.length = 0;
  }
  return whole ? active.includes(tokens.length) : active.some((state) => state < tokens.length);
}

/** The text that tokens stand for when all are characters. */
function literalOf(tokens: readonly GlobToken[]): string | undefined {
  let text = "";
  for (const token of tokens) {
    if (token.type !== "character") return undefined;
    text += String.fromCodePoint(token.point);
  }
  return text;
}

function longestLiteral(tokens: readonly GlobToken[]): string {
  let longest = "";
  let current = "";
  for (const token of tokens) {
    current = token.type === "character" ? current + String.fromCodePoint(token.point) : "";
    if (current.length > longest.length) longest = current;
  }
  return longest;
}
