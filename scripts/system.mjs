// System packages: what engine/launch/packages.json lists and this machine lacks, installed by apt, dnf or pacman.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { Problem, say } from "./report.mjs";
import { capture, root, run, which } from "./runtime.mjs";

/** @typedef {{ id: string, when: string, programs: string[], all?: boolean, optional?: boolean, why: string, apt: string, dnf: string, pacman: string }} Row */
/** @typedef {{ name: "apt" | "dnf" | "pacman", install: (packages: string[]) => string, first: string[] }} Manager */

/**
 * Installs what is missing: as root without asking, as a user through sudo, showing the line and what it is for.
 * @param {{ window: boolean, rootless?: boolean }} needs whether a browser is needed, and the tools of a normal user's engine
 */
export async function ensureSystemPackages({ window, rootless = process.getuid?.() !== 0 }) {
  const missing = readRows().filter((row) => applies(row, { window, rootless }) && !isPresent(row));
  const idRange = process.getuid?.() === 0 ? undefined : subordinateIdCommand();
  if (missing.length === 0 && idRange === undefined) return;
  if (missing.length === 0) return runSteps([idRange ?? ""], ["a range of user ids for containers (/etc/subuid, /etc/subgid)"]);
  const manager = findManager();
  const names = missing.map((row) => row.id).join(", ");
  if (manager === undefined) throw new Problem(`please install ${names}: neither apt, dnf nor pacman is on this machine.`);
  const reasons = missing.map((row) => `${row[manager.name]}: ${row.why}`);
  const steps = [...manager.first, manager.install([...new Set(missing.map((row) => row[manager.name]))])];
  if (idRange !== undefined) {
    steps.push(idRange);
    reasons.push("a range of user ids for containers (/etc/subuid, /etc/subgid)");
  }
  try {
    await runSteps(steps, reasons);
  } catch (error) {
    const needed = missing.filter((row) => row.optional !== true);
    const optional = missing.filter((row) => row.optional === true);
    if (optional.length === 0 || !(error instanceof Problem) || (error.exitCode === 3 && needed.length > 0)) throw error;
    // A distribution without one of the optional packages installs none of the list: so each of them alone, whatever becomes of it.
    const alone = optional.map((row) => `{ ${manager.install([row[manager.name]])} || true; }`);
    const rest = [...(needed.length === 0 ? [] : [manager.install(needed.map((row) => row[manager.name]))]), ...(idRange === undefined ? [] : [idRange]), ...alone];
    const another = needed.length > 0 || (optional.length > 1 && error.exitCode !== 3);
    if (another) await runSteps(rest, missing.map((row) => `${row[manager.name]}: ${row.why}`));
    const lacking = optional.filter((row) => !isPresent(row));
    if (lacking.length > 0) say(`${lacking.map((row) => `${row.id} (${row.why})`).join(", ")} could not be installed; going on without`);
  }
  const still = missing.filter((row) => !isPresent(row) && row.optional !== true);
  if (still.length > 0) throw new Problem(`the packages were installed, but ${still.map((row) => row.programs.join(" or ")).join(", ")} cannot be found.`);
}

/** @returns {Row[]} */
function readRows() {
  return JSON.parse(readFileSync(join(root, "engine/launch/packages.json"), "utf8"));
}

/**
 * @param {Row} row
 * @param {{ window: boolean, rootless: boolean }} needs
 */
function applies(row, needs) {
  const cgroup2 = existsSync("/sys/fs/cgroup/cgroup.controllers");
  return { always: true, rootless: needs.rootless, window: needs.window, cgroup2, cgroup1: !cgroup2 }[row.when] ?? false;
}

/** @param {Row} row */
function isPresent(row) {
  const found = (/** @type {string} */ program) => which(program) !== undefined;
  return row.all === true ? row.programs.every(found) : row.programs.some(found);
}

/** @returns {Manager | undefined} */
function findManager() {
  if (which("apt-get") !== undefined) {
    const first = [];
    // An interrupted dpkg refuses all work until it is told to go on.
    if (existsSync("/var/lib/dpkg/updates") && readdirSync("/var/lib/dpkg/updates").length > 0) first.push("dpkg --configure -a");
    if (!existsSync("/var/lib/apt/lists") || !readdirSync("/var/lib/apt/lists").some((name) => /_Packages/.test(name))) first.push("apt-get update -qq");
    const install = (/** @type {string[]} */ packages) => `DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends -o DPkg::Lock::Timeout=120 ${packages.join(" ")}`;
    return { name: "apt", first, install };
  }
  if (which("dnf") !== undefined) return { name: "dnf", first: [], install: (packages) => `dnf install -y --setopt=install_weak_deps=False ${packages.join(" ")}` };
  if (which("pacman") !== undefined) return { name: "pacman", first: [], install: (packages) => `pacman -Sy --needed --noconfirm ${packages.join(" ")}` };
  return undefined;
}

/** The command that gives this user subordinate ids, or undefined when there are enough. */
function subordinateIdCommand() {
  const { username, uid } = userInfo();
  /** @type {string[]} */
  const options = [];
  for (const [file, option] of Object.entries({ "/etc/subuid": "--add-subuids", "/etc/subgid": "--add-subgids" })) {
    const ranges = (existsSync(file) ? readFileSync(file, "utf8") : "").split("\n").map((line) => line.split(":"));
    const own = ranges.filter(([owner]) => owner === username || owner === String(uid)).reduce((sum, [, , count]) => sum + Number(count), 0);
    const start = Math.max(100_000, ...ranges.map(([, first, count]) => Number(first) + Number(count)).filter(Number.isSafeInteger));
    if (own < 65536) options.push(`${option} ${start}-${start + 65535}`);
  }
  return options.length === 0 ? undefined : `touch /etc/subuid /etc/subgid && usermod ${options.join(" ")} ${username}`;
}

/**
 * @param {string[]} steps shell commands that need root
 * @param {string[]} reasons what they are for
 */
async function runSteps(steps, reasons) {
  const line = steps.join(" && ");
  if (process.getuid?.() === 0) {
    say(`installing system packages:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}`);
    const { code, output } = await capture("/bin/sh", ["-c", line]);
    if (code !== 0) throw new Problem(`${line}\nfailed:\n${output.trim()}`);
    return;
  }
  const shown = `sudo sh -c '${line}'`;
  say(`root must do this once:\n${reasons.map((reason) => `  - ${reason}`).join("\n")}\n  ${shown}`);
  const silent = which("sudo") !== undefined && (await capture("sudo", ["-n", "true"])).code === 0;
  if (!silent && !(which("sudo") !== undefined && process.stdin.isTTY)) throw new Problem("run that line, then this command again.", 3);
  const code = silent ? (await capture("sudo", ["-n", "sh", "-c", line]).then(report)) : await run("sudo", ["sh", "-c", line]);
  if (code !== 0) throw new Problem(`that line failed with code ${code}.`, silent ? 1 : 3);
}

/** @param {{ code: number, output: string }} result */
function report({ code, output }) {
  if (code !== 0) process.stderr.write(output);
  return code;
}
