// The npm packages of package-lock.json, the pinned Node 24 among them.
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Problem, say } from "./report.mjs";
import { cache, capture, nodePath, root, which } from "./runtime.mjs";

/**
 * Installs the locked packages unless node_modules holds exactly them. npm writes node_modules/.package-lock.json last, so an
 * interrupted installation is seen and done again.
 */
export async function ensurePackages() {
  if (isInstalled()) return;
  if (process.platform !== "linux" || !["x64", "arm64"].includes(process.arch)) {
    throw new Problem(`Slipway runs on Linux on x64 and arm64, not on ${process.platform} on ${process.arch}.`);
  }
  say("installing the npm packages of package-lock.json (this takes a minute, once)");
  const args = ["ci", "--include=dev", "--include=optional", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"];
  // Under `npm start` the npm that runs us is the one to use.
  const npm = process.env.npm_execpath?.endsWith("npm-cli.js") ? [process.execPath, process.env.npm_execpath] : ["npm"];
  // npm may outlive a script that is killed. It holds the lock itself, so the next one waits for it and looks again.
  mkdirSync(cache, { recursive: true });
  const unlessInstalled = `"$1" "$2" --check || { shift 2 && exec "$@"; }`;
  const script = ["-c", unlessInstalled, "sh", process.execPath, fileURLToPath(import.meta.url), ...npm, ...args];
  const { code, output } = await (which("flock") === undefined ? capture("/bin/sh", script) : capture("flock", [join(cache, "npm.lock"), "/bin/sh", ...script]));
  if (code !== 0) throw new Problem(`npm ci failed:\n${output.trim()}\nPut that right and run the command again: it goes on from here.`);
  if (!isInstalled()) throw new Problem(`npm ci ended well, but ${nodePath()} is not there: does your npm configuration leave optional packages out?`);
}

/** Whether node_modules is what package-lock.json says, as far as npm's own record of it goes. */
export function isInstalled() {
  if (!existsSync(nodePath())) return false;
  const wanted = readLock(join(root, "package-lock.json"));
  const actual = readLock(join(root, "node_modules/.package-lock.json"));
  if (wanted === undefined || actual === undefined) return false;
  return Object.entries(wanted).every(([path, entry]) => {
    if (path === "") return true;
    const found = actual[path];
    // Optional packages for other machines are not installed.
    return found === undefined ? entry.optional === true || entry.devOptional === true || entry.peer === true : found.version === entry.version && found.integrity === entry.integrity;
  });
}

/**
 * @param {string} path
 * @returns {Record<string, { version?: string, integrity?: string, optional?: boolean, devOptional?: boolean, peer?: boolean }> | undefined}
 */
function readLock(path) {
  try {
    return JSON.parse(readFileSync(path, "utf8")).packages;
  } catch {
    return undefined;
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url) && process.argv[2] === "--check") process.exitCode = isInstalled() ? 0 : 1;
