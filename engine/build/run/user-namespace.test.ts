import { test } from "vitest";
import { inUserNamespace } from "../../sys/identity.ts";
import { runSuitesInUserNamespace } from "../../sys/testing/user-namespace.ts";

// The same tests as root of a user namespace with a network of its own, as a rootless engine has it: other overlay marks, no control groups, mapped owners.
test.skipIf(inUserNamespace())("steps run in a user namespace", { timeout: 400_000 }, async () => {
  const suites = ["step-runner", "step-mounts", "step-root", "cache-mounts"].map((name) => `engine/build/run/${name}`);
  await runSuitesInUserNamespace(suites, { timeoutMs: 390_000, prefix: ["unshare", "--net"] });
});
