import type { InstructionNode } from "../dockerfile.ts";
import { dockerfileError, excerpt } from "../syntax/error.ts";
import { parseDockerfile } from "../syntax/parse.ts";
import { instructionContext } from "./context.ts";
import type { Instruction } from "./instructions.ts";
import { parseInstruction } from "./parse.ts";
import { didYouMean } from "./suggest.ts";

/** What `docker commit --change` may change. */
export const CHANGES = ["CMD", "ENTRYPOINT", "ENV", "EXPOSE", "HEALTHCHECK", "LABEL", "ONBUILD", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR"] as const;

export type ChangeInstruction = Extract<Instruction, { readonly type: (typeof CHANGES)[number] }>;

/**
 * Reads the instruction of one `docker commit --change` or `docker import --change`.
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails
 */
export function parseChange(line: string): ChangeInstruction {
  const instruction = parseOne(line, "change", (node, error) => {
    if (CHANGES.some((name) => name === node.name)) return;
    throw error(`${excerpt(node.keyword)} is not a valid change command${didYouMean(node.keyword, CHANGES)}: they are ${CHANGES.join(", ")}`);
  });
  return instruction as ChangeInstruction;
}

/**
 * Reads the instruction of an ONBUILD trigger, with the text of its heredocs after its line. As in Docker the escape character is `\`.
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails that count in `trigger`
 */
export function parseTrigger(trigger: string): Exclude<Instruction, { readonly type: "FROM" | "ONBUILD" | "MAINTAINER" }> {
  const instruction = parseOne(trigger, "ONBUILD", (node, error) => {
    if (node.name === "FROM" || node.name === "ONBUILD" || node.name === "MAINTAINER") throw error(`${node.name} isn't allowed as an ONBUILD trigger`);
  });
  return instruction as Exclude<Instruction, { readonly type: "FROM" | "ONBUILD" | "MAINTAINER" }>;
}

function parseOne(text: string, file: string, check: (node: InstructionNode, error: (message: string) => Error) => void): Instruction {
  const tree = parseDockerfile(text, file);
  const nodes = tree.nodes.filter((node) => node.type === "instruction");
  const [node] = nodes;
  if (node === undefined || nodes.length > 1) {
    const start = nodes[1]?.range.start ?? { line: 1, column: 1, offset: 0 };
    throw dockerfileError(tree, { start, end: nodes[1]?.keywordRange.end ?? start }, `expected one instruction, not ${String(nodes.length)}`);
  }
  const context = instructionContext(tree);
  check(node, (message) => context.error(node.keywordRange, message));
  return parseInstruction(node, context);
}
