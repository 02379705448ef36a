// Electron's binary. npm packages run no install scripts here, so it is fetched by hand, and the app works without it.
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { say } from "./report.mjs";
import { cache, capture, root } from "./runtime.mjs";

const folder = join(root, "node_modules/electron");
const refusal = join(cache, "electron-unavailable");
const REACH_MS = 8_000;
const DOWNLOAD_MS = 600_000;

/** The Electron program, or undefined where its binary is absent. */
export function electronPath() {
  try {
    const path = join(folder, "dist", readFileSync(join(folder, "path.txt"), "utf8"));
    return existsSync(path) ? path : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Fetches Electron's binary once. Where it cannot be had, that is said and remembered for this version of Electron, because the
 * browser does as well; `npm run setup -- --electron` asks again.
 * @param {{ again?: boolean, silent?: boolean }} [options]
 */
export async function ensureElectron({ again = false, silent = false } = {}) {
  if (electronPath() !== undefined) return;
  const { version } = JSON.parse(readFileSync(join(folder, "package.json"), "utf8"));
  if (!again && existsSync(refusal) && readFileSync(refusal, "utf8") === version) return;
  if ((await isReachable(version)) && (await download())) {
    rmSync(refusal, { force: true });
    return;
  }
  if (!silent) say("Electron's binary cannot be downloaded here, so the window opens in a browser (npm run setup -- --electron tries again)");
  mkdirSync(cache, { recursive: true });
  writeFileSync(refusal, version);
}

/** @param {string} version */
async function isReachable(version) {
  const mirror = process.env.ELECTRON_MIRROR ?? process.env.npm_config_electron_mirror ?? "https://github.com/electron/electron/releases/download/";
  try {
    const response = await fetch(`${mirror}v${version}/SHASUMS256.txt`, { method: "HEAD", signal: AbortSignal.timeout(REACH_MS) });
    return response.ok;
  } catch {
    return false;
  }
}

async function download() {
  say("downloading Electron (about 120 MB, once)");
  const { code } = await capture(process.execPath, [join(folder, "install.js")], { timeout: DOWNLOAD_MS });
  return code === 0 && electronPath() !== undefined;
}
