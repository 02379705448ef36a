import { expect, test } from "vitest";
import { inUserNamespace } from "../../sys/identity.ts";
import { runInUserNamespace } from "../../sys/testing/user-namespace.ts";

// The same suites as root of a user namespace: other overlay marks, no device nodes, mapped owners.
test.skipIf(inUserNamespace())("trees and copies work in a user namespace", { timeout: 240_000 }, async () => {
  const vitest = new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url).pathname;
  const suites = ["engine/build/files/file-tree", "engine/build/files/copy", "engine/build/files/tree"];
  const { code, stdout, stderr } = await runInUserNamespace(process.execPath, [vitest, "run", "--configLoader", "native", "--project", "engine", ...suites], {
    timeoutMs: 230_000, cwd: new URL("../../..", import.meta.url).pathname,
  });
  expect(`${stdout}${stderr}`).not.toMatch(/FAIL/);
  expect(code).toBe(0);
});
