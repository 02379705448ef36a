/** How the time of a line is shown. */
export type LogTime = "off" | "local" | "utc" | "relative";

/** Columns the time takes, with the space after it. */
export const timeColumns: Readonly<Record<LogTime, number>> = { off: 0, local: 25, utc: 26, relative: 12 };

/**
 * @param time RFC 3339
 * @param now Unix time in milliseconds, for `relative`
 */
export function showTime(time: string, how: LogTime, now: number): string {
  const at = new Date(time);
  if (how === "off") return "";
  if (Number.isNaN(at.getTime())) return time;
  if (how === "utc") return at.toISOString().replace("T", " ");
  if (how === "relative") return ago(now - at.getTime());
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

function ago(ms: number): string {
  const seconds = Math.max(0, ms / 1000);
  if (seconds < 60) return `-${seconds.toFixed(1)} s`;
  if (seconds < 3600) return `-${Math.floor(seconds / 60)} min ${Math.floor(seconds % 60)} s`;
  if (seconds < 86_400) return `-${Math.floor(seconds / 3600)} h ${Math.floor((seconds % 3600) / 60)} min`;
  return `-${Math.floor(seconds / 86_400)} d ${Math.floor((seconds % 86_400) / 3600)} h`;
}
