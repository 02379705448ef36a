import type { CommentNode, InstructionNode } from "../../dockerfile.ts";
import { excerpt } from "../../syntax/error.ts";
import { everyInstruction, type Rule } from "../rule.ts";

/** A comment right above a FROM or ARG describes it, and begins with its name. */
export const invalidDefinitionDescription: Rule = {
  name: "InvalidDefinitionDescription",
  experimental: true,
  check({ tree, parsed }) {
    const above = new Map<InstructionNode, CommentNode>();
    for (const [index, node] of tree.nodes.entries()) {
      const before = tree.nodes[index - 1];
      if (node.type === "instruction" && before?.type === "comment") above.set(node, before);
    }
    return everyInstruction(parsed).flatMap((instruction) => {
      const comment = above.get(instruction.node);
      if (comment === undefined || (instruction.type !== "FROM" && instruction.type !== "ARG")) return [];
      const names = instruction.type === "ARG" ? instruction.assignments.map(({ name }) => name.raw) : instruction.stageName === undefined ? [] : [instruction.stageName.raw.toLowerCase()];
      const text = comment.text.slice(comment.text.indexOf("#") + 1).trim();
      if (text === "" || names.length === 0 || names.includes(text.split(" ", 1)[0]!)) return [];
      const shown = names.length === 1 ? excerpt(names[0]!) : "<arg_key>";
      return [{
        message: `Comment for ${instruction.type} should follow the format: \`# ${shown} <description>\``,
        range: comment.range,
        help: "If it is no description, put an empty line between the comment and the instruction.",
      }];
    });
  },
};
