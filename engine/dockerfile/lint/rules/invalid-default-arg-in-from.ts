import { isEngineError } from "../../../base/errors.ts";
import { parseReference } from "../../../oci/reference.ts";
import { excerpt } from "../../syntax/error.ts";
import { expandedFrom } from "../from.ts";
import type { Rule } from "../rule.ts";

/** Looks at what the file means without build arguments. Names without variables are the plan's business. */
export const invalidDefaultArgInFrom: Rule = {
  name: "InvalidDefaultArgInFrom",
  check(file) {
    const withDefaults = { ...file, options: { ...file.options, args: {} } };
    return expandedFrom(withDefaults).filter(({ part, expansion, base }) => {
      return part === "image" && base === undefined && expansion.read.length + expansion.unset.length > 0 && !isReference(expansion.value);
    }).map(({ word }) => ({
      message: `Default value for ARG ${excerpt(word.raw)} results in empty or invalid base image name`,
      range: word.range,
      help: "Give its ARG a default that names an image.",
    }));
  },
};

function isReference(text: string): boolean {
  try {
    parseReference(text);
    return true;
  } catch (error) {
    if (isEngineError(error, "invalidArgument")) return false;
    throw error;
  }
}
