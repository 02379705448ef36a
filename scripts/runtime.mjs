// Where things are, and how programs are run. Works on any Node from 20.19, without npm packages.
import { spawn } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { fileURLToPath } from "node:url";

/** The checkout. */
export const root = fileURLToPath(new URL("..", import.meta.url));
/** What setup and build keep between runs; may be deleted at any time. */
export const cache = join(root, ".cache");

/** The pinned Node 24: an npm package that carries the binary for this machine. */
export function nodePath() {
  return join(root, "node_modules", `node-linux-${process.arch}`, "bin/node");
}

/**
 * Finds a program in PATH or where system programs lie, which a normal user's PATH often lacks; a shared library, where libraries lie.
 * @param {string} name a name or an absolute path
 */
export function which(name) {
  if (name.startsWith("/")) return isExecutable(name) ? name : undefined;
  if (name.includes(".so.")) return libraryFolders.map((folder) => join(folder, name)).find((path) => existsSync(path));
  const folders = [...(process.env.PATH ?? "").split(delimiter), "/usr/local/sbin", "/usr/sbin", "/sbin"];
  return folders.map((folder) => join(folder, name)).find(isExecutable);
}

const multiarch = new Map([["x64", "x86_64-linux-gnu"], ["arm64", "aarch64-linux-gnu"]]).get(process.arch) ?? "";
const libraryFolders = [`/usr/lib/${multiarch}`, "/usr/lib64", "/usr/lib", "/usr/local/lib"];

/** @param {string} path */
function isExecutable(path) {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/**
 * Runs a program on this terminal. Signals are passed on, so that nothing outlives Ctrl-C.
 * @param {string} file
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<number>} its exit code; 128 + n when signal n ended it
 */
export function run(file, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { stdio: "inherit", cwd: root, ...options });
    const forward = (/** @type {NodeJS.Signals} */ signal) => child.kill(signal);
    // A terminal sends Ctrl-C to the whole group: it is enough not to die of it before the child has.
    const wait = () => {};
    process.on("SIGTERM", forward).on("SIGHUP", forward).on("SIGINT", wait);
    const done = () => process.off("SIGTERM", forward).off("SIGHUP", forward).off("SIGINT", wait);
    child.once("error", (error) => {
      done();
      reject(error);
    });
    child.once("exit", (code, signal) => {
      done();
      resolve(code ?? { SIGHUP: 129, SIGINT: 130, SIGKILL: 137, SIGTERM: 143 }[String(signal)] ?? 1);
    });
  });
}

/**
 * Runs a program and keeps what it prints.
 * @param {string} file
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 * @returns {Promise<{ code: number, output: string }>} standard output and error, in order
 */
export function capture(file, args, options = {}) {
  return new Promise((resolve) => {
    const child = spawn(file, args, { cwd: root, ...options, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    for (const stream of [child.stdout, child.stderr]) stream?.setEncoding("utf8").on("data", (text) => (output += text));
    child.once("error", (error) => resolve({ code: 127, output: error.message }));
    child.once("close", (code, signal) => resolve({ code: code ?? 1, output: signal === null ? output : `${output}ended by ${signal}` }));
  });
}

/**
 * Runs a script on the pinned Node 24.
 * @param {string[]} args
 * @param {import("node:child_process").SpawnOptions} [options]
 */
export function runNode(args, options = {}) {
  return run(nodePath(), args, options);
}
