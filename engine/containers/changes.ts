import { isDeepStrictEqual } from "node:util";
import type { EndpointRequest, HostConfig } from "./config.ts";
import type { Configuration, ContainerRecord, MountPoint, SettingChange } from "./containers.ts";
import { networkNames } from "./network-names.ts";

/** Limits that the kernel takes while the container runs. */
export const LIVE_LIMITS = ["CpuShares", "Memory", "MemorySwap", "MemoryReservation", "NanoCpus", "CpuPeriod", "CpuQuota", "CpusetCpus", "CpusetMems", "PidsLimit", "BlkioWeight"] as const satisfies readonly (keyof HostConfig)[];

/** Settings that are looked up when they are needed: nothing of them is in the running process. */
const LOOKED_UP = new Set(["Name", "Config.Labels", "Config.StopSignal", "Config.StopTimeout", "Config.OnBuild", "Config.AttachStdin", "Config.AttachStdout", "Config.AttachStderr", "HostConfig.AutoRemove", "HostConfig.RestartPolicy", "HostConfig.ContainerIDFile"]);

/** What mount points are made of is compared as mount points: there are several ways to ask for the same one. */
const OF_MOUNTS = new Set(["Config.Volumes", "HostConfig.Binds", "HostConfig.Mounts", "HostConfig.Tmpfs", "HostConfig.VolumesFrom", "HostConfig.VolumeDriver"]);

/** What both configurations of a comparison have. */
export type Comparable = Pick<ContainerRecord, "name" | "config" | "hostConfig" | "endpoints" | "leftMode" | "mounts">;

/**
 * The settings in which two configurations of a container differ, and when each takes effect. Pure. A value that is absent and one that is empty are the same;
 * a limit that is taken away needs a restart, as Docker's update cannot say it.
 *
 * @param running whether the container runs
 */
export function compareConfigurations(before: Comparable, after: Comparable, running: boolean): SettingChange[] {
  const changes: SettingChange[] = [];
  const add = (setting: string, old: unknown, next: unknown, live: boolean): void => {
    changes.push({ setting, before: old ?? null, after: next ?? null, effect: live ? "live" : running ? "restart" : "start" });
  };
  if (before.name !== after.name) add("Name", before.name, after.name, true);
  for (const [group, old, next] of [["Config", before.config, after.config], ["HostConfig", before.hostConfig, after.hostConfig]] as const) {
    for (const key of new Set([...Object.keys(old), ...Object.keys(next)])) {
      const setting = `${group}.${key}`;
      const [was, is] = [valueOf(old, key), valueOf(next, key)];
      if (!OF_MOUNTS.has(setting) && !same(setting, was, is)) add(setting, was, is, LOOKED_UP.has(setting) || (isLimit(setting) && !isEmpty(is)));
    }
  }
  const [mounts, nextMounts] = [before.mounts.map(mountValue), after.mounts.map(mountValue)];
  if (!isDeepStrictEqual(mounts, nextMounts)) add("Mounts", mounts, nextMounts, false);
  changes.push(...compareNetworks(before, after, running));
  return changes;
}

function compareNetworks(before: Comparable, after: Comparable, running: boolean): SettingChange[] {
  const [old, next] = [networkNames(before), networkNames(after)];
  const modes = [before.hostConfig.NetworkMode ?? "bridge", after.hostConfig.NetworkMode ?? "bridge"];
  const joins = modes[0] === modes[1] && !/^(host|none|container:.*)$/.test(modes[0]!);
  return [...new Set([...old, ...next])].flatMap((name): SettingChange[] => {
    const [was, is] = [endpointValue(old, before, name), endpointValue(next, after, name)];
    if (isDeepStrictEqual(was, is)) return [];
    const live = joins && (was === null || is === null) && !modes.includes(name);
    return [{ setting: `Networks.${name}`, before: was, after: is, effect: live ? "live" : running ? "restart" : "start" }];
  });
}

/** What was asked for of one network; null where the container is not on it. */
function endpointValue(names: readonly string[], { endpoints }: Comparable, name: string): EndpointRequest | null {
  if (!names.includes(name)) return null;
  return Object.fromEntries(Object.entries(endpoints[name] ?? {}).filter(([key, value]) => key !== "NetworkID" && !isEmpty(value)));
}

function isLimit(setting: string): boolean {
  return LIVE_LIMITS.some((limit) => setting === `HostConfig.${limit}`);
}

function valueOf(object: object, key: string): unknown {
  return (object as Record<string, unknown>)[key];
}

function same(setting: string, was: unknown, is: unknown): boolean {
  if (isEmpty(was) && isEmpty(is)) return true;
  // The order of variables means nothing.
  if (setting === "Config.Env" && Array.isArray(was) && Array.isArray(is)) return isDeepStrictEqual(new Set<unknown>(was), new Set<unknown>(is));
  return isDeepStrictEqual(was, is);
}

function isEmpty(value: unknown): boolean {
  if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
  return typeof value === "object" && (Array.isArray(value) ? value.length === 0 : Object.values(value).every(isEmpty));
}

/** What of a mount can be felt in the container. */
function mountValue(mount: MountPoint): object {
  const { type, name, source, destination, readWrite, propagation, nonRecursive, subpath } = mount;
  return {
    Type: type, ...(name === "" ? {} : { Name: name }), ...(type === "bind" ? { Source: source } : {}), Destination: destination, RW: readWrite,
    ...(type === "bind" ? { Propagation: propagation, ...(nonRecursive ? { NonRecursive: true } : {}) } : {}),
    ...(subpath === "" ? {} : { Subpath: subpath }), ...(type === "tmpfs" ? { Options: tmpfsWords(mount) } : {}),
  };
}

/** The options of a tmpfs, however they were written. */
function tmpfsWords({ tmpfs }: MountPoint): string {
  const words = (tmpfs?.options ?? "").split(",").filter((word) => word !== "" && word !== "rw");
  if (tmpfs?.sizeBytes) words.push(`size=${tmpfs.sizeBytes}`);
  if (tmpfs?.mode !== undefined) words.push(`mode=${tmpfs.mode.toString(8)}`);
  return words.sort().join(",");
}

/** Mount points as a configuration's part, sorted as they are planned. */
export function sameMounts(a: Pick<Configuration, "mounts">, b: Pick<Configuration, "mounts">): boolean {
  return isDeepStrictEqual(a.mounts.map(mountValue), b.mounts.map(mountValue));
}
