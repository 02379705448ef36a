import type { Rule } from "../rule.ts";

export const noEmptyContinuation: Rule = {
  name: "NoEmptyContinuation",
  check: ({ tree }) => tree.nodes.flatMap((node) => {
    const range = node.type === "instruction" ? node.emptyContinuations[0] : undefined;
    return range === undefined ? [] : [{ message: "Empty continuation line", range, help: "Remove the empty line, or make it a comment: empty lines inside an instruction will become errors." }];
  }),
};
