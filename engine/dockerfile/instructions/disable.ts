import { EngineError } from "../../base/errors.ts";
import type { CommentNode, DockerfileTree, InstructionNode, Range, SyntaxNode } from "../dockerfile.ts";
import { replaceNode } from "../syntax/edit.ts";
import { readLines } from "../syntax/lines.ts";
import { parseDockerfile, printDockerfile } from "../syntax/parse.ts";
import { isInstructionName } from "./parse.ts";

/**
 * Instructions that are switched off and stay in the file, as comments. Each of its lines gets `#~ ` in front, an empty one `#~`:
 *
 *     #~ RUN apk add git \
 *     #~     curl
 *
 * That is a comment for every builder, and what stands behind the marks is the instruction, byte for byte. Only lines with the mark that hold a whole
 * instruction of the language are one; any other comment is a comment.
 */
const MARK = "#~";
const MARKED = /^#~(?: ([^]*))?$/;

/** A byte-order mark belongs to the file: it stays first whatever becomes of the first line. */
function byteOrderMark({ text, range }: SyntaxNode): string {
  return range.start.offset === 0 && text.startsWith("\ufeff") ? "\ufeff" : "";
}

export interface DisabledInstruction {
  /** The comments that it is, in the tree's nodes: from `first` up to, not including, `end`. */
  readonly first: number;
  readonly end: number;
  readonly range: Range;
  /** What it is when enabled; its places count in the text without marks. */
  readonly instruction: InstructionNode;
}

/** An instruction as comments. @returns undefined for what is no instruction of the language: nothing would know it again */
export function disabledText(node: InstructionNode): string | undefined {
  if (!isInstructionName(node.name)) return undefined;
  const head = byteOrderMark(node);
  const reader = readLines(node.text.slice(head.length));
  let text = head;
  for (let line = reader.next(); line !== undefined; line = reader.next()) {
    text += MARK + (line.contentEnd > line.start ? " " : "") + reader.text.slice(line.start, line.end);
  }
  return text;
}

/** The disabled instructions of a file, in its order. Takes time linear in its length. */
export function findDisabled(tree: DockerfileTree): readonly DisabledInstruction[] {
  const found: DisabledInstruction[] = [];
  for (let at = 0; at < tree.nodes.length; at++) {
    const lines: string[] = [];
    for (let node = tree.nodes[at]; node?.type === "comment"; node = tree.nodes[at + lines.length]) {
      const line = withoutMark(node);
      if (line === undefined) break;
      lines.push(line);
    }
    if (lines.length === 0) continue;
    found.push(...readRun(tree, at, lines));
    at += lines.length - 1;
  }
  return found;
}

/** A comment without its mark; undefined for one that has none. */
function withoutMark(node: CommentNode): string | undefined {
  const text = node.text.slice(byteOrderMark(node).length);
  const content = /[\r\n]*$/.exec(text)?.index ?? text.length;
  const match = MARKED.exec(text.slice(0, content));
  return match === null ? undefined : (match[1] ?? "") + text.slice(content);
}

/** The instructions in marked lines that follow each other; none where the lines do not parse. */
function readRun(tree: DockerfileTree, first: number, lines: readonly string[]): DisabledInstruction[] {
  // Lines that do not follow a directive are read with the same escape character as the file.
  const head = `# escape=${tree.directives.escape}\n`;
  let nodes;
  try {
    nodes = parseDockerfile(head + lines.join("")).nodes.slice(1);
  } catch {
    return [];
  }
  const found: DisabledInstruction[] = [];
  let at = first;
  for (const node of nodes) {
    const end = at + countLines(node.text);
    if (node.type === "instruction" && isInstructionName(node.name)) {
      const range = { start: tree.nodes[at]!.range.start, end: tree.nodes[end - 1]!.range.end };
      found.push({ first: at, end, range, instruction: { ...node, text: byteOrderMark(tree.nodes[at]!) + node.text } });
    }
    at = end;
  }
  return found;
}

function countLines(text: string): number {
  let count = text.endsWith("\n") ? 0 : 1;
  for (let at = text.indexOf("\n"); at >= 0; at = text.indexOf("\n", at + 1)) count++;
  return count;
}

/**
 * Comments an instruction out.
 * @param index of the instruction in the tree's nodes
 * @throws EngineError `invalidArgument` if it is no instruction of the language
 */
export function disableInstruction(tree: DockerfileTree, index: number): DockerfileTree {
  const node = tree.nodes[index];
  const text = node?.type === "instruction" ? disabledText(node) : undefined;
  if (text === undefined) throw new EngineError("invalidArgument", `node ${String(index)} is no instruction that can be disabled`);
  return replaceNode(tree, index, text);
}

/**
 * The way back from {@link disableInstruction}, byte for byte.
 * @throws EngineError `invalidArgument` if it would take in what follows: an open continuation at the end of a file that has grown since
 */
export function enableInstruction(tree: DockerfileTree, { range, instruction }: DisabledInstruction): DockerfileTree {
  const whole = printDockerfile(tree);
  const result = parseDockerfile(whole.slice(0, range.start.offset) + instruction.text + whole.slice(range.end.offset), tree.file);
  const end = range.start.offset + instruction.text.length;
  if (range.end.offset < whole.length && !result.nodes.some((node) => node.range.start.offset === end)) {
    throw new EngineError("invalidArgument", "the instruction does not stand by itself: it ends inside a continuation, and would take in the lines that follow");
  }
  return result;
}
