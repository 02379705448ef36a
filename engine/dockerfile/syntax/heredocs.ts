import { isSpace } from "./space.ts";
import type { PartCounter } from "./text.ts";

/** A word such as `<<EOF`. */
export interface HeredocWord {
  readonly delimiter: string;
  readonly expand: boolean;
  readonly stripTabs: boolean;
  readonly fileDescriptor: number;
}

const WORD = /^(\d*)<<(-?)([^<]*)$/;

/**
 * Reads one word as BuildKit reads heredocs: `<<EOF`, `<<-EOF`, `3<<EOF`, `<<'EOF'`. What stands after `<<` is the delimiter to its last character
 * (`<<EOF;` ends at a line `EOF;`). Quotes are taken away and mean that nothing is expanded; a backslash is taken away. `<<<` is none.
 */
export function parseHeredocWord(word: string): HeredocWord | undefined {
  const match = WORD.exec(word);
  if (match === null) return undefined;
  const [, descriptor, dash, rest] = match as unknown as [string, string, string, string];
  const plain = rest === "" ? undefined : unquote(rest);
  if (plain === undefined) return undefined;
  return { delimiter: plain.text, expand: !plain.quoted, stripTabs: dash === "-", fileDescriptor: Math.min(Number(descriptor), Number.MAX_SAFE_INTEGER) };
}

/** `rest` without quotes and escapes; undefined if it is not one word. */
function unquote(rest: string): { text: string; quoted: boolean } | undefined {
  let text = "";
  let quote: string | undefined;
  let quoted = false;
  for (let at = 0; at < rest.length; at++) {
    let character = rest[at]!;
    if (character === quote) {
      quote = undefined;
      continue;
    }
    if (quote === undefined) {
      if (isSpace(rest.charCodeAt(at))) return undefined;
      if (character === "'" || character === '"') {
        quote = character;
        quoted = true;
        continue;
      }
    }
    const escapes = character === "\\" && (quote === undefined || (quote === '"' && /^["$\\]$/.test(rest[at + 1] ?? "")));
    if (escapes) character = rest[++at] ?? "";
    text += character;
  }
  return quote === undefined ? { text, quoted } : undefined;
}

/** A heredoc word and where it stands in the line. */
export interface PlacedHeredoc extends HeredocWord {
  readonly start: number;
  readonly end: number;
}

/**
 * The heredocs that a line begins, in order. Words are split as BuildKit splits them here: quotes group, `\` escapes, `${...}` is split like plain text
 * unless quotes are around it. A line whose quotes or braces do not close has none.
 */
export function findHeredocs(line: string, count: PartCounter): PlacedHeredoc[] {
  let mark = line.indexOf("<<");
  if (mark < 0) return [];
  const found: PlacedHeredoc[] = [];
  const closed = splitWords(line, (start, end) => {
    if (mark >= 0 && mark < start) mark = line.indexOf("<<", start);
    const heredoc = mark < 0 || mark >= end ? undefined : parseHeredocWord(line.slice(start, end));
    if (heredoc === undefined) return;
    count(1);
    found.push({ ...heredoc, start, end });
  });
  return closed ? found : [];
}

const MODIFIERS = "+-?#%";

/** Calls `take` with begin and end of each word. @returns false if something stays open */
function splitWords(line: string, take: (start: number, end: number) => void): boolean {
  /** What would close what is open, innermost last: `"`, `}`, or the `/` between pattern and replacement. */
  const open: string[] = [];
  let wordStart = -1;
  for (let at = 0; at < line.length; ) {
    const character = line[at]!;
    const inner = open.at(-1);
    if (open[0] !== '"' && isSpace(line.charCodeAt(at))) {
      if (wordStart >= 0) take(wordStart, at);
      wordStart = -1;
      at++;
      continue;
    }
    if (wordStart < 0) wordStart = at;
    if (character === inner) {
      if (character === "/") open[open.length - 1] = "}";
      else open.pop();
      at++;
    } else if (character === "\\") at += inner !== '"' || /^["$\\]$/.test(line[at + 1] ?? "") ? 2 : 1;
    else if (character === "$") {
      const next = skipVariable(line, at + 1, open);
      if (next === undefined) return false;
      at = next;
    } else if (character === '"') {
      open.push(character);
      at++;
    } else if (character === "'" && inner !== '"') {
      const close = line.indexOf("'", at + 1);
      if (close < 0) return false;
      // Inside braces the text is split again, quotes or not.
      for (let inside = at + 1; open.length > 0 && open[0] !== '"' && inside < close; inside++) {
        if (!isSpace(line.charCodeAt(inside))) {
          if (wordStart < 0) wordStart = inside;
        } else if (wordStart >= 0) {
          take(wordStart, inside);
          wordStart = -1;
        }
      }
      if (wordStart < 0) wordStart = close;
      at = close + 1;
    } else at++;
  }
  if (open.length > 0) return false;
  if (wordStart >= 0) take(wordStart, line.length);
  return true;
}

/** Goes on after a `$`: past a name, or into the braces, whose end is then open. Undefined if what stands there cannot be expanded. */
function skipVariable(line: string, at: number, open: string[]): number | undefined {
  // A bare name is plain text for splitting.
  if (line[at] !== "{") return at;
  at = skipName(line, at + 1);
  const sign = line[at];
  if (line[at - 1] === "{" && (sign === "{" || sign === "}" || sign === ":")) return undefined;
  if (sign === "}") return at + 1;
  if (sign === "/") {
    open.push("/");
    return line[at + 1] === "/" ? at + 2 : at + 1;
  }
  if (sign === undefined || (sign !== ":" && !MODIFIERS.includes(sign))) return undefined;
  open.push("}");
  return sign === ":" ? at + 2 : at + 1;
}

const NAME = /[@*#?$!-]|\p{Nd}+|[\p{L}\p{Nd}_]+/uy;

function skipName(line: string, at: number): number {
  NAME.lastIndex = at;
  return NAME.test(line) ? NAME.lastIndex : at;
}

/** The content of a heredoc whose leading tabs are not part of it. */
export function stripLeadingTabs(content: string): string {
  return content.replaceAll(/(^|\n)\t+/g, "$1");
}
