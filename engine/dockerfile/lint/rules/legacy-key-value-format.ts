import { perInstruction } from "../rule.ts";

export const legacyKeyValueFormat = perInstruction("LegacyKeyValueFormat", (instruction) => {
  if ((instruction.type !== "ENV" && instruction.type !== "LABEL") || !instruction.legacy) return undefined;
  const { keyword, argumentRange } = instruction.node;
  return { message: `"${keyword} key=value" should be used instead of legacy "${keyword} key value" format`, range: argumentRange };
});
