import { test } from "vitest";
import { inUserNamespace } from "../sys/identity.ts";
import { runSuitesInUserNamespace } from "../sys/testing/user-namespace.ts";

// The same suites as root of a user namespace: other overlay marks, no device nodes, mapped owners.
test.skipIf(inUserNamespace())("snapshots, archives and volumes work in a user namespace", { timeout: 240_000 }, async () => {
  await runSuitesInUserNamespace(["engine/snapshots/overlay-snapshotter", "engine/archive/extract", "engine/volumes/local-volumes"], { timeoutMs: 230_000 });
});
