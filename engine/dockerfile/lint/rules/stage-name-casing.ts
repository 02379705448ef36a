import { excerpt } from "../../syntax/error.ts";
import { perStage } from "../rule.ts";

export const stageNameCasing = perStage("StageNameCasing", ({ from: { stageName } }) => {
  if (stageName === undefined || stageName.raw === stageName.raw.toLowerCase()) return undefined;
  return { message: `Stage name '${excerpt(stageName.raw)}' should be lowercase`, range: stageName.range };
});
