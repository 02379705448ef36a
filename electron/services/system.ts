import type { DiskUsage, DiskUsageRow, SystemInfo } from "../ipc/contract/system.ts";
import type { EngineConnection } from "./connection.ts";

export interface System {
  info(): Promise<SystemInfo>;
  df(): Promise<DiskUsage>;
}

/** Daemons differ in what they fill in; the window gets every field. */
interface RawInfo {
  Name?: string;
  ServerVersion?: string;
  OperatingSystem?: string;
  KernelVersion?: string;
  Architecture?: string;
  NCPU?: number;
  MemTotal?: number;
  Driver?: string;
  CgroupVersion?: string;
  DockerRootDir?: string;
  SecurityOptions?: string[] | null;
  Containers?: number;
  ContainersRunning?: number;
  ContainersPaused?: number;
  ContainersStopped?: number;
  Images?: number;
  Runtimes?: Record<string, unknown> | null;
  Warnings?: string[] | null;
}

interface RawUsage {
  LayersSize?: number;
  Images?: { Size?: number; SharedSize?: number; Containers?: number }[] | null;
  Containers?: { SizeRw?: number; State?: string }[] | null;
  Volumes?: { UsageData?: { Size?: number; RefCount?: number } | null }[] | null;
  BuildCache?: { Size?: number; InUse?: boolean; Shared?: boolean }[] | null;
}

export function createSystem(connection: EngineConnection): System {
  return {
    async info() {
      return toSystemInfo((await connection.docker.info()) as RawInfo);
    },
    async df() {
      return toDiskUsage((await connection.docker.df()) as RawUsage);
    },
  };
}

function toSystemInfo(raw: RawInfo): SystemInfo {
  return {
    name: raw.Name ?? "",
    serverVersion: raw.ServerVersion ?? "",
    operatingSystem: raw.OperatingSystem ?? "",
    kernelVersion: raw.KernelVersion ?? "",
    architecture: raw.Architecture ?? "",
    cpus: raw.NCPU ?? 0,
    memoryBytes: raw.MemTotal ?? 0,
    storageDriver: raw.Driver ?? "",
    cgroupVersion: raw.CgroupVersion ?? "",
    rootDirectory: raw.DockerRootDir ?? "",
    rootless: (raw.SecurityOptions ?? []).some((option) => option.includes("rootless")),
    containers: raw.Containers ?? 0,
    containersRunning: raw.ContainersRunning ?? 0,
    containersPaused: raw.ContainersPaused ?? 0,
    containersStopped: raw.ContainersStopped ?? 0,
    images: raw.Images ?? 0,
    runtimes: Object.keys(raw.Runtimes ?? {}),
    warnings: raw.Warnings ?? [],
  };
}

/** The totals of `docker system df`: what is shared counts once, what is in use cannot be reclaimed. */
export function toDiskUsage(raw: RawUsage): DiskUsage {
  const images = raw.Images ?? [];
  const unused = images.filter((image) => (image.Containers ?? 0) <= 0);
  return {
    images: {
      count: images.length,
      active: images.length - unused.length,
      bytes: raw.LayersSize ?? 0,
      reclaimableBytes: Math.min(raw.LayersSize ?? 0, total(unused, (image) => (image.Size ?? 0) - Math.max(0, image.SharedSize ?? 0))),
    },
    containers: row(raw.Containers ?? [], (one) => one.SizeRw ?? 0, (one) => ["running", "paused", "restarting"].includes(one.State ?? "")),
    volumes: row(raw.Volumes ?? [], (one) => Math.max(0, one.UsageData?.Size ?? 0), (one) => (one.UsageData?.RefCount ?? 0) > 0),
    buildCache: row((raw.BuildCache ?? []).filter((one) => one.Shared !== true), (one) => one.Size ?? 0, (one) => one.InUse === true),
  };
}

function row<T>(all: readonly T[], bytes: (one: T) => number, active: (one: T) => boolean): DiskUsageRow {
  const idle = all.filter((one) => !active(one));
  return { count: all.length, active: all.length - idle.length, bytes: total(all, bytes), reclaimableBytes: total(idle, bytes) };
}

function total<T>(all: readonly T[], bytes: (one: T) => number): number {
  return all.reduce((sum, one) => sum + bytes(one), 0);
}
