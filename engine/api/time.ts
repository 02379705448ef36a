import { EngineError } from "../base/errors.ts";

const UNITS: Readonly<Record<string, number>> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6, us: 1e3, "µs": 1e3, ns: 1 };

/**
 * A moment as Docker's clients write it, in nanoseconds since the epoch: Unix seconds with an optional fraction, RFC 3339 with or
 * without zone and time, or a Go duration before now (`10m`, `1h30m`).
 *
 * @param now in ms since the epoch
 * @throws EngineError `invalidArgument`
 */
export function parseMoment(text: string, now: number): bigint {
  const unix = /^(-?[0-9]{1,12})(?:\.([0-9]{1,9}))?$/.exec(text);
  if (unix !== null) return BigInt(unix[1]!) * 1_000_000_000n + BigInt((unix[2] ?? "0").padEnd(9, "0"));
  const duration = parseDuration(text);
  if (duration !== null) return BigInt(now) * 1_000_000n - BigInt(Math.round(duration));
  const match = /^([0-9]{4}-[0-9]{2}-[0-9]{2})(?:T([0-9]{2}(?::[0-9]{2}){0,2})(?:\.([0-9]{1,9}))?)?(Z|[+-][0-9]{2}:[0-9]{2})?$/.exec(text);
  if (match !== null) {
    const time = (match[2] ?? "00").split(":");
    const seconds = Date.parse(`${match[1]!}T${time[0]!}:${time[1] ?? "00"}:${time[2] ?? "00"}${match[4] ?? "Z"}`);
    if (!Number.isNaN(seconds)) return BigInt(seconds) * 1_000_000n + BigInt((match[3] ?? "0").padEnd(9, "0"));
  }
  throw new EngineError("invalidArgument", `invalid time ${JSON.stringify(text)}: expected seconds since 1970, a date like 2006-01-02T15:04:05Z, or a duration like 10m`);
}

/** A Go duration in nanoseconds; null when it is none. */
function parseDuration(text: string): number | null {
  if (!/^([0-9]+(\.[0-9]+)?(h|ms|m|s|us|µs|ns))+$/.test(text)) return null;
  let total = 0;
  for (const [, value, unit] of text.matchAll(/([0-9]+(?:\.[0-9]+)?)(h|ms|m|s|us|µs|ns)/g)) total += Number(value) * UNITS[unit!]!;
  return total;
}
