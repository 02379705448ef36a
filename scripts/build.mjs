// Builds the engine, the window, and Electron's own files where Electron is there. Only when sources changed.
import { createHash } from "node:crypto";
import { accessSync, constants, existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { electronPath } from "./electron.mjs";
import { Problem, say } from "./report.mjs";
import { cache, capture, nodePath, root } from "./runtime.mjs";

/** The desktop, and the part of the engine that it uses too (checks/layers.ts). */
const DESKTOP = ["electron", "engine/dockerfile", "engine/base", "engine/archive", "engine/sys"];

const TARGETS = {
  // Node's type stripper is WebAssembly. Compiling it twice over takes longer than it saves, and crashed V8 on an emulated processor half of the time.
  engine: { script: ["--liftoff-only", "scripts/build-engine.mjs"], output: "dist/engine", sources: ["engine", "scripts/build-engine.mjs"], what: "the engine" },
  renderer: { script: vite("renderer/vite.config.ts"), output: "dist/renderer", sources: ["renderer", "electron/ipc", "assets"], what: "the window" },
  // The window on its in-page fake host, which only tests open.
  fake: { script: [...vite("renderer/vite.config.ts"), "--mode", "fake"], output: "dist/renderer-fake", sources: ["renderer", "electron/ipc", "assets"], what: "the window on its fake host" },
  host: { script: [...vite("electron/vite.config.ts"), "--mode", "browser-host"], output: "dist/browser-host", sources: DESKTOP, what: "the browser host" },
  electron: { script: vite("electron/vite.config.ts"), output: "dist/electron", sources: DESKTOP, what: "Electron's part" },
};

/** @param {string} config */
function vite(config) {
  return ["node_modules/vite/bin/vite.js", "build", "--config", config, "--logLevel", "warn"];
}

/** Brings the engine's part of dist/ up to date, which the `slipway` command runs. */
export async function buildEngine() {
  await buildTarget("engine");
}

/** Brings all of dist/ up to date with its sources. */
export async function build() {
  await buildEngine();
  await buildTarget("renderer");
  await buildTarget("host");
  if (electronPath() !== undefined) await buildTarget("electron");
}

/**
 * Brings one part of dist/ up to date with its sources.
 * @param {keyof typeof TARGETS} name
 * @throws {Problem} with what the compiler said
 */
export async function buildTarget(name) {
  const { script, output, sources, what } = TARGETS[name];
  const stamp = join(cache, `built-${name}`);
  const wanted = fingerprint([...sources, "package-lock.json"]);
  if (existsSync(stamp) && existsSync(join(root, output)) && readFileSync(stamp, "utf8") === wanted) return;
  say(`building ${what}`);
  try {
    mkdirSync(cache, { recursive: true });
    accessSync(cache, constants.W_OK);
  } catch {
    throw new Problem(`${what} must be built anew, and ${root} belongs to somebody else: let its owner run \`npm run setup\` or \`npm start\` once.`);
  }
  // The stamp goes first and comes back last: an interrupted build is done again.
  rmSync(stamp, { force: true });
  const result = await capture(nodePath(), script);
  if (result.code !== 0) throw new Problem(`building ${what} failed:\n${result.output.trim()}`);
  writeFileSync(stamp, wanted);
}

/**
 * Names, sizes and times of all files below `paths`: enough to see a change, and quick.
 * @param {string[]} paths
 */
function fingerprint(paths) {
  const hash = createHash("sha256");
  for (const path of paths) {
    const full = join(root, path);
    if (!existsSync(full)) continue;
    const files = statSync(full).isDirectory()
      ? readdirSync(full, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name)).sort()
      : [full];
    for (const file of files) {
      const { size, mtimeMs } = statSync(file);
      hash.update(`${relative(root, file)}\0${size}\0${mtimeMs}\n`);
    }
  }
  return hash.digest("hex");
}
