import type { HealthConfig } from "../../oci/descriptor.ts";

/** How Go prints values: Docker's history is written with it. */

/** `[a b]`. */
export function goList(values: readonly string[]): string {
  return `[${values.join(" ")}]`;
}

/** `["a" "b\n"]`. */
export function goQuotedList(values: readonly string[]): string {
  return `[${values.map(goQuote).join(" ")}]`;
}

const SHORT_ESCAPES: Readonly<Record<string, string>> = { "\x07": "\\a", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t", "\v": "\\v", "\\": "\\\\", '"': '\\"' };
/** Letters, marks, numbers, punctuation, symbols and the space. */
const UNPRINTABLE = /["\\]|[^\p{L}\p{M}\p{N}\p{P}\p{S} ]/gu;

/** A string as strconv.Quote writes it. */
export function goQuote(text: string): string {
  return `"${text.replaceAll(UNPRINTABLE, escapeCharacter)}"`;
}

function escapeCharacter(character: string): string {
  const short = SHORT_ESCAPES[character];
  if (short !== undefined) return short;
  const point = character.codePointAt(0)!;
  const hex = point.toString(16);
  return point < 0x80 ? `\\x${hex.padStart(2, "0")}` : point <= 0xffff ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

/** `1h0m0s`, `1.5s`, `100ms`. @param nanoseconds not negative */
export function goDuration(nanoseconds: number): string {
  if (nanoseconds === 0) return "0s";
  if (nanoseconds < 1e3) return `${nanoseconds}ns`;
  if (nanoseconds < 1e6) return `${nanoseconds / 1e3}\u00b5s`;
  if (nanoseconds < 1e9) return `${nanoseconds / 1e6}ms`;
  const minutes = Math.trunc(nanoseconds / 60e9);
  const seconds = `${(nanoseconds - minutes * 60e9) / 1e9}s`;
  if (minutes === 0) return seconds;
  return minutes < 60 ? `${minutes}m${seconds}` : `${Math.trunc(minutes / 60)}h${minutes % 60}m${seconds}`;
}

/** A health check as Go prints the struct with its field names. */
export function goHealthConfig(health: HealthConfig): string {
  const duration = (name: "Interval" | "Timeout" | "StartPeriod" | "StartInterval"): string => `${name}:${goDuration(health[name] ?? 0)}`;
  return `{Test:${goList(health.Test ?? [])} ${duration("Interval")} ${duration("Timeout")} ${duration("StartPeriod")} ${duration("StartInterval")} Retries:${health.Retries ?? 0}}`;
}
