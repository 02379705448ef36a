import { excerpt } from "../../syntax/error.ts";
import { expandedFrom } from "../from.ts";
import type { Rule } from "../rule.ts";

export const redundantTargetPlatform: Rule = {
  name: "RedundantTargetPlatform",
  check(file) {
    return expandedFrom(file).filter(({ part, expansion, variables }) => {
      const onlyTarget = expansion.read.length === 1 && expansion.read[0] === "TARGETPLATFORM" && expansion.unset.length === 0;
      return part === "platform" && onlyTarget && expansion.value === variables.get("TARGETPLATFORM");
    }).map(({ word }) => ({
      message: `Setting platform to predefined ${excerpt(word.raw)} in FROM is redundant as this is the default behavior`, range: word.range,
    }));
  },
};
