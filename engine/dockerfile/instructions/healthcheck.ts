import type { InstructionNode } from "../dockerfile.ts";
import { excerpt } from "../syntax/error.ts";
import { rangeOf } from "../syntax/positions.ts";
import { skipSpace } from "../syntax/space.ts";
import { readCommandLine } from "./command-line.ts";
import { argumentOrKeyword, locateErrors, type InstructionContext } from "./context.ts";
import { parseGoDuration } from "./duration.ts";
import { readFlags } from "./flags.ts";
import type { HealthcheckInstruction, Word } from "./instructions.ts";

const MINIMUM_NANOSECONDS = 1_000_000;
const MAX_RETRIES = 2 ** 31 - 1;

/** `HEALTHCHECK NONE`, or `HEALTHCHECK [FLAGS] CMD COMMAND`. */
export function parseHealthcheck(node: InstructionNode, context: InstructionContext): HealthcheckInstruction {
  const { argument } = node;
  const kind = /^\S*/.exec(argument)![0];
  const start = skipSpace(argument, kind.length, argument.length);
  if (kind === "") throw context.error(argumentOrKeyword(node), "HEALTHCHECK requires at least one argument: CMD and a command, or NONE");
  const base = { type: "HEALTHCHECK", node, range: node.range } as const;
  if (kind.toUpperCase() === "NONE") {
    if (start < argument.length) throw context.error(rangeOf(node, start, argument.length), "HEALTHCHECK NONE takes no arguments");
    // Docker does not look at flags here.
    return { ...base, test: null, timing: {} };
  }
  const flags = readFlags(node, { interval: "text", timeout: "text", "start-period": "text", "start-interval": "text", retries: "text" }, context);
  if (kind.toUpperCase() !== "CMD") throw context.error(rangeOf(node, 0, kind.length), `Unknown type "${excerpt(kind)}" in HEALTHCHECK (try CMD)`);
  const test = readCommandLine(node, start, context);
  if (test.form === "shell" ? test.text === "" : test.args.length === 0) throw context.error(node.argumentRange, "Missing command after HEALTHCHECK CMD");
  const timing = {
    Interval: duration("interval", flags.text("interval"), context),
    Timeout: duration("timeout", flags.text("timeout"), context),
    StartPeriod: duration("start-period", flags.text("start-period"), context),
    StartInterval: duration("start-interval", flags.text("start-interval"), context),
    Retries: retries(flags.text("retries"), context),
  };
  return { ...base, test, timing };
}

/** Nanoseconds; undefined, which takes the default, when not given or 0. */
function duration(name: string, word: Word | undefined, context: InstructionContext): number | undefined {
  if (word === undefined || word.raw === "") return undefined;
  const value = locateErrors(word.range, context.error, () => parseGoDuration(word.raw));
  if (value === 0) return undefined;
  if (value < MINIMUM_NANOSECONDS) throw context.error(word.range, `Interval "${name}" cannot be less than 1ms`);
  return value;
}

function retries(word: Word | undefined, context: InstructionContext): number | undefined {
  if (word === undefined || word.raw === "") return undefined;
  const value = /^[+-]?\d+$/.test(word.raw) ? Number(word.raw) : NaN;
  if (value < 0) throw context.error(word.range, `--retries cannot be negative (${excerpt(word.raw)})`);
  if (!(value <= MAX_RETRIES)) throw context.error(word.range, `--retries is no number: ${excerpt(JSON.stringify(word.raw))}`);
  return value === 0 ? undefined : value;
}
