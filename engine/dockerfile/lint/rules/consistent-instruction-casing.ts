import { stageInstructions, type Rule } from "../rule.ts";

/** The majority of instructions that are all in one case decides; as many of each is upper case. */
export const consistentInstructionCasing: Rule = {
  name: "ConsistentInstructionCasing",
  check({ parsed }) {
    const nodes = stageInstructions(parsed).map((instruction) => instruction.node);
    const lower = nodes.filter(({ keyword }) => keyword === keyword.toLowerCase()).length;
    const upper = nodes.filter(({ keyword }) => keyword === keyword.toUpperCase()).length;
    const [casing, wanted] = lower > upper ? ["lowercase", (text: string) => text.toLowerCase()] as const : ["uppercase", (text: string) => text.toUpperCase()] as const;
    return nodes.filter(({ keyword }) => keyword !== wanted(keyword)).map(({ keyword, keywordRange }) => ({
      message: `Command '${keyword}' should match the case of the command majority (${casing})`, range: keywordRange,
    }));
  },
};
