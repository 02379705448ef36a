import { EngineError } from "../../base/errors.ts";

const UNITS: Readonly<Record<string, bigint>> = {
  ns: 1n, us: 1_000n, "\u00b5s": 1_000n, "\u03bcs": 1_000n, ms: 1_000_000n, s: 1_000_000_000n, m: 60_000_000_000n, h: 3_600_000_000_000n,
};
const PART = /(\d*)(?:\.(\d*))?([^\d.]+)/y;
const MAX = (1n << 63n) - 1n;

/**
 * A duration as Go's `time.ParseDuration` reads it: `30s`, `1m30s`, `1.5h`, `0`.
 * @returns nanoseconds
 * @throws EngineError `invalidArgument`
 */
export function parseGoDuration(text: string): number {
  const negative = text.startsWith("-");
  const body = /^[+-]/.test(text) ? text.slice(1) : text;
  if (body === "0") return 0;
  let total = 0n;
  PART.lastIndex = 0;
  for (let at = 0; at < body.length || at === 0; at = PART.lastIndex) {
    const match = body.length > 100 ? null : PART.exec(body);
    const unit = match === null || !Object.hasOwn(UNITS, match[3]!) ? undefined : UNITS[match[3]!];
    const [, whole = "", fraction = ""] = match ?? [];
    if (unit === undefined || whole + fraction === "") throw invalid(text);
    total += BigInt(whole) * unit + (BigInt(fraction) * unit) / 10n ** BigInt(fraction.length);
    if (total > MAX) throw invalid(text);
  }
  return Number(negative ? -total : total);
}

function invalid(text: string): EngineError {
  return new EngineError("invalidArgument", `invalid duration ${JSON.stringify(text.slice(0, 100))}: write numbers with units (ns, us, ms, s, m, h), such as 30s or 1m30s`);
}
