/** The steps of a classic build, as far as the Dockerfile tells them before the engine does. Pure. */
import { describeDockerfile } from "../../../engine/dockerfile/describe/describe.ts";
import type { BuildStepInfo } from "../../ipc/contract/builds.ts";

const TYPES: Readonly<Record<string, BuildStepInfo["type"]>> = { FROM: "from", RUN: "run", COPY: "copy", ADD: "copy", WORKDIR: "directory" };

/** What an instruction is to a build. @param name in capitals */
export function stepType(name: string): BuildStepInfo["type"] {
  return TYPES[name] ?? "config";
}

/**
 * Every instruction up to the end of the target's stage, in the order of the file: the classic builder leaves no stage before it out. Labels of the request
 * are instructions at the end of it, one for each name in alphabetical order.
 */
export function planClassic(text: string, target: string | undefined, labels: Readonly<Record<string, string>> = {}): BuildStepInfo[] {
  const { nodes, stages } = describeDockerfile(text);
  const last = target === undefined ? stages.length - 1 : stages.findIndex(({ name, index }) => name?.toLowerCase() === target.toLowerCase() || String(index) === target);
  const steps: BuildStepInfo[] = [];
  let stage = -1;
  for (const node of nodes) {
    if (node.type !== "instruction" || node.name === null) continue;
    if (node.name === "FROM") stage++;
    if (last >= 0 && stage > last) break;
    const start = { line: node.line, column: 1, offset: node.start };
    steps.push({
      number: steps.length + 1, fromTrigger: false, stage: Math.max(0, stage), stageName: stages[Math.max(0, stage)]?.name ?? String(Math.max(0, stage)),
      text: [node.name, ...node.flags, node.argument].filter(Boolean).join(" "), range: { start, end: start }, type: stepType(node.name),
    });
  }
  const end = steps.at(-1);
  if (end === undefined) return [];
  for (const name of Object.keys(labels).toSorted()) steps.push({ ...end, number: steps.length + 1, text: `LABEL ${name}=${labels[name] ?? ""}`, type: "config" });
  return steps;
}
