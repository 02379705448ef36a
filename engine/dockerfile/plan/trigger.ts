import { EngineError, isEngineError } from "../../base/errors.ts";
import { parseTrigger } from "../instructions/change.ts";
import type { Instruction } from "../instructions/instructions.ts";
import { excerpt } from "../syntax/error.ts";

/** A trigger of ONBUILD: what a base's configuration holds may be anything. @throws EngineError without a place: a trigger stands in no file */
export function readTrigger(text: string): Instruction {
  try {
    return parseTrigger(text);
  } catch (error) {
    if (!isEngineError(error)) throw error;
    throw new EngineError(error.code, `the base has a trigger that cannot be run, ${JSON.stringify(excerpt(text))}: ${error.message}`, { cause: error });
  }
}
