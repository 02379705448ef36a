import type { InstructionNode } from "../dockerfile.ts";
import { excerpt } from "../syntax/error.ts";
import { argumentOrKeyword, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { FromInstruction } from "./instructions.ts";
import { splitWords } from "./words.ts";

const STAGE_NAME = /^[a-z][a-z0-9-_.]*$/;

/** `FROM [--platform=PLATFORM] IMAGE [AS NAME]`. */
export function parseFrom(node: InstructionNode, context: InstructionContext): FromInstruction {
  const [image, as, stageName, ...more] = splitWords(node, context);
  const hasName = stageName !== undefined && more.length === 0 && as?.raw.toLowerCase() === "as";
  if (image === undefined || (as !== undefined && !hasName)) {
    throw context.error(argumentOrKeyword(node), "FROM requires either one or three arguments: FROM IMAGE, or FROM IMAGE AS NAME");
  }
  if (stageName !== undefined && !STAGE_NAME.test(stageName.raw.toLowerCase())) {
    throw context.error(stageName.range, `invalid name for build stage: "${excerpt(stageName.raw)}", name can't start with a number or contain symbols`);
  }
  const flags = readFlags(node, { platform: "text" }, context);
  const platform = flags.text("platform");
  return { type: "FROM", node, range: node.range, image, platform: platform?.raw === "" ? undefined : platform, stageName };
}
