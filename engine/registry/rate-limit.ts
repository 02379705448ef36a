import type { IncomingHttpHeaders } from "node:http";

/** What a registry says of how often it may be asked (`RateLimit-Limit: 100;w=21600`, as Docker Hub sends it). */
export interface RateLimit {
  readonly host: string;
  /** Pulls in one window. */
  readonly limit: number | undefined;
  /** Pulls that are left in it. */
  readonly remaining: number;
  /** The window's length in seconds. */
  readonly windowSeconds: number | undefined;
  /** Whom it counts: an address or an account's id. */
  readonly source: string | undefined;
  readonly at: Date;
}

export function readRateLimit(headers: IncomingHttpHeaders, host: string, at: Date = new Date()): RateLimit | undefined {
  const remaining = parse(headers["ratelimit-remaining"]);
  if (remaining === undefined) return undefined;
  const limit = parse(headers["ratelimit-limit"]);
  const source = headers["docker-ratelimit-source"];
  return {
    host, limit: limit?.count, remaining: remaining.count, windowSeconds: limit?.window ?? remaining.window, at,
    source: typeof source === "string" && /^[\w.:-]{1,100}$/.test(source) ? source : undefined,
  };
}

function parse(header: string | string[] | undefined): { readonly count: number; readonly window: number | undefined } | undefined {
  const match = typeof header === "string" ? /^(\d{1,9})(?:\s*;\s*w=(\d{1,9}))?/.exec(header.trim()) : null;
  return match === null ? undefined : { count: Number(match[1]), window: match[2] === undefined ? undefined : Number(match[2]) };
}
