import type { InstructionNode } from "../dockerfile.ts";
import { excerpt } from "../syntax/error.ts";
import { parseHeredocWord } from "../syntax/heredocs.ts";
import { readCommandLine } from "./command-line.ts";
import { locateErrors, type InstructionContext } from "./context.ts";
import { readFlags } from "./flags.ts";
import type { CommandLine, RunInstruction, Word } from "./instructions.ts";
import { checkMountForm } from "./mount.ts";

const NETWORKS = ["default", "none", "host"];
const SECURITIES = ["sandbox", "insecure"];

/** `RUN [--mount=...]... [--network=...] [--security=...] COMMAND`. */
export function parseRun(node: InstructionNode, context: InstructionContext): RunInstruction {
  const flags = readFlags(node, { mount: "list", network: "text", security: "text" }, context);
  const mounts = flags.list("mount");
  for (const mount of mounts) locateErrors(mount.range, context.error, () => checkMountForm(mount.raw));
  const network = oneOf(flags.text("network"), NETWORKS, "network mode", context);
  const security = oneOf(flags.text("security"), SECURITIES, "security mode", context);
  const command = readCommandLine(node, 0, context);
  if (command.form === "exec" && command.args.length === 0) throw context.error(node.argumentRange, "RUN requires at least one argument: its list is empty");
  const { heredocs } = node;
  const script = heredocs.length > 0 && parseHeredocWord(node.argument) !== undefined ? heredocs[0] : undefined;
  return { type: "RUN", node, range: node.range, command: withHeredocs(node, command), mounts, network, security, heredocs, script };
}

/** A value that holds a variable is checked when it is expanded. */
function oneOf(word: Word | undefined, values: readonly string[], what: string, context: InstructionContext): Word | undefined {
  if (word === undefined || word.raw.includes("$") || values.includes(word.raw)) return word;
  throw context.error(word.range, `invalid ${what} "${excerpt(word.raw)}": it is ${values.join(" or ")}`);
}

function withHeredocs(node: InstructionNode, command: CommandLine): CommandLine {
  return command.form === "exec" || node.heredocs.length === 0 ? command : { form: "shell", text: command.text + heredocText(node) };
}

/** The bodies of a node's heredocs as a shell takes them after the line: each begins on a new line and ends with its delimiter. */
export function heredocText(node: InstructionNode): string {
  const from = node.range.start.offset;
  return node.heredocs.map((heredoc) => `\n${node.text.slice(heredoc.range.start.offset - from, heredoc.range.end.offset - from)}${heredoc.delimiter}`).join("");
}
