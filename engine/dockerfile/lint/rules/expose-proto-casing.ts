import { excerpt } from "../../syntax/error.ts";
import { exposedWords } from "../expose.ts";
import type { Rule } from "../rule.ts";

export const exposeProtoCasing: Rule = {
  name: "ExposeProtoCasing",
  check: (file) => exposedWords(file).filter(({ protocol }) => protocol !== protocol.toLowerCase()).map(({ text, range }) => ({
    message: `Defined protocol '${excerpt(text)}' in EXPOSE instruction should be lowercase`, range,
  })),
};
