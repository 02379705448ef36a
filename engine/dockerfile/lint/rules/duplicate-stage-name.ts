import { excerpt } from "../../syntax/error.ts";
import type { Rule } from "../rule.ts";

export const duplicateStageName: Rule = {
  name: "DuplicateStageName",
  check({ parsed: { stages } }) {
    const seen = new Set<string>();
    return stages.flatMap(({ name, from }) => {
      if (name === undefined || !seen.has(name)) {
        if (name !== undefined) seen.add(name);
        return [];
      }
      return [{ message: `Duplicate stage name "${excerpt(name)}", stage names should be unique`, range: from.stageName!.range }];
    });
  },
};
