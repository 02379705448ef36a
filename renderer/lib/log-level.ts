/** How urgent a line of a log says it is, from the formats that programs commonly print. */
export type LogLevel = "error" | "warn" | "info" | "debug";

export const logLevels: readonly LogLevel[] = ["error", "warn", "info", "debug"];

const words: Readonly<Record<string, LogLevel>> = {
  fatal: "error", panic: "error", emerg: "error", emergency: "error", alert: "error", crit: "error", critical: "error", error: "error", err: "error", severe: "error",
  warn: "warn", warning: "warn",
  info: "info", notice: "info", information: "info", log: "info",
  debug: "debug", trace: "debug", verbose: "debug", fine: "debug", silly: "debug",
};
/** RFC 5424: emergency, alert, critical, error, warning, notice, informational, debug. */
const severities: readonly LogLevel[] = ["error", "error", "error", "error", "warn", "info", "info", "debug"];
const klogLetters: Readonly<Record<string, LogLevel>> = { I: "info", W: "warn", E: "error", F: "error" };

/** A level is named near the beginning of a line. */
const nearChars = 160;
const jsonField = /"(?:level|severity|lvl|log\.level|levelname|loglevel)"\s*:\s*(?:"([^"]{1,16})"|(\d{1,3}))/i;
const logfmtField = /(?:^|[\s,])(?:level|severity|lvl|loglevel)=(?:"([^"]{1,16})"|([\w-]{1,16}))/i;
const klog = /^([IWEF])\d{4} \d\d:\d\d:\d\d\./;
const syslog = /^<(\d{1,3})>/;
const names = "fatal|panic|emerg|emergency|alert|crit|critical|error|err|severe|warn|warning|info|notice|information|debug|trace|verbose|fine";
const upperNames = `${names.toUpperCase()}|LOG`;
/** In capitals anywhere near the beginning: `2026-11-26 12:00:00 [main] ERROR x`, `npm ERR! x`, `LOG:  x`. */
const capitals = new RegExp(`(?:^|[\\s[(|<:/-])(${upperNames})(?=$|[\\s\\])|>:,!/-])`);
/** In any case where it stands alone before the message: in brackets, before a colon, or first after a time. */
const marked = new RegExp(`[[(<|](${names})[\\])>|]|(?:^|\\s)(${names}):(?:\\s|$)|^[\\d\\s:.,TZ/+-]*(${names})(?=\\s)`, "i");

/**
 * @param text one line, without escape sequences
 * @returns undefined where the line names no level
 */
export function detectLevel(text: string): LogLevel | undefined {
  const near = text.length > nearChars ? text.slice(0, nearChars) : text;
  const first = near.charCodeAt(0);
  if (first === 0x7b /* { */) return fromJson(text);
  if (first === 0x3c /* < */) {
    const priority = syslog.exec(near);
    if (priority) return severities[Number(priority[1]) & 7];
  }
  const letter = klog.exec(near)?.[1];
  if (letter !== undefined) return klogLetters[letter];
  const field = logfmtField.exec(near);
  if (field) {
    const level = fromWord(field[1] ?? field[2]);
    if (level) return level;
  }
  const word = capitals.exec(near)?.[1] ?? firstGroup(marked.exec(near));
  return fromWord(word);
}

/** Letters before a message's own text; JSON may carry its level at its end. */
function fromJson(text: string): LogLevel | undefined {
  const match = jsonField.exec(text.length > 16_384 ? text.slice(0, 16_384) : text);
  if (!match) return undefined;
  if (match[2] === undefined) return fromWord(match[1]);
  const value = Number(match[2]);
  // pino and bunyan count in tens, syslog from 0 to 7.
  if (value < 10) return severities[value];
  return value >= 50 ? "error" : value >= 40 ? "warn" : value >= 30 ? "info" : "debug";
}

function fromWord(word: string | undefined): LogLevel | undefined {
  const lower = word?.toLowerCase() ?? "";
  return Object.hasOwn(words, lower) ? words[lower] : undefined;
}

function firstGroup(match: RegExpExecArray | null): string | undefined {
  return match ? (match[1] ?? match[2] ?? match[3]) : undefined;
}
