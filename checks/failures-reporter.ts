// A reporter beside vitest's own: it writes what failed, briefly, to the file that SLIPWAY_FAILURES names, so that
// `npm test` can say it again at its very end, where a log that was cut at its beginning still has it.
import { appendFileSync } from "node:fs";
import { relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

const LINES_SHOWN = 12;

/** Writes the failures of one run of the tests, and what passed at a second try only, to `file`; nothing without one. */
export class FailuresReporter implements Reporter {
  private readonly file: string | undefined;

  constructor(file: string | undefined) {
    this.file = file;
  }

  /** @param unhandled errors outside any test: a worker that ended, a promise nobody awaited */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    if (this.file === undefined) return;
    const failures: string[] = [];
    for (const module of modules) {
      const path = relative(process.cwd(), module.moduleId);
      for (const error of module.errors()) failures.push(entry(path, error.message));
      for (const suite of module.children.allSuites()) for (const error of suite.errors()) failures.push(entry(`${path} > ${suite.fullName}`, error.message));
      for (const test of module.children.allTests("failed")) {
        for (const error of test.result().errors ?? []) failures.push(entry(`${path} > ${test.fullName}`, error.message));
      }
    }
    for (const module of modules) {
      for (const test of module.children.allTests("passed")) {
        if (test.diagnostic()?.flaky === true) failures.push(entry(`${relative(process.cwd(), module.moduleId)} > ${test.fullName}`, `passed at the second try only; before: ${test.result().errors?.[0]?.message ?? "no message"}`));
      }
    }
    for (const error of unhandled) failures.push(entry("outside any test", error.message));
    if (failures.length > 0) appendFileSync(this.file, `${failures.join("\n")}\n`);
  }
}

/** A few lines of the message are enough: the whole is further up, in the runner's own words. */
function entry(where: string, message: string): string {
  const lines = message.trim().split("\n");
  const shown = lines.slice(0, LINES_SHOWN).map((line) => `      ${line.slice(0, 300)}`);
  return [`  - ${where}`, ...shown, ...(lines.length > LINES_SHOWN ? ["      …"] : [])].join("\n");
}
