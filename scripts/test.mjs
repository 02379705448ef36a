// `npm test`: everything that must hold, from types to whole journeys. `npm test -- --quick` leaves the journeys out.
import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync } from "node:fs";
import { availableParallelism, tmpdir } from "node:os";
import { join } from "node:path";
import { build } from "./build.mjs";
import { fail, say } from "./report.mjs";
import { root, runNode } from "./runtime.mjs";
import { setup } from "./setup.mjs";

const quick = process.argv.includes("--quick");

/** More failed files than this are no accident of a busy machine, and get no second try. */
const SECOND_TRIES = 4;

/** @type {{ name: string, args: string[], tests?: boolean }[]} */
const steps = [
  { name: "types of engine, desktop and tests", args: ["node_modules/typescript/bin/tsc", "-p", "."] },
  { name: "types of the window", args: ["node_modules/typescript/bin/tsc", "-p", "renderer"] },
  { name: "lint", args: ["node_modules/oxlint/bin/oxlint", "--type-aware", "--quiet"] },
  { name: "tests", args: ["node_modules/vitest/vitest.mjs", "run", "--project", "checks", "--project", "engine", "--project", "desktop", "--project", "bench"], tests: true },
  ...(quick ? [] : [{ name: "end-to-end tests", args: ["node_modules/vitest/vitest.mjs", "run", "--project", "e2e"], tests: true }]),
];

/** A container that runs the tests as root often has the device for root alone; everywhere else it is open to all. */
function openTunDevice() {
  const tun = "/dev/net/tun";
  if (process.getuid?.() === 0 && existsSync(tun) && (statSync(tun).mode & 0o666) !== 0o666) chmodSync(tun, 0o666);
}

/**
 * Runs the files that failed once more, each whole and alone: a journey cannot be taken up in its middle.
 * @param {string} notes folder where the first try left its notes
 * @param {string[]} args of the first try
 * @param {NodeJS.ProcessEnv} env
 * @returns {Promise<number>} exit code of the second try; 1 where there is none
 */
async function again(notes, args, env) {
  const list = join(notes, "failed-files.txt");
  const files = existsSync(list) ? readFileSync(list, "utf8").trim().split("\n") : [];
  if (files.length === 0 || files.length > SECOND_TRIES || files.some(triesAtRandom)) return 1;
  say(`a second try, one file at a time: ${files.join(", ")}`);
  return runNode([...args, "--no-file-parallelism", ...files], { env });
}

/** @param {string} file @returns {boolean} whether it tries inputs at random: a second try would try others, and hide what was found */
function triesAtRandom(file) {
  return readFileSync(join(root, file), "utf8").includes('from "fast-check"');
}

try {
  await setup({ tests: true });
  await build();
  openTunDevice();
  const failed = [];
  const notes = mkdtempSync(join(tmpdir(), "slipway-test-"));
  const failures = join(notes, "failures.txt");
  const env = { ...process.env, SLIPWAY_FAILURES: notes, UV_THREADPOOL_SIZE: String(Math.max(4, availableParallelism())) };
  for (const { name, args, tests } of steps) {
    say(name);
    const started = Date.now();
    let code = await runNode(args, { env });
    if (code === 1 && tests) code = await again(notes, args, env);
    rmSync(join(notes, "failed-files.txt"), { force: true });
    if (code !== 0) failed.push(name);
    say(`${name}: ${code === 0 ? "well" : `failed with code ${code}`} after ${Math.round((Date.now() - started) / 1000)} s`);
    if (code === 130) break;
  }
  if (existsSync(failures)) say(`what failed, at the first try or at the second:\n${readFileSync(failures, "utf8").trimEnd()}`);
  rmSync(notes, { recursive: true });
  say(failed.length === 0 ? `everything holds (${root})` : `failed: ${failed.join(", ")}`);
  process.exitCode = failed.length === 0 ? 0 : 1;
} catch (error) {
  fail(error);
}
