import { readFileSync } from "node:fs";
import { expect, test } from "vitest";

interface LockEntry {
  readonly version?: string;
  readonly integrity?: string;
  readonly optional?: boolean;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync(new URL("../package-lock.json", import.meta.url), "utf8")) as { packages: Readonly<Record<string, LockEntry>> };

// npm leaves packages for other machines out of the lock file when their registry does not offer them, and `npm ci` then refuses the file everywhere.
test("package-lock.json has an entry for every optional package, also those for other machines", () => {
  const entries = Object.keys(lock.packages);
  const missing = Object.values(lock.packages).flatMap((entry) =>
    Object.keys(entry.optionalDependencies ?? {}).filter((name) => !entries.some((path) => path === `node_modules/${name}` || path.endsWith(`/node_modules/${name}`))),
  );
  expect(missing).toEqual([]);
});

test("what is installed on this machine is locked by its hash", () => {
  const unlocked = Object.entries(lock.packages).filter(([path, entry]) => path !== "" && entry.integrity === undefined && entry.optional !== true);
  expect(unlocked.map(([path]) => path)).toEqual([]);
});
