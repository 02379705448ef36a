import type { ContainerInspectInfo } from "dockerode";
import { size } from "../../../../lib/size.ts";
import { cpuLimit } from "../stats/limit.ts";

type HostConfig = ContainerInspectInfo["HostConfig"];
type Row = readonly [name: string, value: string | undefined];

/** What a container may use at most, in words; undefined for what nothing limits. */
export function limitRows(info: ContainerInspectInfo): readonly Row[] {
  const host = info.HostConfig;
  const cpus = cpuLimit(info);
  return [
    ["CPU", cpus === undefined ? undefined : `${Number(cpus.toFixed(3))} CPUs`],
    ["CPU weight", host.CpuShares ? `${host.CpuShares} shares` : undefined],
    ["Only on CPUs", host.CpusetCpus || undefined],
    ["Memory", host.Memory ? size(host.Memory) : undefined],
    ["Memory and swap", host.MemorySwap && host.MemorySwap !== -1 && host.Memory ? size(host.MemorySwap) : host.MemorySwap === -1 ? "Unlimited swap" : undefined],
    ["Reserved memory", host.MemoryReservation ? size(host.MemoryReservation) : undefined],
    ["Processes", host.PidsLimit && host.PidsLimit > 0 ? host.PidsLimit.toLocaleString("en") : undefined],
    ["Shared memory", host.ShmSize && host.ShmSize !== 67_108_864 ? size(host.ShmSize) : undefined],
    ["Ulimits", host.Ulimits?.length ? (host.Ulimits as { Name: string; Soft: number; Hard: number }[]).map(({ Name, Soft, Hard }) => `${Name} ${Soft === Hard ? Soft : `${Soft} to ${Hard}`}`).join(", ") : undefined],
    ["When memory runs out", host.OomKillDisable ? "It waits instead of being killed" : undefined],
  ];
}

/** What a container may do beyond or short of the usual, in words. */
export function securityRows(info: ContainerInspectInfo): readonly Row[] {
  const host: HostConfig = info.HostConfig;
  const options = (host.SecurityOpt as string[] | null | undefined) ?? [];
  const masked = host as { UsernsMode?: string; PidMode?: string; IpcMode?: string; UTSMode?: string; CgroupnsMode?: string };
  return [
    ["Privileged", host.Privileged ? "Yes: it can do what the engine's user can" : "No"],
    ["Root file system", host.ReadonlyRootfs ? "Read-only" : "Writable"],
    ["Added capabilities", list(host.CapAdd)],
    ["Dropped capabilities", list(host.CapDrop)],
    ["Security options", list(options)],
    ["AppArmor", (info as { AppArmorProfile?: string }).AppArmorProfile || undefined],
    ["Devices", list((host.Devices as { PathOnHost: string }[] | null | undefined)?.map((device) => device.PathOnHost))],
    ["Processes of", sharedMode(masked.PidMode)],
    ["Shared memory of", masked.IpcMode === "host" || masked.IpcMode?.startsWith("container:") ? sharedMode(masked.IpcMode) : undefined],
    ["User namespace", masked.UsernsMode || undefined],
    ["Groups", list(host.GroupAdd)],
    ["Sysctls", host.Sysctls && Object.keys(host.Sysctls).length > 0 ? Object.entries(host.Sysctls).map(([name, value]) => `${name}=${String(value)}`).join(", ") : undefined],
  ];
}

function list(values: readonly (string | number)[] | null | undefined): string | undefined {
  return values && values.length > 0 ? values.join(", ") : undefined;
}

function sharedMode(mode: string | undefined): string | undefined {
  if (mode === "host") return "the host";
  return mode?.startsWith("container:") ? `container ${mode.slice(10, 22)}` : undefined;
}
