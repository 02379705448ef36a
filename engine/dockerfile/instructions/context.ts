import { isEngineError, type EngineError } from "../../base/errors.ts";
import type { DockerfileTree, InstructionNode, Range } from "../dockerfile.ts";
import { dockerfileError } from "../syntax/error.ts";
import { rangeOf } from "../syntax/positions.ts";
import { countParts, type PartCounter } from "../syntax/text.ts";
import type { Word } from "./instructions.ts";

/** What parsers of instructions know of the file. */
export interface InstructionContext {
  readonly escape: "\\" | "`";
  /** Called with the number of words before they are made. */
  readonly count: PartCounter;
  /** An error `invalidArgument` about a place in the file. */
  error(range: Range, message: string): EngineError;
}

export function instructionContext(tree: DockerfileTree, file?: string): InstructionContext {
  return { escape: tree.directives.escape, count: countParts(), error: (range, message) => dockerfileError(tree, range, message, { file }) };
}

/** The part of a node's argument from `start` up to `end`. */
export function wordOf(node: InstructionNode, start: number, end: number): Word {
  return { raw: node.argument.slice(start, end), range: rangeOf(node, start, end) };
}

/** Where a message about an instruction's argument points: at the keyword if there is none. */
export function argumentOrKeyword(node: InstructionNode): Range {
  return node.argument === "" ? node.keywordRange : node.argumentRange;
}

/**
 * Runs `work`; errors of user input that name no place in a file yet get this one.
 * @throws EngineError with DockerfileErrorDetails
 */
export function locateErrors<T>(range: Range, error: InstructionContext["error"], work: () => T): T {
  try {
    return work();
  } catch (thrown) {
    if (!isEngineError(thrown, "invalidArgument") || "frame" in thrown.details) throw thrown;
    throw error(range, thrown.message);
  }
}
