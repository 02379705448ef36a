import { isEngineError } from "../../../base/errors.ts";
import type { Platform } from "../../../oci/descriptor.ts";
import { parsePlatform } from "../../../oci/platform.ts";
import { excerpt } from "../../syntax/error.ts";
import { expandedFrom } from "../from.ts";
import type { Rule } from "../rule.ts";

/** A stage that has the platform in its name is meant for it. */
export const fromPlatformFlagConstDisallowed: Rule = {
  name: "FromPlatformFlagConstDisallowed",
  check(file) {
    return expandedFrom(file).filter(({ part, expansion, stageName = "" }) => {
      if (part !== "platform" || expansion.read.length + expansion.unset.length > 0) return false;
      const platform = tryPlatform(expansion.value);
      return platform !== undefined && !stageName.includes(platform.os) && !stageName.includes(platform.architecture);
    }).map(({ word, expansion }) => ({
      message: `FROM --platform flag should not use constant value "${excerpt(expansion.value)}"`,
      range: word.range,
      help: "Leave it out and build with --platform, use $BUILDPLATFORM, or name the stage after the platform.",
    }));
  },
};

function tryPlatform(text: string): Platform | undefined {
  try {
    return parsePlatform(text);
  } catch (error) {
    if (isEngineError(error, "invalidArgument")) return undefined;
    throw error;
  }
}
