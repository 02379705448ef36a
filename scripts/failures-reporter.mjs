// A reporter beside vitest's own: it writes what failed, briefly, to the file that SLIPWAY_FAILURES names, so that
// `npm test` can say it again at its very end, where a log that was cut at its beginning still has it.
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import { root } from "./runtime.mjs";

/** @implements {import("vitest/reporters").Reporter} */
export class FailuresReporter {
  /**
   * @param {ReadonlyArray<import("vitest/node").TestModule>} modules
   * @param {ReadonlyArray<{ message?: string, stack?: string }>} unhandled errors outside any test: a worker that ended, a promise nobody awaited
   */
  onTestRunEnd(modules, unhandled) {
    const file = process.env["SLIPWAY_FAILURES"];
    if (file === undefined) return;
    /** @type {string[]} */
    const failures = [];
    for (const module of modules) {
      const path = relative(root, module.moduleId);
      for (const error of module.errors()) failures.push(entry(path, error.message));
      for (const suite of module.children.allSuites()) for (const error of suite.errors()) failures.push(entry(`${path} > ${suite.fullName}`, error.message));
      for (const test of module.children.allTests("failed")) {
        for (const error of test.result().errors ?? []) failures.push(entry(`${path} > ${test.fullName}`, error.message));
      }
    }
    for (const error of unhandled) failures.push(entry("outside any test", error.message ?? error.stack ?? String(error)));
    if (failures.length > 0) appendFileSync(file, `${failures.join("\n")}\n`);
  }
}

/**
 * @param {string} where
 * @param {string} message of which a few lines are enough here: the whole is further up, in the runner's own words
 */
function entry(where, message) {
  const lines = message.trim().split("\n");
  const shown = lines.slice(0, 12).map((line) => `      ${line.slice(0, 300)}`);
  return [`  - ${where}`, ...shown, ...(lines.length > 12 ? ["      …"] : [])].join("\n");
}
