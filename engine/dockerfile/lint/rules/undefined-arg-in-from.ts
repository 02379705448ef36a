import { didYouMean } from "../../instructions/suggest.ts";
import { excerpt } from "../../syntax/error.ts";
import { expandedFrom } from "../from.ts";
import type { Rule } from "../rule.ts";

/** Further findings come without a suggestion, which takes time. */
const MAX_SUGGESTIONS = 100;

export const undefinedArgInFrom: Rule = {
  name: "UndefinedArgInFrom",
  check(file) {
    const unknown = expandedFrom(file).flatMap(({ word, expansion, names }) => expansion.unset.filter((name) => !names.has(name)).map((name) => ({ name, word, names })));
    return unknown.map(({ name, word, names }, index) => ({
      message: `FROM argument '${excerpt(name)}' is not declared${didYouMean(name, index < MAX_SUGGESTIONS ? names : [])}`,
      range: word.range,
      help: "Declare it with ARG before the first FROM.",
    }));
  },
};
