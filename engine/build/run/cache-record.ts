import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../../base/errors.ts";

/** The record's name in a cache mount's directory, beside `fs`. */
export const RECORD = "record.json";

/** What is remembered of a cache mount. Times in milliseconds since the epoch. */
export interface CacheRecordFile {
  readonly group: string;
  readonly id: string;
  readonly createdAt: number;
  readonly lastUsedAt: number;
  readonly uses: number;
}

/** The record in `directory`; undefined when there is none that can be read. */
export function readCacheRecord(directory: string): CacheRecordFile | undefined {
  try {
    const { group, id, createdAt, lastUsedAt, uses } = JSON.parse(readFileSync(join(directory, RECORD), "utf8")) as Partial<CacheRecordFile>;
    const complete = typeof group === "string" && typeof id === "string" && [createdAt, lastUsedAt, uses].every((value) => typeof value === "number");
    return complete ? { group, id, createdAt: createdAt!, lastUsedAt: lastUsedAt!, uses: uses! } : undefined;
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR") || error instanceof SyntaxError) return undefined;
    throw error;
  }
}
