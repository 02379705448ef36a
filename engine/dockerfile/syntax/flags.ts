import { isSpace, skipSpace } from "./space.ts";

/** A flag before its place in the file is known: offsets count in the logical line. */
export interface RawFlag {
  readonly name: string;
  readonly value: string | undefined;
  readonly start: number;
  readonly end: number;
  /** After `=`, or `start` without one. */
  readonly valueStart: number;
}

/**
 * Splits the flags off, which stand between keyword and argument: words that begin with `--`. Quotes and backslashes are taken away. The backslash
 * escapes here whatever the file's escape character is, as in BuildKit. The word `--` ends the flags.
 *
 * @returns the flags, and where the argument begins
 */
export function splitFlags(text: string, start: number, end: number): { readonly flags: readonly RawFlag[]; readonly argumentStart: number } {
  const flags: RawFlag[] = [];
  for (let at = start; ; ) {
    at = skipSpace(text, at, end);
    if (!text.startsWith("--", at) || at + 1 >= end) return { flags, argumentStart: at };
    const { flag, written } = readFlag(text, at, end);
    at = flag.end;
    if (written === "--") return { flags, argumentStart: skipSpace(text, at, end) };
    flags.push(flag);
  }
}

function readFlag(text: string, start: number, end: number): { flag: RawFlag; written: string } {
  let quote: string | undefined;
  let written = "";
  let equals = -1;
  let valueStart = start;
  let at = start;
  for (; at < end; at++) {
    let character = text[at]!;
    if (quote === undefined && isSpace(text.charCodeAt(at))) break;
    if (character === quote) {
      quote = undefined;
      continue;
    }
    if (quote === undefined && (character === "'" || character === '"')) {
      quote = character;
      continue;
    }
    if (character === "\\") {
      at++;
      // A backslash at the very end is nothing.
      if (at === end) break;
      character = text[at]!;
    }
    if (character === "=" && equals < 0) {
      equals = written.length;
      valueStart = at + 1;
    }
    written += character;
  }
  const name = written.slice(2, equals < 0 ? undefined : equals);
  return { flag: { name, value: equals < 0 ? undefined : written.slice(equals + 1), start, end: at, valueStart }, written };
}
