// A reporter beside vitest's own: it writes what failed, briefly, into the folder that SLIPWAY_FAILURES names, so that
// `npm test` can say it again at its very end, where a log that was cut at its beginning still has it, and can run the files again.
import { appendFileSync } from "node:fs";
import { join, relative } from "node:path";
import type { Reporter, TestModule } from "vitest/node";

const LINES_SHOWN = 12;

/** Adds the failures of one run to `failures.txt` in `folder`, and the files that have them to `failed-files.txt`; nothing without a folder. */
export class FailuresReporter implements Reporter {
  private readonly folder: string | undefined;

  constructor(folder: string | undefined) {
    this.folder = folder;
  }

  /** @param unhandled errors outside any test: a worker that ended, a promise nobody awaited */
  onTestRunEnd(modules: readonly TestModule[], unhandled: readonly { readonly message: string }[]): void {
    if (this.folder === undefined) return;
    const failures: string[] = [];
    for (const module of modules) {
      const path = relative(process.cwd(), module.moduleId);
      for (const error of module.errors()) failures.push(entry(path, error.message));
      for (const suite of module.children.allSuites()) for (const error of suite.errors()) failures.push(entry(`${path} > ${suite.fullName}`, error.message));
      for (const test of module.children.allTests("failed")) {
        for (const error of test.result().errors ?? []) failures.push(entry(`${path} > ${test.fullName}`, error.message));
      }
    }
    for (const error of unhandled) failures.push(entry("outside any test", error.message));
    if (failures.length > 0) appendFileSync(join(this.folder, "failures.txt"), `${failures.join("\n")}\n`);
    const files = modules.filter((module) => !module.ok()).map((module) => relative(process.cwd(), module.moduleId));
    if (files.length > 0) appendFileSync(join(this.folder, "failed-files.txt"), `${files.join("\n")}\n`);
  }
}

/** A few lines of the message are enough: the whole is further up, in the runner's own words. */
function entry(where: string, message: string): string {
  const lines = message.trim().split("\n");
  const shown = lines.slice(0, LINES_SHOWN).map((line) => `      ${line.slice(0, 300)}`);
  return [`  - ${where}`, ...shown, ...(lines.length > LINES_SHOWN ? ["      …"] : [])].join("\n");
}
