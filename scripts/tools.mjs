// Programs that only tests use: a registry, a static busybox for images, the docker CLI. Debian's docker.io and docker-registry
// packages would start services, so they are unpacked into .cache/tools and not installed.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Problem, say } from "./report.mjs";
import { cache, capture, which } from "./runtime.mjs";

const tools = join(cache, "tools");
/** Where unpacked programs lie; vitest.config.ts puts them into PATH. */
export const toolFolders = ["usr/local/bin", "usr/bin", "usr/sbin", "bin"].map((folder) => join(tools, folder));

const TOOLS = [
  { program: "docker", apt: ["docker-cli", "docker.io"], dnf: "docker-cli", pacman: "docker" },
  { program: "docker-registry", apt: ["docker-registry"], dnf: "docker-distribution", pacman: "docker-distribution" },
  { program: "busybox", apt: ["busybox-static"], dnf: "busybox", pacman: "busybox" },
];

export async function ensureTestTools() {
  const missing = TOOLS.filter(({ program }) => which(program) === undefined && !toolFolders.some((folder) => existsSync(join(folder, program))));
  if (missing.length === 0) return;
  if (which("apt-get") === undefined) {
    const manager = which("dnf") === undefined ? "pacman -S" : "dnf install";
    const names = missing.map((tool) => (manager.startsWith("dnf") ? tool.dnf : tool.pacman)).join(" ");
    throw new Problem(`the tests need ${missing.map((tool) => tool.program).join(", ")}: sudo ${manager} ${names}`);
  }
  say(`fetching ${missing.map((tool) => tool.program).join(", ")} for the tests (unpacked into .cache/tools, not installed)`);
  for (const tool of missing) await unpackDebian(tool.program, tool.apt);
}

/**
 * @param {string} program
 * @param {string[]} packages candidates, best first
 */
async function unpackDebian(program, packages) {
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
      mkdirSync(join(tools, "usr/bin"), { recursive: true });
      renameSync(from, join(tools, "usr/bin", program));
      return;
    }
    throw new Problem(`the tests need ${program}, and apt does not have it (${packages.join(", ")}): ${said.trim()}`);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}
