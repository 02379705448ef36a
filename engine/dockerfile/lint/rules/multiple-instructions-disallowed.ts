import type { Instruction } from "../../instructions/instructions.ts";
import { perStage, type Finding } from "../rule.ts";

const ONCE = new Set<Instruction["type"]>(["CMD", "ENTRYPOINT", "HEALTHCHECK"]);

/** Points at the ones that have no effect: all but the last. */
export const multipleInstructionsDisallowed = perStage("MultipleInstructionsDisallowed", ({ instructions }) => {
  const last = new Map<Instruction["type"], Instruction>();
  const findings: Finding[] = [];
  for (const instruction of instructions) {
    if (!ONCE.has(instruction.type)) continue;
    const before = last.get(instruction.type);
    last.set(instruction.type, instruction);
    if (before === undefined) continue;
    findings.push({ message: `Multiple ${instruction.node.keyword} instructions should not be used in the same stage because only the last one will be used`, range: before.node.keywordRange });
  }
  return findings;
});
