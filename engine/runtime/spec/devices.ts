import { readdirSync, realpathSync, statSync } from "node:fs";
import { join } from "node:path";
import { EngineError, isSystemError } from "../../base/errors.ts";
import { S_IFBLK, S_IFCHR, S_IFMT, splitDevice } from "../../sys/nodes.ts";
import type { DeviceInput } from "./input.ts";

/** What a container's `Devices` entry looks like in Docker's API. */
export interface DeviceRequest {
  readonly PathOnHost?: string | undefined;
  readonly PathInContainer?: string | undefined;
  readonly CgroupPermissions?: string | undefined;
}

/** Directories below /dev that every container has of its own, or that hold no devices. */
const OWN = new Set(["pts", "shm", "fd", "mqueue", ".lxc", ".lxd-mounts", ".udev"]);
/** Nodes that runtimes make themselves. */
const BASIC = new Set(["/dev/console", "/dev/ptmx", "/dev/null", "/dev/zero", "/dev/full", "/dev/random", "/dev/urandom", "/dev/tty"]);

/**
 * Looks up the devices a container asks for; a directory means all devices in it.
 * @throws EngineError `invalidArgument` when one does not exist or is not a device
 */
export function findDevices(requests: readonly DeviceRequest[]): DeviceInput[] {
  return requests.flatMap(({ PathOnHost: hostPath = "", PathInContainer: path = "", CgroupPermissions: access = "" }) => {
    if (!/^[rwm]*$/.test(access)) throw new EngineError("invalidArgument", `invalid device mode: ${access}: use letters of rwm`);
    let real: string;
    try {
      real = realpathSync(hostPath);
    } catch (error) {
      throw new EngineError("invalidArgument", `error gathering device information while adding custom device "${hostPath}": no such file or directory`, { cause: error });
    }
    const target = path || hostPath;
    const found = statSync(real).isDirectory() ? walk(real).map((device) => ({ ...device, path: join(target, device.hostPath.slice(real.length)) })) : nodeAt(real, target);
    if (found.length === 0) throw new EngineError("invalidArgument", `error gathering device information while adding custom device "${hostPath}": not a device node`);
    return found.map((device) => ({ ...device, access: access || "rwm" }));
  });
}

/** All devices of the host, for privileged containers. */
export function hostDevices(): DeviceInput[] {
  return walk("/dev").filter(({ path }) => !BASIC.has(path));
}

function walk(directory: string): DeviceInput[] {
  return readdirSync(directory, { withFileTypes: true }).flatMap((entry) => {
    const path = join(directory, entry.name);
    if (entry.isDirectory()) return OWN.has(entry.name) ? [] : walk(path);
    return entry.isCharacterDevice() || entry.isBlockDevice() ? nodeAt(path, path) : [];
  });
}

function nodeAt(hostPath: string, path: string): DeviceInput[] {
  try {
    const { mode, rdev, uid, gid } = statSync(hostPath);
    const kind = mode & S_IFMT;
    if (kind !== S_IFCHR && kind !== S_IFBLK) return [];
    return [{ path, hostPath, type: kind === S_IFCHR ? "c" : "b", ...splitDevice(rdev), fileMode: mode & 0o777, uid, gid, access: "rwm" }];
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENXIO", "EACCES")) return [];
    throw error;
  }
}
