import type { InstructionNode } from "../dockerfile.ts";
import { argumentOrKeyword, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { CmdInstruction, CommandLine, EntrypointInstruction, ShellInstruction } from "./instructions.ts";
import { readJsonList } from "./json.ts";

/** The argument from `start` on as a command: a JSON list, or text for the shell, which may be empty. */
export function readCommandLine(node: InstructionNode, start: number, context: InstructionContext): CommandLine {
  const list = readJsonList(node, start, context);
  return list === undefined ? { form: "shell", text: node.argument.slice(start) } : { form: "exec", args: list.map((word) => word.raw) };
}

export function parseCmd(node: InstructionNode, context: InstructionContext): CmdInstruction {
  readFlags(node, {}, context);
  return { type: "CMD", node, range: node.range, command: readCommandLine(node, 0, context) };
}

export function parseEntrypoint(node: InstructionNode, context: InstructionContext): EntrypointInstruction {
  readFlags(node, {}, context);
  return { type: "ENTRYPOINT", node, range: node.range, command: readCommandLine(node, 0, context) };
}

export function parseShell(node: InstructionNode, context: InstructionContext): ShellInstruction {
  readFlags(node, {}, context);
  const list = readJsonList(node, 0, context);
  if (node.argument === "" || list?.length === 0) throw context.error(argumentOrKeyword(node), "SHELL requires at least one argument");
  if (list === undefined) throw context.error(node.argumentRange, 'SHELL requires the arguments to be in JSON form, such as ["/bin/sh", "-c"]');
  return { type: "SHELL", node, range: node.range, args: list.map((word) => word.raw) };
}
