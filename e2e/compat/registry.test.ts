import { afterAll, beforeAll, describe, expect } from "vitest";
import { PATIENCE } from "../fixtures/exec.ts";
import { leaksOf } from "../fixtures/leaks.ts";
import { chosenKinds } from "./lab.ts";
import { startRegistryLab } from "./registries/lab.ts";
import type { RegistryLab } from "./registries/lab.ts";
import { desktopRegistrySuite } from "./suites/desktop-registries.ts";
import { registrySuite } from "./suites/registry.ts";

// Of our engine alone: another one would have to be told of certificates, proxies and mirrors in its own ways.
for (const kind of chosenKinds().filter((name) => name !== "dockerd")) {
  describe(`registries [${kind}]`, { timeout: 60_000 * PATIENCE }, () => {
    let lab: RegistryLab | undefined;
    const stack = new AsyncDisposableStack();
    beforeAll(async () => {
      lab = await startRegistryLab(kind, stack);
    }, 90_000 * PATIENCE);
    afterAll(async () => {
      try {
        if (lab !== undefined) expect(await leaksOf(lab.engine)).toEqual([]);
      } finally {
        await stack.disposeAsync();
      }
    }, 90_000 * PATIENCE);
    desktopRegistrySuite(() => lab!);
    // Ends with the search for secrets.
    registrySuite(() => lab!);
  });
}
