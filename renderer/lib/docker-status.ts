const unitMs: Record<string, number> = {
  second: 1000,
  minute: 60_000,
  hour: 3_600_000,
  day: 86_400_000,
  week: 604_800_000,
  month: 2_592_000_000,
  year: 31_536_000_000,
};

export interface ParsedStatus {
  /** How long ago the state began, in milliseconds, as exact as the words are. */
  readonly age: number | undefined;
  readonly exitCode: number | undefined;
  readonly health: "healthy" | "unhealthy" | "starting" | undefined;
}

/**
 * Reads the `Status` of a container list, the only place where it tells since when: "Up 3 minutes (healthy)",
 * "Exited (137) About an hour ago". The words are those of moby's units.HumanDuration.
 */
export function parseStatus(status: string): ParsedStatus {
  const exit = /^(?:Exited|Restarting) \((-?\d+)\)/.exec(status);
  const health = /\((?:health: )?(healthy|unhealthy|starting)\)/.exec(status);
  return {
    age: parseAge(status),
    exitCode: exit?.[1] === undefined ? undefined : Number(exit[1]),
    health: health?.[1] as ParsedStatus["health"],
  };
}

function parseAge(text: string): number | undefined {
  if (/less than a second/i.test(text)) return 0;
  const match = /(?:about )?\b(an?|\d+) (second|minute|hour|day|week|month|year)s?\b/i.exec(text);
  const unit = match?.[2] === undefined ? undefined : unitMs[match[2].toLowerCase()];
  if (match?.[1] === undefined || unit === undefined) return undefined;
  return (/^an?$/i.test(match[1]) ? 1 : Number(match[1])) * unit;
}
