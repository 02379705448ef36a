import { mkdir, readdir, stat } from "node:fs/promises";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { must } from "../fixtures/exec.ts";
import { machineLock } from "../fixtures/lock.ts";

export const CHECKOUT = resolve(fileURLToPath(new URL("../..", import.meta.url)));

/** Builds the renderer unless the last build is newer than every one of its files. */
export async function buildRenderer(): Promise<void> {
  await build("dist/renderer/index.html", ["renderer", "electron/ipc"], ["-c", join(CHECKOUT, "renderer/vite.config.ts")]);
}

/** Builds the window on its in-page fake host unless the last build is newer than every one of its files. */
export async function buildFakeRenderer(): Promise<void> {
  await build("dist/renderer-fake/fake.html", ["renderer", "electron/ipc"], ["-c", join(CHECKOUT, "renderer/vite.config.ts"), "--mode", "fake"]);
}

/** Builds the browser host unless the last build is newer than every one of its files. */
export async function buildHost(): Promise<void> {
  await build("dist/browser-host/main.cjs", ["electron", "engine/dockerfile", "engine/base", "engine/archive", "engine/sys"], ["-c", join(CHECKOUT, "electron/vite.config.ts"), "--mode", "browser-host"]);
}

async function build(output: string, sources: readonly string[], args: readonly string[]): Promise<void> {
  // A build empties its folder first and fills it file by file, and test files run side by side.
  await mkdir(join(CHECKOUT, ".cache"), { recursive: true });
  const unlock = await machineLock(join(CHECKOUT, ".cache/test-build.lock"));
  try {
    const built = await stat(join(CHECKOUT, output)).then((info) => info.mtimeMs, () => 0);
    if (built <= (await newest(sources))) await must(process.execPath, [join(CHECKOUT, "node_modules/vite/bin/vite.js"), "build", ...args], { cwd: CHECKOUT, timeout: 240_000 });
  } finally {
    unlock();
  }
}

async function newest(folders: readonly string[]): Promise<number> {
  let latest = 0;
  for (const folder of folders) {
    for (const entry of await readdir(join(CHECKOUT, folder), { recursive: true, withFileTypes: true })) {
      if (entry.isFile()) latest = Math.max(latest, (await stat(join(entry.parentPath, entry.name))).mtimeMs);
    }
  }
  return latest;
}
