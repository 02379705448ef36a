import { rangeOf } from "../../syntax/positions.ts";
import { perStage } from "../rule.ts";

const AS = /^([^\t\v\f\r ]+[\t\v\f\r ]+)([^\t\v\f\r ]+)/;

/** A FROM in mixed case says nothing of AS: ConsistentInstructionCasing speaks of it. */
export const fromAsCasing = perStage("FromAsCasing", ({ from: { node, stageName } }) => {
  if (stageName === undefined) return undefined;
  const [, before = "", as = ""] = AS.exec(node.argument) ?? [];
  const { keyword } = node;
  const wanted = keyword === keyword.toLowerCase() ? as.toLowerCase() : keyword === keyword.toUpperCase() ? as.toUpperCase() : as;
  return as === wanted ? undefined : { message: `'${as}' and '${keyword}' keywords' casing do not match`, range: rangeOf(node, before.length, before.length + as.length) };
});
