const factors: Readonly<Record<string, number>> = { b: 1, k: 1024, m: 1024 ** 2, g: 1024 ** 3, t: 1024 ** 4, p: 1024 ** 5 };

/**
 * Bytes as docker reads them: `512m`, `1.5g`, `64MiB`, or a plain number of bytes. Letters are powers of 1024.
 * @returns undefined when it is no size
 */
export function parseBytes(text: string): number | undefined {
  const match = /^(\d+(?:\.\d+)?)\s*(?:([kmgtp])i?b?|b)?$/i.exec(text.trim());
  if (match === null) return undefined;
  const bytes = Math.floor(Number(match[1]) * (factors[(match[2] ?? "b").toLowerCase()] ?? 1));
  return Number.isSafeInteger(bytes) ? bytes : undefined;
}

/** The shortest text that {@link parseBytes} reads as the same number. */
export function formatBytes(bytes: number): string {
  for (const unit of ["t", "g", "m", "k"]) if (bytes > 0 && bytes % (factors[unit] ?? 1) === 0) return `${bytes / (factors[unit] ?? 1)}${unit}`;
  return String(bytes);
}

const lengths: Readonly<Record<string, number>> = { ns: 1e-6, us: 1e-3, "µs": 1e-3, ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/**
 * Milliseconds of a duration as Go writes it: `30s`, `1m30s`, `1.5h`, `500ms`. A unit is needed.
 * @returns undefined when it is no duration
 */
export function parseDuration(text: string): number | undefined {
  const trimmed = text.trim();
  if (!/^(\d+(\.\d+)?(ns|us|µs|ms|s|m|h))+$/.test(trimmed)) return undefined;
  let total = 0;
  for (const [, value = "", unit = ""] of trimmed.matchAll(/(\d+(?:\.\d+)?)(ns|us|µs|ms|s|m|h)/g)) total += Number(value) * (lengths[unit] ?? 0);
  return Math.round(total);
}

/** The shortest text that {@link parseDuration} reads as the same. */
export function formatDuration(milliseconds: number): string {
  for (const unit of ["h", "m", "s"]) if (milliseconds > 0 && milliseconds % (lengths[unit] ?? 1) === 0) return `${milliseconds / (lengths[unit] ?? 1)}${unit}`;
  return `${milliseconds}ms`;
}
