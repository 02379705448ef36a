import { perStage } from "../rule.ts";

const RESERVED = new Set(["scratch", "context"]);

export const reservedStageName = perStage("ReservedStageName", ({ name, from }) => {
  if (name === undefined || !RESERVED.has(name)) return undefined;
  return { message: `Stage name should not use the same name as reserved stage "${name}"`, range: from.stageName!.range };
});
