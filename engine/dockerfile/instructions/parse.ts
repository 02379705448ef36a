import type { DockerfileTree, InstructionNode, Range } from "../dockerfile.ts";
import { excerpt } from "../syntax/error.ts";
import { parseCmd, parseEntrypoint, parseShell } from "./command-line.ts";
import { instructionContext, type InstructionContext } from "./context.ts";
import { parseAdd, parseCopy } from "./copy.ts";
import { parseFrom } from "./from.ts";
import { parseHealthcheck } from "./healthcheck.ts";
import type { ArgInstruction, Instruction, ParsedDockerfile, ParsedStage } from "./instructions.ts";
import { parseExpose, parseVolume } from "./lists.ts";
import { parseOnbuild } from "./onbuild.ts";
import { parseRun } from "./run.ts";
import { parseMaintainer, parseStopsignal, parseUser, parseWorkdir } from "./single.ts";
import { didYouMean } from "./suggest.ts";
import { parseArg, parseEnv, parseLabel } from "./variables.ts";

/** Every instruction of the language. */
const PARSERS: { readonly [T in Instruction["type"]]: (node: InstructionNode, context: InstructionContext) => Extract<Instruction, { readonly type: T }> } = {
  ADD: parseAdd, ARG: parseArg, CMD: parseCmd, COPY: parseCopy, ENTRYPOINT: parseEntrypoint, ENV: parseEnv, EXPOSE: parseExpose, FROM: parseFrom,
  HEALTHCHECK: parseHealthcheck, LABEL: parseLabel, MAINTAINER: parseMaintainer, ONBUILD: parseOnbuild, RUN: parseRun, SHELL: parseShell,
  STOPSIGNAL: parseStopsignal, USER: parseUser, VOLUME: parseVolume, WORKDIR: parseWorkdir,
};

/** @param name in capitals */
export function isInstructionName(name: string): name is Instruction["type"] {
  return Object.hasOwn(PARSERS, name);
}

/** @throws EngineError `invalidArgument` with DockerfileErrorDetails */
export function parseInstruction(node: InstructionNode, context: InstructionContext): Instruction {
  if (isInstructionName(node.name)) return PARSERS[node.name](node, context);
  throw context.error(node.keywordRange, `unknown instruction: ${excerpt(node.keyword)}${didYouMean(node.keyword, Object.keys(PARSERS))}`);
}

/**
 * The typed instructions of a Dockerfile, in stages. Nothing is expanded: what depends on variables is checked when they are known.
 *
 * Stage names may occur twice, and may be `scratch` or `context`: as in Docker a check warns of that (lint/).
 *
 * @param file what messages call the file; the tree's own when not given
 * @throws EngineError `invalidArgument` with DockerfileErrorDetails, for the first error in the file
 */
export function parseInstructions(tree: DockerfileTree, file?: string): ParsedDockerfile {
  const context = instructionContext(tree, file);
  const globalArgs: ArgInstruction[] = [];
  const stages: (ParsedStage & { readonly instructions: Instruction[] })[] = [];
  let last: InstructionNode | undefined;
  for (const node of tree.nodes) {
    if (node.type !== "instruction") continue;
    last = node;
    const instruction = parseInstruction(node, context);
    const stage = stages.at(-1);
    if (instruction.type === "FROM") stages.push({ from: instruction, name: instruction.stageName?.raw.toLowerCase(), instructions: [] });
    else if (stage !== undefined) stage.instructions.push(instruction);
    else if (instruction.type === "ARG") globalArgs.push(instruction);
    else throw context.error(node.keywordRange, `no build stage in current context: FROM comes before ${node.name}, only ARG may stand before it`);
  }
  if (last === undefined) throw context.error(firstPlace(tree), "the Dockerfile has no instructions: it begins with FROM and the name of an image");
  if (stages.length === 0) throw context.error(last.keywordRange, "the Dockerfile has no stages to build: write FROM and the name of an image");
  return { globalArgs, stages };
}

function firstPlace(tree: DockerfileTree): Range {
  const start = tree.nodes[0]?.range.start ?? { line: 1, column: 1, offset: 0 };
  return { start, end: start };
}
