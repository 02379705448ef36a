import { EngineError, toEngineError } from "../../base/errors.ts";
import type { Diagnostic, DockerfileTree, InstructionNode, Position } from "../../dockerfile/dockerfile.ts";
import { instructionContext } from "../../dockerfile/instructions/context.ts";
import { parseInstruction, parseInstructions } from "../../dockerfile/instructions/parse.ts";
import { lintDockerfile } from "../../dockerfile/lint/lint.ts";
import { parseDockerfile } from "../../dockerfile/syntax/parse.ts";
import { object, text } from "../shape.ts";
import type { Shaped } from "../shape.ts";

/** The body of `POST /slipway/dockerfile`. */
export const dockerfileBody = object({ text, file: text });

/** A node of the file: the texts of all nodes, one after the other, are the file. Offsets count UTF-16 code units from 0. */
export interface DescribedNode {
  readonly type: "blank" | "comment" | "directive" | "instruction";
  readonly start: number;
  readonly end: number;
  readonly line: number;
  /** Of an instruction, in capitals. */
  readonly name: string | null;
  /** What follows the keyword and its flags, continuations joined. */
  readonly argument: string | null;
  readonly flags: readonly string[];
}

export interface DockerfileDescription {
  readonly nodes: readonly DescribedNode[];
  readonly stages: readonly { readonly index: number; readonly name: string | null; readonly image: string; readonly line: number }[];
  /** What ARG asks for, in the order of the file, with the default as written. */
  readonly args: readonly { readonly name: string; readonly value: string | null }[];
  /** Errors of every instruction, then the findings of the build checks when there are none. */
  readonly diagnostics: readonly Diagnostic[];
}

/** Errors of a file that is wrong from end to end are cut off here. */
const MAX_ERRORS = 200;

/**
 * What an editor shows of a Dockerfile. Wrong input is no failure here: it comes as diagnostics.
 * @throws EngineError `invalidArgument` without a text
 */
export function describeDockerfile(body: Shaped<typeof dockerfileBody>): DockerfileDescription {
  if (body.text === undefined) throw new EngineError("invalidArgument", "the request has no text: give the Dockerfile as `text`");
  let tree: DockerfileTree;
  try {
    tree = parseDockerfile(body.text, body.file);
  } catch (error) {
    return { nodes: [], stages: [], args: [], diagnostics: [diagnosticOf(error, body.text)] };
  }
  const instructions = tree.nodes.filter((node) => node.type === "instruction");
  return { nodes: tree.nodes.map(describeNode), ...outline(tree, instructions), diagnostics: diagnose(tree, instructions, body.text) };
}

function describeNode(node: DockerfileTree["nodes"][number]): DescribedNode {
  const { start, end } = node.range;
  const words = node.type === "instruction" ? { name: node.name, argument: node.argument, flags: node.flags.map(({ name, value }) => (value === undefined ? `--${name}` : `--${name}=${value}`)) } : { name: null, argument: null, flags: [] };
  return { type: node.type, start: start.offset, end: end.offset, line: start.line, ...words };
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
