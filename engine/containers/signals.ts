import { constants } from "node:os";
import { EngineError } from "../base/errors.ts";

const MAX_SIGNAL = 64;
const REALTIME_MIN = 34;

/**
 * A signal number from `KILL`, `SIGKILL`, `9` or `RTMIN+3`, in any case.
 * @throws EngineError `invalidArgument` in Docker's words
 */
export function parseSignal(text: string): number {
  if (/^[0-9]{1,3}$/.test(text)) {
    const value = Number(text);
    if (value >= 1 && value <= MAX_SIGNAL) return value;
    throw invalid(text);
  }
  const name = text.toUpperCase().replace(/^SIG/, "");
  const realtime = /^RT(MIN|MAX)(?:([+-])([0-9]{1,2}))?$/.exec(name);
  const value = realtime === null ? (constants.signals as Readonly<Record<string, number>>)[`SIG${name}`] : realtimeSignal(realtime);
  if (value === undefined || value < 1 || value > MAX_SIGNAL) throw invalid(text);
  return value;
}

function realtimeSignal(match: RegExpExecArray): number {
  const base = match[1] === "MIN" ? REALTIME_MIN : MAX_SIGNAL;
  const offset = Number(match[3] ?? 0);
  return match[2] === "-" ? base - offset : base + offset;
}

function invalid(text: string): EngineError {
  return new EngineError("invalidArgument", `invalid signal: ${text}`);
}
