import { EngineError } from "../../base/errors.ts";

/** Longest result of one expansion, in UTF-16 code units. */
export const MAX_EXPANDED_LENGTH = 16 << 20;
/** How deep `${a:-${b:-...}}` may nest. */
export const MAX_EXPANSION_DEPTH = 200;
/** Comparisons of one expansion's wildcard patterns. */
const MAX_WORK = 100_000_000;

/** What one expansion may still spend. A Dockerfile is untrusted: a short word can ask for a long result or much work. */
export interface ExpansionLimits {
  readonly maxLength: number;
  work: number;
}

export function expansionLimits(maxLength: number): ExpansionLimits {
  return { maxLength, work: MAX_WORK };
}

/** @throws EngineError `resourceExhausted` */
export function checkLength(limits: ExpansionLimits, length: number): void {
  if (length > limits.maxLength) {
    throw new EngineError("resourceExhausted", `variables expand to more than ${limits.maxLength} characters: use shorter values`);
  }
}

/** Takes `steps` from the work that is left. @throws EngineError `resourceExhausted` */
export function spend(limits: ExpansionLimits, steps: number): void {
  limits.work -= steps;
  if (limits.work < 0) throw new EngineError("resourceExhausted", "expanding variables takes too long: use shorter values or simpler patterns");
}
