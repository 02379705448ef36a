import type { SystemInfo } from "../ipc/contract/system.ts";
import type { EngineConnection } from "./connection.ts";

export interface System {
  info(): Promise<SystemInfo>;
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

export function createSystem(connection: EngineConnection): System {
  return {
    async info() {
      return toSystemInfo((await connection.docker.info()) as RawInfo);
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
