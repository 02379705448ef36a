import { toEngineError } from "../../base/errors.ts";
import type { DescribedNode, Diagnostic, DockerfileDescription, DockerfileTree, InstructionNode, Position } from "../dockerfile.ts";
import { instructionContext } from "../instructions/context.ts";
import { disabledText, findDisabled } from "../instructions/disable.ts";
import { parseInstruction, parseInstructions } from "../instructions/parse.ts";
import { lintDockerfile } from "../lint/lint.ts";
import { parseDockerfile } from "../syntax/parse.ts";

/** Errors of a file that is wrong from end to end are cut off here. */
const MAX_ERRORS = 200;

/**
 * What an editor shows of a Dockerfile. Wrong input is no failure here: it comes as diagnostics.
 * @param file what messages call the file
 */
export function describeDockerfile(text: string, file?: string): DockerfileDescription {
  let tree: DockerfileTree;
  try {
    tree = parseDockerfile(text, file);
  } catch (error) {
    return { nodes: [], stages: [], args: [], diagnostics: [diagnosticOf(error, text)] };
  }
  const instructions = tree.nodes.filter((node) => node.type === "instruction");
  return { nodes: describeNodes(tree), ...outline(tree, instructions), diagnostics: diagnose(tree, instructions, text) };
}

function describeNodes(tree: DockerfileTree): DescribedNode[] {
  const disabled = new Map(findDisabled(tree).map((each) => [each.first, each]));
  const described: DescribedNode[] = [];
  for (let at = 0; at < tree.nodes.length; at++) {
    const node = tree.nodes[at]!;
    const off = disabled.get(at);
    const instruction = off?.instruction ?? (node.type === "instruction" ? node : undefined);
    const { start, end } = (off ?? node).range;
    described.push({
      type: off === undefined ? node.type : "disabled", start: start.offset, end: end.offset, line: start.line,
      name: instruction?.name ?? null,
      argument: instruction?.argument ?? null,
      flags: instruction?.flags.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`)) ?? [],
      toggled: off?.instruction.text ?? (node.type === "instruction" ? (disabledText(node) ?? null) : null),
    });
    if (off !== undefined) at = off.end - 1;
  }
  return described;
}

/** Stages and arguments, as far as their instructions are right. */
function outline(tree: DockerfileTree, instructions: readonly InstructionNode[]): Pick<DockerfileDescription, "stages" | "args"> {
  const context = instructionContext(tree);
  const stages: DockerfileDescription["stages"][number][] = [];
  const args = new Map<string, string | null>();
  for (const node of instructions) {
    if (node.name !== "FROM" && node.name !== "ARG") continue;
    try {
      const parsed = parseInstruction(node, context);
      if (parsed.type === "FROM") stages.push({ index: stages.length, name: parsed.stageName?.raw ?? null, image: parsed.image.raw, line: node.range.start.line });
      else if (parsed.type === "ARG") for (const { name, value } of parsed.assignments) args.set(name.raw, args.get(name.raw) ?? value?.raw ?? null);
    } catch {
      // Told by the diagnostics.
    }
  }
  return { stages, args: [...args].map(([name, value]) => ({ name, value })) };
}

function diagnose(tree: DockerfileTree, instructions: readonly InstructionNode[], source: string): Diagnostic[] {
  const context = instructionContext(tree);
  const errors: Diagnostic[] = [];
  for (const node of instructions) {
    if (errors.length >= MAX_ERRORS) break;
    try {
      parseInstruction(node, context);
    } catch (error) {
      errors.push(diagnosticOf(error, source));
    }
  }
  if (errors.length > 0) return errors;
  try {
    return lintDockerfile(tree, parseInstructions(tree));
  } catch (error) {
    return [diagnosticOf(error, source)];
  }
}

/** An error of the parser as the finding it is; its place is in the details. */
function diagnosticOf(thrown: unknown, source: string): Diagnostic {
  const { message, details } = toEngineError(thrown);
  const number = (name: string): number => (typeof details[name] === "number" ? details[name] : 1);
  const start = positionOf(source, number("line"), number("column"));
  const end = positionOf(source, number("endLine"), number("endColumn"));
  return { rule: "ParseError", severity: "error", message: message.replace(/^[^\n]*?:\d+:\d+: /, ""), range: { start, end: end.offset < start.offset ? start : end } };
}

function positionOf(source: string, line: number, column: number): Position {
  let from = source.startsWith("\ufeff") ? 1 : 0;
  for (let at = 1; at < line; at++) {
    const feed = source.indexOf("\n", from);
    if (feed < 0) break;
    from = feed + 1;
  }
  return { line, column, offset: Math.min(source.length, from + column - 1) };
}
