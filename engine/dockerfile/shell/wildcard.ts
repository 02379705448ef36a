import { EngineError } from "../../base/errors.ts";
import { checkLength, spend, type ExpansionLimits } from "./limits.ts";

const LINE_FEED = 10;
/** Tokens that are no code point. */
const ANY = -1;
const STAR = -2;

/**
 * A pattern of `${name#pattern}`, `${name%pattern}` or `${name/pattern/text}`: `*` and `?` and, after a backslash, the characters
 * themselves. As in BuildKit there are no brackets, and `*` and `?` stop at a line feed.
 */
export interface Wildcard {
  /** Code points, {@link ANY} or {@link STAR}. */
  readonly tokens: readonly number[];
  /** The text it stands for when it has neither `*` nor `?`. */
  readonly literal: string | undefined;
}

/** @throws EngineError `invalidArgument` for a backslash before any other character */
export function parseWildcard(pattern: string): Wildcard {
  const tokens: number[] = [];
  let literal: string | undefined = "";
  for (let at = 0; at < pattern.length;) {
    let character = String.fromCodePoint(pattern.codePointAt(at)!);
    at += character.length;
    if (character === "*" || character === "?") {
      const token = character === "*" ? STAR : ANY;
      if (token === ANY || tokens.at(-1) !== STAR) tokens.push(token);
      literal = undefined;
      continue;
    }
    if (character === "\\") {
      character = pattern.charAt(at++);
      // The backslash before `}` and `/` is there for the substitution's own syntax.
      if (character === "" || !"*?\\}/".includes(character)) {
        throw new EngineError("invalidArgument", `in the pattern ${JSON.stringify(pattern.slice(0, 200))} a backslash stands before ${character === "" ? "nothing" : character}: only * ? \\ } and / can be escaped`);
      }
    }
    tokens.push(character.codePointAt(0)!);
    if (literal !== undefined) literal += character;
  }
  return { tokens, literal };
}

/** `value` without the shortest or longest beginning that the pattern matches. */
export function trimPrefix(value: string, pattern: Wildcard, longest: boolean, limits: ExpansionLimits): string {
  if (pattern.literal !== undefined) return value.startsWith(pattern.literal) ? value.slice(pattern.literal.length) : value;
  const points = codePoints(value, limits);
  const end = matchEnd(points, 0, pattern.tokens, longest, limits);
  return end < 0 ? value : fromCodePoints(points, end, points.length);
}

/** `value` without the shortest or longest end that the pattern matches. */
export function trimSuffix(value: string, pattern: Wildcard, longest: boolean, limits: ExpansionLimits): string {
  if (pattern.literal !== undefined) return value.endsWith(pattern.literal) ? value.slice(0, value.length - pattern.literal.length) : value;
  const points = codePoints(value, limits);
  const taken = matchEnd(points.toReversed(), 0, pattern.tokens.toReversed(), longest, limits);
  return taken < 0 ? value : fromCodePoints(points, 0, points.length - taken);
}

/** `value` with the first or every longest match replaced, from left to right. An empty match right after a match does not count. */
export function replaceMatches(value: string, pattern: Wildcard, replacement: string, all: boolean, limits: ExpansionLimits): string {
  if (pattern.literal !== undefined && (pattern.literal !== "" || !all)) return replaceLiteral(value, pattern.literal, replacement, all, limits);
  const points = codePoints(value, limits);
  const starts = matchStarts(points, pattern.tokens, limits);
  let result = "";
  let copied = 0;
  for (let from = 0; from <= points.length;) {
    const start = starts.indexOf(1, from);
    if (start < 0) break;
    const end = matchEnd(points, start, pattern.tokens, true, limits);
    result += fromCodePoints(points, copied, start);
    if (end > copied || start === 0) result += replacement;
    checkLength(limits, result.length);
    copied = end;
    if (!all) break;
    from = Math.max(from + 1, end);
  }
  return result + fromCodePoints(points, copied, points.length);
}

function replaceLiteral(value: string, literal: string, replacement: string, all: boolean, limits: ExpansionLimits): string {
  if (!all) {
    const at = value.indexOf(literal);
    return at < 0 ? value : value.slice(0, at) + replacement + value.slice(at + literal.length);
  }
  spend(limits, value.length);
  const parts = value.split(literal);
  checkLength(limits, value.length + (parts.length - 1) * (replacement.length - literal.length));
  return parts.join(replacement);
}

/**
 * Where a match that begins at `start` ends, or -1. All ways through the pattern are followed at once, so that the time is at most the product of
 * both lengths, whatever the pattern.
 */
function matchEnd(points: readonly number[], start: number, tokens: readonly number[], longest: boolean, limits: ExpansionLimits): number {
  const final = tokens.length;
  let active = new Uint8Array(final + 1);
  let next = new Uint8Array(final + 1);
  enter(active, 0, tokens);
  let end = active[final] === 1 ? start : -1;
  for (let at = start; at < points.length && (longest || end < 0); at++) {
    spend(limits, final + 1);
    const point = points[at]!;
    let alive = false;
    next.fill(0);
    for (let state = 0; state < final; state++) {
      if (active[state] === 0) continue;
      const token = tokens[state]!;
      if (token === point || (token < 0 && point !== LINE_FEED)) {
        enter(next, token === STAR ? state : state + 1, tokens);
        alive = true;
      }
    }
    if (!alive) break;
    [active, next] = [next, active];
    if (active[final] === 1) end = at + 1;
  }
  return end;
}

/** Makes a state active, and those that a star reaches without a character. */
function enter(states: Uint8Array, state: number, tokens: readonly number[]): void {
  states[state] = 1;
  if (tokens[state] === STAR) states[state + 1] = 1;
}

/** 1 at every place where a match can begin: computed from the end backwards. */
function matchStarts(points: readonly number[], tokens: readonly number[], limits: ExpansionLimits): Uint8Array {
  const final = tokens.length;
  const starts = new Uint8Array(points.length + 1);
  let after = new Uint8Array(final + 1);
  let here = new Uint8Array(final + 1);
  for (let at = points.length; at >= 0; at--) {
    spend(limits, final + 1);
    const point = points[at];
    here[final] = 1;
    for (let state = final - 1; state >= 0; state--) {
      const token = tokens[state]!;
      const fits = point !== undefined && (token === point || (token < 0 && point !== LINE_FEED));
      here[state] = token === STAR ? here[state + 1]! | (fits ? after[state]! : 0) : fits ? after[state + 1]! : 0;
    }
    starts[at] = here[0]!;
    [after, here] = [here, after];
  }
  return starts;
}

function codePoints(text: string, limits: ExpansionLimits): number[] {
  spend(limits, 8 * text.length);
  return Array.from(text, (character) => character.codePointAt(0)!);
}

function fromCodePoints(points: readonly number[], start: number, end: number): string {
  let text = "";
  // In pieces: a call takes only so many arguments.
  for (let at = start; at < end; at += 4096) text += String.fromCodePoint(...points.slice(at, Math.min(end, at + 4096)));
  return text;
}
