import type { SpecMount } from "../spec-types.ts";
import type { SpecInput, SpecMountInput } from "./input.ts";

const DEFAULT_SHM_SIZE = 64 * 1024 * 1024;
const PROPAGATIONS = ["private", "rprivate", "shared", "rshared", "slave", "rslave"];

/** The container's mounts: the system's own, unless the user mounts something in their place, then the user's, outer ones first. */
export function specMounts(input: SpecInput): SpecMount[] {
  const taken = new Set(input.mounts.map(({ destination }) => destination));
  const own = systemMounts(input).filter(({ destination }) => !taken.has(destination));
  const users = [...input.mounts].sort((a, b) => depth(a.destination) - depth(b.destination)).map(userMount);
  return [...own, ...users];
}

function depth(path: string): number {
  return path.split("/").filter(Boolean).length;
}

function systemMounts(input: SpecInput): SpecMount[] {
  const { hostConfig, capabilities } = input;
  const privileged = hostConfig.Privileged === true;
  const access = privileged ? "rw" : "ro";
  const sharesHostIpc = hostConfig.IpcMode === "host";
  const mounts: SpecMount[] = [
    // As with sysfs below: a process table that is not of our own namespace can only be shown as it is mounted already.
    capabilities.rootless && hostConfig.PidMode === "host"
      ? { destination: "/proc", type: "bind", source: "/proc", options: ["rbind", "nosuid", "noexec", "nodev"] }
      : { destination: "/proc", type: "proc", source: "proc", options: ["nosuid", "noexec", "nodev"] },
    { destination: "/dev", type: "tmpfs", source: "tmpfs", options: ["nosuid", "strictatime", "mode=755", "size=65536k"] },
    { destination: "/dev/pts", type: "devpts", source: "devpts", options: ["nosuid", "noexec", "newinstance", "ptmxmode=0666", "mode=0620", "gid=5"] },
    // A user namespace may mount sysfs only for a network namespace of its own.
    capabilities.rootless && input.network === "host"
      ? { destination: "/sys", type: "none", source: "/sys", options: ["rbind", "nosuid", "noexec", "nodev", access] }
      : { destination: "/sys", type: "sysfs", source: "sysfs", options: ["nosuid", "noexec", "nodev", access] },
  ];
  if (!(capabilities.rootless && capabilities.cgroupDriver === "none")) {
    mounts.push({ destination: "/sys/fs/cgroup", type: "cgroup", source: "cgroup", options: ["nosuid", "noexec", "nodev", "relatime", access] });
  }
  // Only the owner of an ipc namespace may mount its queues anew.
  if (!(sharesHostIpc && capabilities.rootless)) mounts.push({ destination: "/dev/mqueue", type: "mqueue", source: "mqueue", options: ["nosuid", "noexec", "nodev"] });
  const shm = sharesHostIpc ? "/dev/shm" : input.shmSource;
  if (shm !== undefined) mounts.push(bind(shm, "/dev/shm", ["rw"]));
  else if (hostConfig.IpcMode !== "none") mounts.push({ destination: "/dev/shm", type: "tmpfs", source: "shm", options: ["nosuid", "noexec", "nodev", "mode=1777", `size=${hostConfig.ShmSize || DEFAULT_SHM_SIZE}`] });
  return mounts;
}

function bind(source: string, destination: string, options: readonly string[]): SpecMount {
  return { destination, type: "bind", source, options: ["rbind", "rprivate", ...options] };
}

function userMount(mount: SpecMountInput): SpecMount {
  if (mount.type === "tmpfs") return { destination: mount.destination, type: "tmpfs", source: "tmpfs", options: tmpfsOptions(mount) };
  const propagation = mount.propagation || "rprivate";
  return { destination: mount.destination, type: "bind", source: mount.source, options: [mount.nonRecursive === true ? "bind" : "rbind", mount.readWrite ? "rw" : "ro", propagation, ...(mount.options ?? [])] };
}

/** Docker's defaults for a tmpfs, each of which the user may reverse. */
function tmpfsOptions({ tmpfs, readWrite }: SpecMountInput): string[] {
  const given = (tmpfs?.options ?? "").split(",").filter((option) => option !== "");
  const reversed = (option: string): boolean => given.includes(option.slice(2)) || given.includes(option);
  const options = ["nosuid", "nodev", "noexec"].filter((option) => !reversed(option));
  if (!readWrite && !given.includes("rw")) options.push("ro");
  options.push(...given);
  if (tmpfs?.sizeBytes !== undefined && tmpfs.sizeBytes > 0) options.push(`size=${tmpfs.sizeBytes}`);
  if (tmpfs?.mode !== undefined && tmpfs.mode > 0) options.push(`mode=${tmpfs.mode.toString(8)}`);
  return options;
}

/** How mounts made later on the host reach the container: as far as the most open of its own mounts asks for. */
export function rootfsPropagation(mounts: readonly SpecMountInput[]): string {
  const asked = new Set(mounts.map(({ propagation }) => propagation ?? "").filter((mode) => PROPAGATIONS.includes(mode)));
  if (asked.has("shared") || asked.has("rshared")) return "shared";
  if (asked.has("slave") || asked.has("rslave")) return "slave";
  return "rprivate";
}
