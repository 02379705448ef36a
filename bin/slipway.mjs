#!/usr/bin/env node
// The `slipway` command. Any Node from 20.19 may run this file; the command itself runs on the pinned Node 24.
import { buildEngine } from "../scripts/build.mjs";
import { ensurePackages } from "../scripts/packages.mjs";
import { fail } from "../scripts/report.mjs";
import { nodePath, runNode } from "../scripts/runtime.mjs";

const main = new URL("../dist/engine/cli/main.js", import.meta.url);
try {
  // `slipway` alone opens the app, and scripts/start.mjs prepares all of it.
  await ensurePackages();
  await buildEngine();
  if (process.execPath === nodePath()) await import(main.href);
  else process.exitCode = await runNode([main.pathname, ...process.argv.slice(2)]);
} catch (error) {
  fail(error);
}
