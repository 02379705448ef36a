import { expect, test } from "vitest";
import { inUserNamespace } from "../../sys/identity.ts";
import { runInUserNamespace } from "../../sys/testing/user-namespace.ts";

// The same tests as root of a user namespace with a network of its own, as a rootless engine has it: other overlay marks, no control groups, mapped owners.
test.skipIf(inUserNamespace())("steps run in a user namespace", { timeout: 400_000 }, async () => {
  const vitest = new URL("../../../node_modules/vitest/vitest.mjs", import.meta.url).pathname;
  const suites = ["step-runner", "step-mounts", "step-root", "cache-mounts"].map((name) => `engine/build/run/${name}`);
  const { code, stdout, stderr } = await runInUserNamespace("unshare", ["--net", process.execPath, vitest, "run", "--configLoader", "native", "--project", "engine", ...suites], {
    timeoutMs: 390_000, cwd: new URL("../../..", import.meta.url).pathname,
  });
  expect(`${stdout}${stderr}`).not.toMatch(/FAIL/);
  expect(code).toBe(0);
});
