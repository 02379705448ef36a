import type { InstructionNode } from "../dockerfile.ts";
import { rangeOf } from "../syntax/positions.ts";
import { argumentOrKeyword, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { OnbuildInstruction } from "./instructions.ts";
import { heredocText } from "./run.ts";

/** `ONBUILD INSTRUCTION`. */
export function parseOnbuild(node: InstructionNode, context: InstructionContext): OnbuildInstruction {
  readFlags(node, {}, context);
  const keyword = /^[^\t\v\f\r ]*/.exec(node.argument)![0];
  if (keyword === "") throw context.error(argumentOrKeyword(node), "ONBUILD requires at least one argument: the instruction that a later build runs");
  const range = rangeOf(node, 0, keyword.length);
  const name = keyword.toUpperCase();
  if (name === "ONBUILD") throw context.error(range, "Chaining ONBUILD via `ONBUILD ONBUILD` isn't allowed");
  if (name === "FROM" || name === "MAINTAINER") throw context.error(range, `${name} isn't allowed as an ONBUILD trigger`);
  return { type: "ONBUILD", node, range: node.range, trigger: node.argument + heredocText(node) };
}
