import { accessSync, constants, existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, join } from "node:path";
import { isSystemError } from "../../base/errors.ts";
import { inUserNamespace } from "../../sys/identity.ts";
import { listMounts } from "../../sys/mount.ts";

/** Controllers by their version 1 names, which the engine uses for both versions. */
export type Controller = "cpu" | "cpuset" | "memory" | "pids" | "blkio" | "devices" | "freezer";

/** Where this engine may make cgroups for containers. */
export interface CgroupLayout {
  readonly version: 1 | 2;
  /** Version 1 with a version 2 hierarchy mounted beside: crun refuses such hosts unless it does not see it. */
  readonly hybrid: boolean;
  /** The cgroup that holds the containers' ones, from the hierarchy's root (`/slipway`); null when no cgroup is writable. */
  readonly parent: string | null;
  /** Mount points by hierarchy: controller names (and `systemd` and the like) in version 1, the one key `unified` in version 2. */
  readonly mounts: ReadonlyMap<string, string>;
  readonly controllers: ReadonlySet<Controller>;
}

const CONTROLLERS: readonly Controller[] = ["cpu", "cpuset", "memory", "pids", "blkio", "devices", "freezer"];
const MOUNT = "/sys/fs/cgroup";

/**
 * Finds the host's cgroups and prepares the parent of the containers' ones. In version 2 a process may not sit in a cgroup that hands controllers on,
 * so a delegated cgroup's processes (the engine, rootlesskit) move into its leaf `engine`.
 */
export function prepareCgroups(): CgroupLayout {
  const mounts = listMounts();
  if (mounts.some(({ target, type }) => target === MOUNT && type === "cgroup2")) return prepareUnified();
  const hierarchies = new Map<string, string>();
  for (const { target, type } of mounts) {
    if (type === "cgroup" && target.startsWith(`${MOUNT}/`)) for (const name of basename(target).split(",")) hierarchies.set(name, target);
  }
  const unified = mounts.find(({ target, type }) => type === "cgroup2" && target.startsWith(MOUNT));
  const hybrid = unified !== undefined && hierarchies.size > 0;
  // runc joins the version 2 hierarchy too: its cgroups are ours to remove.
  if (hybrid) hierarchies.set("unified", unified.target);
  const parent = "/slipway";
  const controllers = new Set(CONTROLLERS.filter((name) => canMake(hierarchies.get(name), parent)));
  return { version: 1, hybrid, parent: controllers.size === 0 ? null : parent, mounts: hierarchies, controllers };
}

function canMake(mount: string | undefined, parent: string): boolean {
  if (mount === undefined) return false;
  const directory = join(mount, parent);
  try {
    mkdirSync(directory, { recursive: true });
    accessSync(directory, constants.W_OK);
    return true;
  } catch {
    return false;
  }
}

function prepareUnified(): CgroupLayout {
  const mounts = new Map([["unified", MOUNT]]);
  const none: CgroupLayout = { version: 2, hybrid: false, parent: null, mounts, controllers: new Set() };
  const base = inUserNamespace() ? delegatedCgroup() : "/";
  if (base === undefined) return none;
  const parent = join(base, inUserNamespace() ? "containers" : "slipway");
  try {
    if (existsSync(join(MOUNT, base, "cgroup.type")) || inUserNamespace()) moveToLeaf(base);
    handOn(join(MOUNT, base));
    mkdirSync(join(MOUNT, parent), { recursive: true });
    handOn(join(MOUNT, parent));
  } catch (error) {
    if (isSystemError(error, "EACCES", "EPERM", "EROFS", "EBUSY", "ENOENT")) return none;
    throw error;
  }
  return { version: 2, hybrid: false, parent, mounts, controllers: handedOn(join(MOUNT, parent)) };
}

/** Our own cgroup when it was made for us (a scope or service named after the engine) and is ours to divide; undefined otherwise: no other program's processes are moved. */
function delegatedCgroup(): string | undefined {
  let own = /^0::(\/.*)$/m.exec(readFileSync("/proc/self/cgroup", "utf8"))?.[1];
  if (own === undefined) return undefined;
  if (basename(own) === "engine") own = join(own, "..");
  if (own !== "/" && !basename(own).startsWith("slipway")) return undefined;
  try {
    accessSync(join(MOUNT, own, "cgroup.procs"), constants.W_OK);
    return own;
  } catch {
    return undefined;
  }
}

function moveToLeaf(base: string): void {
  const leaf = join(MOUNT, base, "engine");
  // Processes may be born while we move: look again until none is left, but not for ever.
  for (let round = 0; round < 10; round++) {
    const pids = readFileSync(join(MOUNT, base, "cgroup.procs"), "utf8").split("\n").filter((pid) => pid !== "" && pid !== "0");
    if (pids.length === 0) return;
    mkdirSync(leaf, { recursive: true });
    for (const pid of pids) {
      try {
        writeFileSync(join(leaf, "cgroup.procs"), pid);
      } catch (error) {
        if (!isSystemError(error, "ESRCH")) throw error;
      }
    }
  }
}

/** Enables each available controller for the cgroups below, one by one: one that is refused must not cost the others. */
function handOn(directory: string): void {
  const available = readFileSync(join(directory, "cgroup.controllers"), "utf8").trim().split(/\s+/);
  const enabled = new Set(readFileSync(join(directory, "cgroup.subtree_control"), "utf8").trim().split(/\s+/));
  for (const name of available) {
    if (name === "" || enabled.has(name)) continue;
    try {
      writeFileSync(join(directory, "cgroup.subtree_control"), `+${name}`);
    } catch (error) {
      if (!isSystemError(error, "EBUSY", "EINVAL", "EOPNOTSUPP", "ENOENT", "EPERM", "EACCES")) throw error;
    }
  }
}

function handedOn(directory: string): ReadonlySet<Controller> {
  const enabled = new Set(readFileSync(join(directory, "cgroup.subtree_control"), "utf8").trim().split(/\s+/));
  // Freezing is a core feature of version 2; device rules are BPF programs, which only the initial user namespace may load.
  const found = new Set<Controller>(["freezer"]);
  if (!inUserNamespace()) found.add("devices");
  for (const name of ["cpu", "cpuset", "memory", "pids"] as const) if (enabled.has(name)) found.add(name);
  if (enabled.has("io")) found.add("blkio");
  return found;
}
