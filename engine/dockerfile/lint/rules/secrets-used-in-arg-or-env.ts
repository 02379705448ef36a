import { excerpt } from "../../syntax/error.ts";
import { perStage, type Finding } from "../rule.ts";

const SECRET = /(?:_|^)(?:apikey|auth|credentials?|key|password|pword|passwd|secret|token)(?:_|$)/i;
const HARMLESS = /(?:_|^)(?:public|file|version)(?:_|$)/i;

/** Goes by names: a word of it says secret, and none says otherwise. */
export const secretsUsedInArgOrEnv = perStage("SecretsUsedInArgOrEnv", ({ instructions }) => instructions.flatMap((instruction): Finding[] => {
  if (instruction.type !== "ARG" && instruction.type !== "ENV") return [];
  return instruction.assignments.filter(({ name: { raw } }) => SECRET.test(raw) && !HARMLESS.test(raw)).map(({ name: { raw, range } }) => ({
    message: `Do not use ARG or ENV instructions for sensitive data (${instruction.type} "${excerpt(raw)}")`,
    range,
    help: "Its value stays in the image. Use RUN --mount=type=secret.",
  }));
}));
