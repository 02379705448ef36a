import type { InstructionNode } from "../dockerfile.ts";
import { isSeparator, isSpace, skipSpace } from "../syntax/space.ts";
import { wordOf, type InstructionContext } from "./context.ts";
import type { Word } from "./instructions.ts";

/** The argument split at white space, without looking at quotes: FROM, EXPOSE, VOLUME, COPY, ADD. */
export function splitWords(node: InstructionNode, context: InstructionContext): Word[] {
  const { argument } = node;
  const words: Word[] = [];
  for (let at = 0; at < argument.length; ) {
    let end = at;
    while (end < argument.length && !isSeparator(argument.charCodeAt(end))) end++;
    if (end > at) {
      context.count(1);
      words.push(wordOf(node, at, end));
    }
    at = end + 1;
  }
  return words;
}

/**
 * The argument split at white space outside of quotes, quotes and escapes kept: ENV, LABEL, ARG. An escape character at the very end is left out.
 * @returns where the words begin and end
 */
export function splitQuotedWords(text: string, { escape, count }: InstructionContext): (readonly [start: number, end: number])[] {
  const words: (readonly [number, number])[] = [];
  for (let at = skipSpace(text, 0, text.length); at < text.length; at = skipSpace(text, at, text.length)) {
    const start = at;
    let quote: string | undefined;
    for (; at < text.length && (quote !== undefined || !isSpace(text.charCodeAt(at))); at++) {
      const character = text[at]!;
      if (character === escape && quote !== "'") {
        if (at + 1 === text.length) break;
        at++;
      } else if (character === quote) quote = undefined;
      else if (quote === undefined && (character === "'" || character === '"')) quote = character;
    }
    if (at > start) {
      count(1);
      words.push([start, at]);
    }
    if (text[at] === escape) at++;
  }
  return words;
}
