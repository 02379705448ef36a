import { EngineError, messageOf } from "../base/errors.ts";
import type { LogSearch } from "./logs.ts";

/** Decides whether a line matches. */
export interface LineMatcher {
  /** @param text without escape sequences */
  readonly test: (text: string) => boolean;
  /** Whether a stretch of many lines holds a match at all; undefined where an expression could match across their ends. */
  readonly mayMatch: ((text: string) => boolean) | undefined;
}

type MatchOptions = Pick<LogSearch, "text" | "regex" | "matchCase" | "word">;

/** @throws EngineError `invalidArgument` for an empty text or a regular expression that is none */
export function createMatcher({ text, regex, matchCase, word }: MatchOptions): LineMatcher {
  if (text === "") throw new EngineError("invalidArgument", "the text to search for is empty");
  const source = regex ? text : text.replaceAll(/[\\^$.*+?()[\]{}|/]/g, "\\$&");
  let expression: RegExp;
  try {
    expression = new RegExp(word ? `(?<!\\w)(?:${source})(?!\\w)` : source, matchCase ? "" : "i");
  } catch (error) {
    throw new EngineError("invalidArgument", `${JSON.stringify(text)} is not a regular expression: ${messageOf(error)}`);
  }
  const test = (line: string): boolean => expression.test(line);
  if (regex) return { test, mayMatch: undefined };
  return matchCase && !word ? { test: (line) => line.includes(text), mayMatch: (block) => block.includes(text) } : { test, mayMatch: test };
}

// ECMA-48: CSI, OSC, and the two- and three-byte sequences.
// eslint-disable-next-line no-control-regex -- escape sequences begin with a control character
const ESCAPES = /\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[ -/]*[0-~])/g;

/** A line as a terminal shows it: without escape sequences, and without what a carriage return wrote over. */
export function shownText(line: string): string {
  let text = line.includes("\x1b") ? line.replace(ESCAPES, "") : line;
  if (text.includes("\r")) {
    if (text.endsWith("\r")) text = text.slice(0, -1);
    text = text.slice(text.lastIndexOf("\r") + 1);
  }
  return text;
}
