import { existsSync, readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The version in package.json, which lies above this code, built or not. */
export const VERSION: string = (JSON.parse(readFileSync(manifestPath(), "utf8")) as { version: string }).version;

function manifestPath(): string {
  let directory = dirname(fileURLToPath(import.meta.url));
  while (!existsSync(join(directory, "package.json"))) directory = dirname(directory);
  return join(directory, "package.json");
}
