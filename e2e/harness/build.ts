import { mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { buildTarget } from "../../scripts/build.mjs";
import { machineLock } from "../fixtures/lock.ts";

export const CHECKOUT = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Brings parts of dist/ up to date: `renderer` and `fake`, the window on its host and on its in-page fake one; `host`, the browser host. */
export async function built(...targets: readonly ("renderer" | "fake" | "host")[]): Promise<void> {
  // A build empties its folder first and fills it file by file, and test files run side by side.
  await mkdir(join(CHECKOUT, ".cache"), { recursive: true });
  const unlock = await machineLock(join(CHECKOUT, ".cache/test-build.lock"));
  try {
    for (const target of targets) await buildTarget(target);
  } finally {
    unlock();
  }
}
