// Makes this checkout ready: npm packages, the pinned Node 24, system packages, Electron where it can be had.
// Quick and silent when all is there. Every step can be interrupted and is completed by the next run.
import { fileURLToPath } from "node:url";
import { electronPath, ensureElectron } from "./electron.mjs";
import { ensurePackages } from "./packages.mjs";
import { fail, Problem } from "./report.mjs";
import { ensureSystemPackages } from "./system.mjs";
import { ensureTestTools } from "./tools.mjs";

/** Whether a window can be shown. */
export function hasDisplay() {
  return Boolean(process.env.DISPLAY || process.env.WAYLAND_DISPLAY);
}

/** @param {{ tests?: boolean, electron?: boolean }} [options] also what tests need; whether to ask for Electron again */
export async function setup({ tests = false, electron = false } = {}) {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  if (major < 20 || (major === 20 && minor < 19)) throw new Problem(`Slipway's scripts need Node 20.19 or later; this is ${process.versions.node}.`);
  await ensurePackages();
  await ensureElectron({ again: electron });
  await ensureSystemPackages({ window: tests || (hasDisplay() && electronPath() === undefined), ...(tests ? { rootless: true } : {}) });
  if (tests) await ensureTestTools();
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { build } = await import("./build.mjs");
  await setup({ tests: process.argv.includes("--tests"), electron: process.argv.includes("--electron") }).then(build).catch(fail);
}
