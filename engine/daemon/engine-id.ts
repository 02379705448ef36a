import { randomUUID } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import { writeFileAtomic } from "../sys/files.ts";

/** The id `docker info` shows: made once for each data root. */
export function engineId(root: string): string {
  const path = join(root, "engine-id");
  try {
    return readFileSync(path, "utf8").trim();
  } catch (error) {
    if (!isSystemError(error, "ENOENT")) throw error;
  }
  const id = randomUUID();
  writeFileAtomic(path, `${id}\n`, { mode: 0o600 });
  return id;
}
