// Programs that only tests use: a registry, a static busybox for images, the docker CLI. Debian's docker.io and docker-registry
// packages would start services, so they are unpacked into .cache/tools and not installed.
import { cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem, say } from "./report.mjs";
import { cache, capture, which } from "./runtime.mjs";

const tools = join(cache, "tools");
/** Where unpacked programs lie; vitest.config.ts puts them into PATH. */
export const toolFolders = ["usr/local/bin", "usr/bin", "usr/sbin", "bin"].map((folder) => join(tools, folder));

/** What docker-compose 1.29 imports, beside what comes with Python. */
const COMPOSE_MODULES = [
  "attr", "certifi", "chardet", "charset-normalizer", "distro", "docker", "dockerpty", "docopt", "dotenv", "idna", "jsonschema", "packaging", "pyrsistent", "requests", "six", "texttable", "urllib3", "websocket", "yaml",
].map((name) => `python3-${name}`);

/**
 * `with`: Python modules that the program needs. `also`: programs that it starts, by package. `optional`: the tests say that they leave it out where it is missing.
 * @type {{ program: string, apt: string[], dnf: string, pacman: string, with?: string[], also?: Record<string, string[]>, optional?: boolean }[]}
 */
const TOOLS = [
  { program: "docker", apt: ["docker-cli", "docker.io"], dnf: "docker-cli", pacman: "docker" },
  { program: "docker-registry", apt: ["docker-registry"], dnf: "docker-distribution", pacman: "docker-distribution" },
  { program: "busybox", apt: ["busybox-static"], dnf: "busybox", pacman: "busybox" },
  { program: "docker-compose", apt: ["docker-compose"], dnf: "docker-compose", pacman: "docker-compose", with: COMPOSE_MODULES, optional: true },
  { program: "dockerd", apt: ["docker.io"], dnf: "docker", pacman: "docker", also: { containerd: ["containerd", "containerd-shim-runc-v2"] }, optional: true },
];

export async function ensureTestTools() {
  const missing = TOOLS.filter(({ program }) => which(program) === undefined && !toolFolders.some((folder) => existsSync(join(folder, program))));
  if (missing.length === 0) return;
  if (which("apt-get") === undefined) {
    const needed = missing.filter((tool) => !tool.optional);
    if (needed.length === 0) return;
    const manager = which("dnf") === undefined ? "pacman -S" : "dnf install";
    const names = needed.map((tool) => (manager.startsWith("dnf") ? tool.dnf : tool.pacman)).join(" ");
    throw new Problem(`the tests need ${needed.map((tool) => tool.program).join(", ")}: sudo ${manager} ${names}`);
  }
  say(`fetching ${missing.map((tool) => tool.program).join(", ")} for the tests (unpacked into .cache/tools, not installed)`);
  for (const tool of missing) {
    try {
      for (const [name, programs] of Object.entries(tool.also ?? {})) for (const program of programs) if (which(program) === undefined) await unpackDebian(program, [name], []);
      await unpackDebian(tool.program, tool.apt, tool.with ?? []);
    } catch (error) {
      if (!tool.optional || !(error instanceof Problem)) throw error;
      say(`${tool.program} is left out: ${error.message}`);
    }
  }
}

/**
 * @param {string} program
 * @param {string[]} packages candidates, best first
 * @param {string[]} modules packages of Python modules to unpack beside it
 */
async function unpackDebian(program, packages, modules) {
  mkdirSync(tools, { recursive: true });
  const work = mkdtempSync(join(cache, "unpack-"));
  try {
    let said = "";
    for (const name of packages) {
      const download = await capture("apt-get", ["download", name], { cwd: work });
      const file = readdirSync(work).find((entry) => entry.endsWith(".deb"));
      said = download.output;
      if (download.code !== 0 || file === undefined) continue;
      const unpack = await capture("dpkg-deb", ["-x", join(work, file), join(work, "root")]);
      if (unpack.code !== 0) throw new Problem(`${file} cannot be unpacked: ${unpack.output.trim()}`);
      const from = ["usr/bin", "bin", "usr/sbin"].map((folder) => join(work, "root", folder, program)).find((path) => existsSync(path));
      rmSync(join(work, file));
      if (from === undefined) continue;
      if (modules.length > 0) await unpackModules(modules, work);
      mkdirSync(join(tools, "usr/bin"), { recursive: true });
      renameSync(from, join(tools, "usr/bin", program));
      return;
    }
    throw new Problem(`the tests need ${program}, and apt does not have it (${packages.join(", ")}): ${said.trim()}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/**
 * Unpacks Python modules into `work/root`, and all modules that are there then into the tools.
 * @param {string[]} packages
 * @param {string} work
 */
async function unpackModules(packages, work) {
  const download = await capture("apt-get", ["download", ...packages], { cwd: work });
  if (download.code !== 0) throw new Problem(`apt does not have its modules: ${download.output.trim()}`);
  for (const file of readdirSync(work).filter((entry) => entry.endsWith(".deb"))) {
    const unpack = await capture("dpkg-deb", ["-x", join(work, file), join(work, "root")]);
    if (unpack.code !== 0) throw new Problem(`${file} cannot be unpacked: ${unpack.output.trim()}`);
  }
  cpSync(join(work, "root/usr/lib/python3"), join(tools, "usr/lib/python3"), { recursive: true });
}
