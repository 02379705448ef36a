import type { InstructionNode } from "../dockerfile.ts";
import { excerpt } from "../syntax/error.ts";
import { isSeparator } from "../syntax/space.ts";
import { argumentOrKeyword, wordOf, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { ArgInstruction, Assignment, EnvInstruction, LabelInstruction } from "./instructions.ts";
import { splitQuotedWords } from "./words.ts";

export function parseEnv(node: InstructionNode, context: InstructionContext): EnvInstruction {
  return { type: "ENV", node, range: node.range, ...readAssignments(node, context) };
}

export function parseLabel(node: InstructionNode, context: InstructionContext): LabelInstruction {
  return { type: "LABEL", node, range: node.range, ...readAssignments(node, context) };
}

/** `ARG NAME[=DEFAULT]...`. */
export function parseArg(node: InstructionNode, context: InstructionContext): ArgInstruction {
  readFlags(node, {}, context);
  const words = splitQuotedWords(node.argument, context);
  if (words.length === 0) throw context.error(argumentOrKeyword(node), "ARG requires at least one argument");
  const assignments = words.map(([start, end]) => readAssignment(node, start, end, context) ?? { name: wordOf(node, start, end), value: undefined });
  return { type: "ARG", node, range: node.range, assignments };
}

/** `NAME=value...`, or the old form `NAME value to the end`, which is meant when the first word has no `=`. */
function readAssignments(node: InstructionNode, context: InstructionContext): { assignments: Assignment[]; legacy: boolean } {
  readFlags(node, {}, context);
  const words = splitQuotedWords(node.argument, context);
  const [first] = words;
  if (first === undefined) throw context.error(argumentOrKeyword(node), `${node.name} requires at least one argument`);
  if (!node.argument.slice(...first).includes("=")) return { assignments: [readLegacy(node, context)], legacy: true };
  const assignments = words.map(([start, end]) => {
    const assignment = readAssignment(node, start, end, context);
    if (assignment !== undefined) return assignment;
    const word = wordOf(node, start, end);
    throw context.error(word.range, `Syntax error - can't find = in "${excerpt(word.raw)}". Must be of the form: name=value`);
  });
  return { assignments, legacy: false };
}

function readAssignment(node: InstructionNode, start: number, end: number, context: InstructionContext): Assignment | undefined {
  const equals = node.argument.slice(start, end).indexOf("=");
  if (equals === 0) throw context.error(wordOf(node, start, end).range, `${node.name} names can not be blank`);
  return equals < 0 ? undefined : { name: wordOf(node, start, start + equals), value: wordOf(node, start + equals + 1, end) };
}

function readLegacy(node: InstructionNode, context: InstructionContext): Assignment {
  const { argument } = node;
  let nameEnd = 0;
  while (nameEnd < argument.length && !isSeparator(argument.charCodeAt(nameEnd))) nameEnd++;
  let valueStart = nameEnd;
  while (valueStart < argument.length && isSeparator(argument.charCodeAt(valueStart))) valueStart++;
  if (valueStart === argument.length) throw context.error(node.argumentRange, `${node.name} must have two arguments: write ${node.name} ${excerpt(argument)}=VALUE`);
  return { name: wordOf(node, 0, nameEnd), value: wordOf(node, valueStart, argument.length) };
}
