import type { InstructionNode } from "../dockerfile.ts";
import { wordOf, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { MaintainerInstruction, StopsignalInstruction, UserInstruction, WorkdirInstruction, Word } from "./instructions.ts";

/** Instructions whose argument is one text to the end of the line. */
export function parseUser(node: InstructionNode, context: InstructionContext): UserInstruction {
  return { type: "USER", node, range: node.range, user: readText(node, context) };
}

export function parseWorkdir(node: InstructionNode, context: InstructionContext): WorkdirInstruction {
  return { type: "WORKDIR", node, range: node.range, path: readText(node, context) };
}

/** Signals are checked when they are expanded. */
export function parseStopsignal(node: InstructionNode, context: InstructionContext): StopsignalInstruction {
  return { type: "STOPSIGNAL", node, range: node.range, signal: readText(node, context) };
}

export function parseMaintainer(node: InstructionNode, context: InstructionContext): MaintainerInstruction {
  return { type: "MAINTAINER", node, range: node.range, name: readText(node, context) };
}

function readText(node: InstructionNode, context: InstructionContext): Word {
  readFlags(node, {}, context);
  if (node.argument === "") throw context.error(node.keywordRange, `${node.name} requires exactly one argument`);
  return wordOf(node, 0, node.argument.length);
}
