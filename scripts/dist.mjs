// `npm run dist`: the packages for this machine's platform, in dist/packages. All of them or none.
import { renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { build } from "./build.mjs";
import { electronPath, ensureElectron } from "./electron.mjs";
import { ensurePackages } from "./packages.mjs";
import { fail, Problem, say } from "./report.mjs";
import { capture, nodePath, root, which } from "./runtime.mjs";

/** Something is missing on this machine that nobody's code can bring. */
const EXIT_MISSING = 3;
const partial = join(root, "dist/packages.partial");
const finished = join(root, "dist/packages");

async function dist() {
  await ensurePackages();
  if (electronPath() === undefined) await ensureElectron({ again: true, silent: true });
  if (electronPath() === undefined) throw new Problem("no packages were made: they hold Electron's binary, which is not in node_modules/electron/dist and cannot be downloaded from here (ELECTRON_MIRROR names another source).", EXIT_MISSING);
  if (process.platform === "linux" && which("rpmbuild") === undefined) throw new Problem("no packages were made: the rpm needs rpmbuild, which is not on this machine (apt-get install rpm, or dnf install rpm-build).", EXIT_MISSING);
  await build();
  rmSync(partial, { recursive: true, force: true });
  try {
    say("making the packages");
    const { code, output } = await capture(nodePath(), ["node_modules/electron-builder/cli.js", "--config", "scripts/electron-builder.config.mjs", "--publish", "never"]);
    if (code !== 0) throw new Problem(`no packages were made, because electron-builder failed:\n${output.trim()}`);
    rmSync(finished, { recursive: true, force: true });
    renameSync(partial, finished);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  say(`the packages are in ${finished}`);
}

try {
  await dist();
} catch (error) {
  fail(error);
}
