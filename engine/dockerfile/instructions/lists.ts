import type { InstructionNode } from "../dockerfile.ts";
import { argumentOrKeyword, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { ExposeInstruction, VolumeInstruction } from "./instructions.ts";
import { readJsonList } from "./json.ts";
import { splitWords } from "./words.ts";

/** `EXPOSE PORT[/PROTOCOL]...`. Ports are checked when they are expanded. */
export function parseExpose(node: InstructionNode, context: InstructionContext): ExposeInstruction {
  readFlags(node, {}, context);
  const ports = splitWords(node, context);
  if (ports.length === 0) throw context.error(argumentOrKeyword(node), "EXPOSE requires at least one argument");
  return { type: "EXPOSE", node, range: node.range, ports };
}

/** `VOLUME PATH...`, or the same as a JSON list. */
export function parseVolume(node: InstructionNode, context: InstructionContext): VolumeInstruction {
  readFlags(node, {}, context);
  const paths = (readJsonList(node, 0, context) ?? splitWords(node, context)).map((word) => ({ ...word, raw: word.raw.trim() }));
  if (paths.length === 0) throw context.error(argumentOrKeyword(node), "VOLUME requires at least one argument");
  const empty = paths.find((path) => path.raw === "");
  if (empty !== undefined) throw context.error(empty.range, "VOLUME specified can not be an empty string");
  return { type: "VOLUME", node, range: node.range, paths };
}
