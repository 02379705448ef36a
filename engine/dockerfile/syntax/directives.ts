import type { DirectiveNode, Directives, Range } from "../dockerfile.ts";
import { excerpt } from "./error.ts";
import { parseGoBoolean } from "./go-values.ts";
import { positionIn, rangeOfLines, type Line } from "./lines.ts";

const NAMES = new Set(["syntax", "escape", "check"]);
const SHAPE = /^#[\t\f\r ]*([a-zA-Z][a-zA-Z0-9]*)[\t\f\r ]*=([\t\f\r ]*)/;

/** Reads parser directives, which stand at the top of the file. */
export interface DirectiveReader {
  /** Whether what follows may still be a directive. */
  readonly open: boolean;
  readonly directives: Directives;
  /**
   * Tries a line.
   * @param start its first character that is not white space
   * @returns undefined if the line is no directive, and then none follows
   */
  read(line: Line, start: number): DirectiveNode | undefined;
}

/** @param fail makes the error for a directive that is wrong */
export function readDirectives(text: string, fail: (range: Range, message: string) => Error): DirectiveReader {
  const seen = new Set<string>();
  let afterShebang = false;
  const state = { open: true, directives: { escape: "\\", syntax: undefined, skipChecks: [], experimentalChecks: [], checksAreErrors: false } as Directives };
  const apply = (name: string, value: string, range: Range): void => {
    if (name === "escape") {
      if (value !== "\\" && value !== "`") throw fail(range, `invalid escape character ${excerpt(JSON.stringify(value))}: it is \\ or \``);
      state.directives = { ...state.directives, escape: value };
    } else if (name === "syntax") state.directives = { ...state.directives, syntax: value.split(" ", 1)[0]! };
    else state.directives = { ...state.directives, ...parseCheckOptions(value, (message) => fail(range, message)) };
  };
  return {
    get open() {
      return state.open;
    },
    get directives() {
      return state.directives;
    },
    read(line, start) {
      const content = text.slice(start, line.contentEnd);
      // A first line `#!...` makes the file a script of its frontend: `syntax` and `check` may follow it.
      if (line.number === 1 && content.startsWith("#!")) {
        afterShebang = true;
        return undefined;
      }
      const match = SHAPE.exec(content);
      const name = match?.[1]?.toLowerCase() ?? "";
      const found = match === null || !NAMES.has(name) ? undefined : valueOf(content, match);
      if (found === undefined) {
        state.open = false;
        return undefined;
      }
      const range = rangeOfLines(text, line, line);
      if (seen.has(name)) throw fail({ start: positionIn(text, line, start), end: positionIn(text, line, line.contentEnd) }, `only one ${name} directive can be used`);
      seen.add(name);
      if (afterShebang && name === "escape") return undefined;
      const valueRange = { start: positionIn(text, line, start + found.at), end: positionIn(text, line, start + found.at + found.value.length) };
      apply(name, found.value, valueRange);
      return { type: "directive", text: text.slice(line.start, line.end), range, name, value: found.value, valueRange };
    },
  };
}

/** The value without the spaces around it. One that is nothing but spaces is the last of them, as in BuildKit; an empty one is no directive. */
function valueOf(content: string, match: RegExpExecArray): { value: string; at: number } | undefined {
  let end = content.length;
  while (end > match[0].length && /[\t\f\r ]/.test(content[end - 1]!)) end--;
  if (end > match[0].length) return { value: content.slice(match[0].length, end), at: match[0].length };
  return match[2] === "" ? undefined : { value: content.slice(-1), at: content.length - 1 };
}

/** The options of the `check` directive and of the build argument BUILDKIT_DOCKERFILE_CHECK. */
export type CheckOptions = Pick<Directives, "skipChecks" | "experimentalChecks" | "checksAreErrors">;

/**
 * Reads `skip=A,B;experimental=C;error=true`.
 * @param fail makes the error
 */
export function parseCheckOptions(text: string, fail: (message: string) => Error): CheckOptions {
  const options = { skipChecks: [] as string[], experimentalChecks: [] as string[], checksAreErrors: false };
  if (text.trim() === "") return options;
  for (const part of text.split(";")) {
    const equals = part.indexOf("=");
    const key = part.slice(0, Math.max(0, equals)).trim();
    const value = part.slice(equals + 1).trim();
    if (key === "skip") options.skipChecks = splitList(value);
    else if (key === "experimental") options.experimentalChecks = splitList(value);
    else if (key === "error") {
      const isError = parseGoBoolean(value);
      if (isError === undefined) throw fail(`invalid check option ${excerpt(JSON.stringify(part.trim()))}: error is true or false`);
      options.checksAreErrors = isError;
    } else throw fail(`invalid check option ${excerpt(JSON.stringify(part.trim()))}: options are skip=RULE,..., experimental=RULE,... and error=true, with ; between them`);
  }
  return options;
}

function splitList(text: string): string[] {
  return text.split(",").map((rule) => rule.trim()).filter((rule) => rule !== "");
}
