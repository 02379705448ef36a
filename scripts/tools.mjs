// Programs that only tests use: a registry, a static busybox for images, docker CLIs, a dockerd to compare with, other people's clients.
// Several of Debian's packages would start services, so they are unpacked into .cache/tools and not installed.
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Problem, say } from "./report.mjs";
import { cache, capture, which } from "./runtime.mjs";

const tools = join(cache, "tools");
const bin = join(tools, "usr/bin");
/** Where unpacked programs lie; vitest.config.ts puts them into PATH. */
export const toolFolders = ["usr/local/bin", "usr/bin", "usr/sbin", "bin"].map((folder) => join(tools, folder));

/** What docker-compose 1.29 imports, beside what comes with Python. */
const COMPOSE_MODULES = [
  "attr", "certifi", "chardet", "charset-normalizer", "distro", "docker", "dockerpty", "docopt", "dotenv", "idna", "jsonschema", "packaging", "pyrsistent", "requests", "six", "texttable", "urllib3", "websocket", "yaml",
].map((name) => `python3-${name}`);

/**
 * `apt`: packages that have it, best first. `takes`: other programs of that package. `with`: packages unpacked beside it, for the programs named, for
 * their Python modules or for their shared libraries. `accepts`: whether a program of that name will do. `optional`: the tests say that they leave it out where it is missing.
 * @typedef {{ program: string, apt: string[], dnf: string, pacman: string, accepts?: (path: string) => boolean, takes?: string[], with?: Record<string, string[]>, libraries?: string[], optional?: boolean }} Tool
 */

/** @type {Tool[]} */
const TOOLS = [
  { program: "docker", apt: ["docker-cli", "docker.io"], dnf: "docker-cli", pacman: "docker" },
  { program: "docker-registry", apt: ["docker-registry"], dnf: "docker-distribution", pacman: "docker-distribution" },
  { program: "busybox", apt: ["busybox-static"], dnf: "busybox", pacman: "busybox", accepts: isStatic },
  { program: "docker-compose", apt: ["docker-compose"], dnf: "docker-compose", pacman: "docker-compose", with: Object.fromEntries(COMPOSE_MODULES.map((name) => [name, []])), optional: true },
  // Its CLI is the last that brings BuildKit's client with it.
  { program: "dockerd", apt: ["docker.io"], dnf: "docker", pacman: "docker", takes: ["docker", "docker-proxy"], with: { containerd: ["containerd", "containerd-shim-runc-v2"] }, optional: true },
  { program: "skopeo", apt: ["skopeo"], dnf: "skopeo", pacman: "skopeo", libraries: ["libgpgme11", "libassuan0"], optional: true },
  { program: "buildah", apt: ["buildah"], dnf: "buildah", pacman: "buildah", libraries: ["libgpgme11", "libassuan0"], optional: true },
];

export async function ensureTestTools() {
  const folders = [...(process.env["PATH"] ?? "").split(":"), ...toolFolders];
  const missing = TOOLS.filter(({ program, accepts = () => true }) => !folders.map((folder) => join(folder, program)).some((path) => existsSync(path) && accepts(path)));
  if (missing.length === 0) return;
  if (which("apt-get") === undefined) {
    const needed = missing.filter((tool) => !tool.optional);
    if (needed.length === 0) return;
    const manager = which("dnf") === undefined ? "pacman" : "dnf";
    const names = needed.map((tool) => tool[manager]).join(" ");
    throw new Problem(`the tests need ${needed.map((tool) => tool.program).join(", ")}: sudo ${manager === "dnf" ? "dnf install" : "pacman -S"} ${names}`);
  }
  say(`fetching ${missing.map((tool) => tool.program).join(", ")} for the tests (unpacked into .cache/tools, not installed)`);
  for (const tool of missing) {
    try {
      await unpackTool(tool);
    } catch (error) {
      if (!tool.optional || !(error instanceof Problem)) throw error;
      say(`${tool.program} is left out: ${error.message}`);
    }
  }
}

/**
 * Whether a program runs where nothing else is: a dynamic one names its loader near its beginning.
 * @param {string} path
 */
function isStatic(path) {
  return !readFileSync(path).subarray(0, 4096).includes("/ld-");
}

/** @param {Tool} tool */
async function unpackTool({ program, apt, takes = [], with: beside = {}, libraries = [] }) {
  mkdirSync(bin, { recursive: true });
  const work = mkdtempSync(join(cache, "unpack-"));
  const root = join(work, "root");
  const find = (/** @type {string} */ name) => ["usr/bin", "bin", "usr/sbin"].map((folder) => join(root, folder, name)).find((path) => existsSync(path));
  try {
    let said = "";
    for (const name of apt) {
      said = await unpackPackages([name], work);
      if (find(program) !== undefined) break;
    }
    const from = find(program);
    if (from === undefined) throw new Problem(`the tests need ${program}, and apt does not have it (${apt.join(", ")}): ${said}`);
    const others = [...Object.keys(beside), ...libraries];
    const refusal = others.length === 0 ? "" : await unpackPackages(others, work);
    if (refusal !== "") throw new Problem(`apt does not have what it needs: ${refusal}`);
    if (existsSync(join(root, "usr/lib/python3"))) cpSync(join(root, "usr/lib/python3"), join(tools, "usr/lib/python3"), { recursive: true });
    for (const name of [...takes, ...Object.values(beside).flat()]) {
      const other = find(name);
      if (other !== undefined) renameSync(other, join(bin, name));
    }
    // The program itself comes last: where it is, all of it is.
    if (libraries.length === 0) renameSync(from, join(bin, program));
    else wrap(program, from, root);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Puts a program behind a script that shows it its shared libraries.
 * @param {string} program
 * @param {string} from
 * @param {string} root where its packages are unpacked
 */
function wrap(program, from, root) {
  const home = join(tools, "usr/lib", program);
  rmSync(home, { recursive: true, force: true });
  mkdirSync(home, { recursive: true });
  const folders = readdirSync(join(root, "usr/lib"), { withFileTypes: true }).filter((entry) => entry.isDirectory() && entry.name.includes("-linux-"));
  for (const folder of folders) cpSync(join(root, "usr/lib", folder.name), home, { recursive: true, verbatimSymlinks: true });
  renameSync(from, join(home, program));
  const script = join(bin, `${program}.new`);
  writeFileSync(script, `#!/bin/sh\nhome="$(dirname "$0")/../lib/${program}"\nLD_LIBRARY_PATH="$home" exec "$home/${program}" "$@"\n`);
  chmodSync(script, 0o755);
  renameSync(script, join(bin, program));
}

/**
 * Downloads packages and unpacks them into `work/root`.
 * @param {string[]} packages
 * @param {string} work
 * @returns {Promise<string>} why apt refused; empty when it did not
 */
async function unpackPackages(packages, work) {
  const download = await capture("apt-get", ["download", ...packages], { cwd: work });
  if (download.code !== 0) return download.output.trim();
  for (const file of readdirSync(work).filter((entry) => entry.endsWith(".deb"))) {
    const unpack = await capture("dpkg-deb", ["-x", join(work, file), join(work, "root")]);
    if (unpack.code !== 0) throw new Problem(`${file} cannot be unpacked: ${unpack.output.trim()}`);
    rmSync(join(work, file));
  }
  return "";
}
