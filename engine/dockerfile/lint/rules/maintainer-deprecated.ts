import { perInstruction } from "../rule.ts";

export const maintainerDeprecated = perInstruction("MaintainerDeprecated", (instruction) => (instruction.type !== "MAINTAINER" ? undefined : {
  message: "Maintainer instruction is deprecated in favor of using label",
  range: instruction.node.keywordRange,
  help: "Write LABEL org.opencontainers.image.authors=\"...\".",
}));
