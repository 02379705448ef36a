import type { InstructionNode } from "../dockerfile.ts";
import { rangeOf } from "../syntax/positions.ts";
import { skipSpace } from "../syntax/space.ts";
import type { InstructionContext } from "./context.ts";
import type { Word } from "./instructions.ts";

/**
 * The exec form: a JSON list of strings from `start` of the argument to its end. Text that is no JSON list is undefined, and then the shell form.
 * @throws EngineError `invalidArgument` for a list that holds anything but strings
 */
export function readJsonList(node: InstructionNode, start: number, context: InstructionContext): Word[] | undefined {
  const { argument } = node;
  const open = skipSpace(argument, start, argument.length);
  if (argument[open] !== "[") return undefined;
  let list: unknown;
  try {
    list = JSON.parse(argument.slice(open));
  } catch {
    return undefined;
  }
  if (!Array.isArray(list)) return undefined;
  if (!list.every((item) => typeof item === "string")) {
    throw context.error(rangeOf(node, open, argument.length), "when using JSON array syntax, arrays must be comprised of strings only: put every item in double quotes");
  }
  context.count(list.length);
  const words: Word[] = [];
  let at = open;
  for (const raw of list) {
    const from = argument.indexOf('"', at) + 1;
    const to = closingQuote(argument, from);
    words.push({ raw, range: rangeOf(node, from, to) });
    at = to + 1;
  }
  return words;
}

function closingQuote(text: string, at: number): number {
  for (; text[at] !== '"'; at++) if (text[at] === "\\") at++;
  return at;
}
