import { accessSync, constants, existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { userInfo } from "node:os";
import { isSystemError } from "../base/errors.ts";
import { projectRoot } from "./project.ts";
import { canDelegate } from "./cgroups.ts";
import type { User } from "./paths.ts";

/** One thing the engine needs, as `slipway doctor` shows it. */
export interface Finding {
  readonly name: string;
  readonly found: boolean;
  /** Where or which one, when found; else what is wrong. */
  readonly detail: string;
  readonly why: string;
  /** A command that makes it right; null when it is found or nobody but an administrator's judgement helps. */
  readonly fix: string | null;
  /** Without it the engine does not work; otherwise something is missing from it. */
  readonly required: boolean;
}

/** Where distributions keep shared libraries. */
const LIBRARY_FOLDERS = [`/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu`, "/usr/lib64", "/usr/lib", "/usr/local/lib"];

/** packages.json, which scripts/setup.mjs reads too: setup installs what doctor looks for. */
interface PackageRow {
  readonly id: string;
  readonly when: "always" | "rootless" | "cgroup1" | "cgroup2" | "window";
  /** Names of programs, absolute paths, or names of shared libraries. */
  readonly programs: readonly string[];
  /** Every program is needed; otherwise the first one found will do. */
  readonly all?: boolean;
  /** The engine works without: where the distribution lacks it, the rest is installed all the same. */
  readonly optional?: boolean;
  readonly why: string;
  readonly apt: string;
  readonly dnf: string;
  readonly pacman: string;
}

/**
 * Looks at everything an engine of this user needs. Nothing is started or changed.
 * @param user whose engine; uid 0 needs no namespaces
 */
export function examine(user: User): Finding[] {
  const rootless = user.uid !== 0;
  const packages = readPackages().filter((row) => applies(row, rootless)).map((row) => examinePackage(row, user));
  return rootless ? [...packages, namespaces(), subordinateIds("subuid", user), subordinateIds("subgid", user), tunDevice(), delegation(user)] : packages;
}

function readPackages(): readonly PackageRow[] {
  return JSON.parse(readFileSync(new URL("packages.json", import.meta.url), "utf8")) as PackageRow[];
}

function applies(row: PackageRow, rootless: boolean): boolean {
  switch (row.when) {
    case "always": return true;
    case "rootless": return rootless;
    case "cgroup2": return isCgroup2();
    case "cgroup1": return !isCgroup2();
    case "window": return !hasElectron();
  }
}

function examinePackage(row: PackageRow, user: User): Finding {
  const places = row.programs.map((program) => findProgram(program, user));
  const found = row.all === true ? places.every((place) => place !== undefined) : places.some((place) => place !== undefined);
  return {
    name: row.id,
    found,
    detail: found ? places.filter((place) => place !== undefined).slice(0, row.all === true ? undefined : 1).join(", ") : `no ${row.programs.map((program) => program.replace(/.*\//, "")).filter((name, index, all) => all.indexOf(name) === index).join(row.all === true ? " and " : " or ")} on this machine`,
    why: row.why,
    fix: found ? null : installCommand(row, user),
    required: row.optional !== true,
  };
}

function installCommand(row: PackageRow, user: User): string | null {
  const sudo = user.uid === 0 ? "" : "sudo ";
  if (findProgram("apt-get", user) !== undefined) return `${sudo}apt-get install -y --no-install-recommends ${row.apt}`;
  if (findProgram("dnf", user) !== undefined) return `${sudo}dnf install -y ${row.dnf}`;
  if (findProgram("pacman", user) !== undefined) return `${sudo}pacman -S --needed ${row.pacman}`;
  return null;
}

function namespaces(): Finding {
  const why = "a normal user's engine is root in a user namespace of its own";
  const name = "user namespaces";
  if (readNumber("/proc/sys/user/max_user_namespaces") === 0) {
    return { name, found: false, detail: "the kernel allows none (user.max_user_namespaces is 0)", why, fix: "sudo sysctl -w user.max_user_namespaces=15000", required: true };
  }
  if (readNumber("/proc/sys/kernel/unprivileged_userns_clone") === 0) {
    return { name, found: false, detail: "only root may make them (kernel.unprivileged_userns_clone is 0)", why, fix: "sudo sysctl -w kernel.unprivileged_userns_clone=1", required: true };
  }
  if (readNumber("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") === 1 && !existsSync("/etc/apparmor.d/rootlesskit") && !existsSync("/etc/apparmor.d/usr.bin.rootlesskit")) {
    return { name, found: false, detail: "AppArmor allows them only to programs with a profile, and rootlesskit has none", why, fix: "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0", required: true };
  }
  return { name, found: true, detail: "allowed", why, fix: null, required: true };
}

/** /etc/subuid and /etc/subgid (subuid(5)): a range of at least 65536, or images with other users cannot be unpacked. */
function subordinateIds(file: "subuid" | "subgid", user: User): Finding {
  const login = loginName(user.uid);
  const ranges = readText(`/etc/${file}`)
    .split("\n")
    .map((line) => line.split(":"))
    .filter(([owner]) => owner === login || owner === String(user.uid));
  const total = ranges.reduce((sum, [, , count]) => sum + Number(count), 0);
  const found = total >= 65536;
  const option = file === "subuid" ? "--add-subuids" : "--add-subgids";
  return {
    name: `/etc/${file}`,
    found,
    detail: found ? ranges.map(([, first, count]) => `${count ?? ""} ids from ${first ?? ""}`).join(", ") : `${login} has ${total === 0 ? "no range" : `only ${String(total)} ids`}`,
    why: "the ids that files and processes of other users in a container get on this machine",
    fix: found ? null : `sudo usermod ${option} ${nextFreeRange(file)} ${login}`,
    required: true,
  };
}

function nextFreeRange(file: string): string {
  const ends = readText(`/etc/${file}`).split("\n").map((line) => line.split(":")).map(([, first, count]) => Number(first) + Number(count));
  const start = Math.max(100_000, ...ends.filter((end) => Number.isSafeInteger(end)));
  return `${String(start)}-${String(start + 65535)}`;
}

function tunDevice(): Finding {
  const why = "slirp4netns connects containers to the network through it";
  const name = "/dev/net/tun";
  try {
    accessSync(name, constants.R_OK | constants.W_OK);
    return { name, found: true, detail: "usable", why, fix: null, required: true };
  } catch (error) {
    const absent = isSystemError(error, "ENOENT");
    return { name, found: false, detail: absent ? "the device is not there" : "this user may not open it", why, fix: absent ? "sudo modprobe tun" : "sudo chmod 0666 /dev/net/tun", required: true };
  }
}

function delegation(user: User): Finding {
  const found = canDelegate(user);
  return {
    name: "cgroup delegation",
    found,
    detail: found ? "by the systemd user manager" : isCgroup2() ? "no systemd user manager runs for this login" : "this machine does not use cgroup v2 alone",
    why: "limits on memory, CPU and processes (--memory, --cpus, --pids-limit); without it containers run without limits",
    fix: found || !isCgroup2() ? null : `sudo loginctl enable-linger ${loginName(user.uid)}`,
    required: false,
  };
}

function findProgram(program: string, user: User): string | undefined {
  if (program.includes(".so.")) return LIBRARY_FOLDERS.map((folder) => join(folder, program)).find((path) => existsSync(path));
  const candidates = program.startsWith("/") ? [program] : (user.env["PATH"] ?? "").split(":").map((folder) => join(folder, program));
  return candidates.find((candidate) => isExecutable(candidate));
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function isCgroup2(): boolean {
  return existsSync("/sys/fs/cgroup/cgroup.controllers");
}

function hasElectron(): boolean {
  return existsSync(join(projectRoot(), "node_modules/electron/path.txt"));
}

function loginName(uid: number): string {
  return /^([^:]+):[^:]*:(\d+):/.exec(readText("/etc/passwd").split("\n").find((line) => line.split(":")[2] === String(uid)) ?? "")?.[1] ?? userInfo().username;
}

function readNumber(path: string): number | undefined {
  const text = readText(path).trim();
  return text === "" ? undefined : Number(text);
}

function readText(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "EACCES")) return "";
    throw error;
  }
}
