import { isSpace, skipSpace } from "./space.ts";
import type { PartCounter } from "./text.ts";

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
export function splitFlags(text: string, start: number, end: number, count: PartCounter): { readonly flags: readonly RawFlag[]; readonly argumentStart: number } {
  const flags: RawFlag[] = [];
  for (let at = start; ; ) {
    at = skipSpace(text, at, end);
    if (!text.startsWith("--", at) || at + 1 >= end) return { flags, argumentStart: at };
    const { flag, written } = readFlag(text, at, end);
    at = flag.end;
    if (written === "--") return { flags, argumentStart: skipSpace(text, at, end) };
    count(1);
    flags.push(flag);
  }
}

function readFlag(text: string, start: number, end: number): { flag: RawFlag; written: string } {
  const parts: string[] = [];
  let quote: string | undefined;
  let length = 0;
  let equals = -1;
  let valueStart = start;
  /** From here on the text is as written. */
  let plainFrom = start;
  let at = start;
  const cut = (to: number): void => {
    parts.push(text.slice(plainFrom, to));
    length += to - plainFrom;
  };
  for (; at < end; at++) {
    const character = text[at]!;
    if (quote === undefined && isSpace(text.charCodeAt(at))) break;
    if (character === quote || (quote === undefined && (character === "'" || character === '"'))) {
      cut(at);
      plainFrom = at + 1;
      quote = quote === undefined ? character : undefined;
      continue;
    }
    if (character === "\\") {
      cut(at);
      // What follows is plain; at the very end nothing does.
      plainFrom = Math.min(++at, end);
    }
    if (equals < 0 && text[at] === "=" && at < end) {
      equals = length + at - plainFrom;
      valueStart = at + 1;
    }
  }
  at = Math.min(at, end);
  cut(at);
  const written = parts.join("");
  const name = written.slice(2, equals < 0 ? undefined : equals);
  return { flag: { name, value: equals < 0 ? undefined : written.slice(equals + 1), start, end: at, valueStart }, written };
}
