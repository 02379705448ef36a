import { existsSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { defineConfig } from "vitest/config";
import { PATIENCE } from "./e2e/fixtures/exec.ts";
import { FailuresReporter } from "./checks/failures-reporter.ts";

/** Programs that scripts/tools.mjs unpacked because the machine has none, and system programs that a user's PATH lacks. */
const tools = fileURLToPath(new URL(".cache/tools/usr/bin", import.meta.url));
process.env["PATH"] = [process.env["PATH"], "/usr/local/sbin", "/usr/sbin", "/sbin", tools].join(":");

const CHECKOUT_FOLDERS_WITHOUT_TESTS = ["**/node_modules/**", "dist/**", "artifacts/**"];

/** Files named `*.dockerd.test.ts` show the desktop against a real dockerd of their own, which scripts/tools.mjs fetches. */
const dockerdObstacle = process.getuid?.() !== 0 ? "it needs root" : !process.env["PATH"].split(":").some((folder) => existsSync(`${folder}/dockerd`)) ? "dockerd is not on this machine" : undefined;
if (dockerdObstacle !== undefined) process.stderr.write(`the desktop is NOT tested against dockerd: ${dockerdObstacle}\n`);
const DOCKERD_TESTS = dockerdObstacle === undefined ? [] : ["**/*.dockerd.test.ts"];

/**
 * One project per kind of test, so that `vitest run --project e2e` picks one. Everything runs in forked processes: tests
 * mount, enter namespaces and change their working directory, which threads would share.
 */
export default defineConfig({
  test: {
    pool: "forks",
    maxWorkers: 2,
    testTimeout: 60_000,
    hookTimeout: 120_000,
    teardownTimeout: 20_000,
    reporters: [process.env["CI"] === undefined ? "default" : ["default", { summary: false }], new FailuresReporter(process.env["SLIPWAY_FAILURES"])],
    projects: [
      { extends: true, test: { name: "checks", include: ["checks/**/*.test.ts", "scripts/**/*.test.ts"], exclude: CHECKOUT_FOLDERS_WITHOUT_TESTS } },
      { extends: true, test: { name: "engine", include: ["engine/**/*.test.ts"], exclude: CHECKOUT_FOLDERS_WITHOUT_TESTS } },
      { extends: true, test: { name: "desktop", include: ["electron/**/*.test.ts", "renderer/**/*.test.{ts,tsx}"], exclude: [...CHECKOUT_FOLDERS_WITHOUT_TESTS, ...DOCKERD_TESTS] } },
      { extends: true, test: { name: "bench", include: ["bench/**/*.test.ts"], exclude: CHECKOUT_FOLDERS_WITHOUT_TESTS } },
      {
        extends: true,
        // Whole engines and browsers, two files at a time, with time to spare on a slow machine. scripts/test.mjs gives what fails a second try.
        test: { name: "e2e", setupFiles: ["e2e/harness/tell-what-was-shown.ts"], include: ["e2e/**/*.test.ts"], exclude: [...CHECKOUT_FOLDERS_WITHOUT_TESTS, ...DOCKERD_TESTS], testTimeout: 180_000, hookTimeout: 300_000, expect: { poll: { timeout: 30_000 * PATIENCE, interval: 100 } } },
      },
    ],
  },
});
