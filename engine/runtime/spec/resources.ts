import { EngineError } from "../../base/errors.ts";
import type { RuntimeCapabilities } from "../runtime.ts";
import type { SpecResources } from "../spec-types.ts";
import type { DeviceInput, SpecHostConfig } from "./input.ts";

const CPU_PERIOD = 100_000;

/** cgroup limits, without those that this host cannot enforce; the warnings tell which. */
export function resourceLimits(host: SpecHostConfig, capabilities: RuntimeCapabilities): { readonly resources: SpecResources; readonly warnings: string[] } {
  const warnings = new Set<string>();
  const resources: SpecResources = {};
  const has = (controller: "cpu" | "cpuset" | "memory" | "pids" | "blkio", asked: boolean, what: string): boolean => {
    if (!asked) return false;
    if (capabilities.controllers.has(controller)) return true;
    warnings.add(`${what} are not enforced: this engine has no access to the "${controller}" cgroup controller. Limit discarded.`);
    return false;
  };
  const memory = memoryLimits(host, capabilities, has, warnings);
  if (memory !== undefined) resources.memory = memory;
  const cpu = cpuLimits(host, has);
  if (cpu !== undefined) resources.cpu = cpu;
  const pids = host.PidsLimit ?? 0;
  if (has("pids", pids !== 0, "Process limits")) resources.pids = { limit: pids < 0 ? -1 : pids };
  if (has("blkio", (host.BlkioWeight ?? 0) > 0, "Block I/O weights")) {
    if (capabilities.blockIoWeight === true) resources.blockIO = { weight: host.BlkioWeight! };
    else warnings.add("Your kernel does not support Block I/O weight or the cgroup is not mounted. Weight discarded.");
  }
  return { resources, warnings: [...warnings] };
}

type Has = (controller: "cpu" | "cpuset" | "memory" | "pids" | "blkio", asked: boolean, what: string) => boolean;

function memoryLimits(host: SpecHostConfig, capabilities: RuntimeCapabilities, has: Has, warnings: Set<string>): SpecResources["memory"] | undefined {
  const { Memory: limit = 0, MemoryReservation: reservation = 0, MemorySwap: swap = 0 } = host;
  const memory: NonNullable<SpecResources["memory"]> = {};
  if (has("memory", limit > 0, "Memory limits")) {
    memory.limit = limit;
    // Docker allows as much swap as memory unless told otherwise; the specification counts both together.
    if (capabilities.swapLimit === true) memory.swap = swap === 0 ? limit * 2 : swap;
    else if (swap > 0) warnings.add("Your kernel does not support swap limit capabilities or the cgroup is not mounted. Memory limited without swap.");
  }
  if (has("memory", reservation > 0, "Memory reservations")) memory.reservation = reservation;
  const swappiness = host.MemorySwappiness ?? -1;
  if (swappiness >= 0 && capabilities.cgroupVersion === 1 && has("memory", true, "Swappiness values")) memory.swappiness = swappiness;
  if (host.OomKillDisable === true && capabilities.cgroupVersion === 1 && has("memory", true, "Exemptions from the OOM killer")) memory.disableOOMKiller = true;
  return Object.keys(memory).length === 0 ? undefined : memory;
}

function cpuLimits(host: SpecHostConfig, has: Has): SpecResources["cpu"] | undefined {
  const cpu: NonNullable<SpecResources["cpu"]> = {};
  const shares = host.CpuShares ?? 0;
  if (has("cpu", shares > 0, "CPU shares")) cpu.shares = shares;
  const nano = host.NanoCpus ?? 0;
  if (nano > 0) {
    if (has("cpu", true, "CPU limits")) {
      cpu.period = CPU_PERIOD;
      cpu.quota = Math.round((nano * CPU_PERIOD) / 1e9);
    }
  } else {
    if (has("cpu", (host.CpuPeriod ?? 0) > 0, "CPU limits")) cpu.period = host.CpuPeriod!;
    if (has("cpu", (host.CpuQuota ?? 0) !== 0, "CPU limits")) cpu.quota = host.CpuQuota!;
  }
  if (has("cpu", (host.CpuRealtimePeriod ?? 0) > 0, "Real-time CPU limits")) cpu.realtimePeriod = host.CpuRealtimePeriod!;
  if (has("cpu", (host.CpuRealtimeRuntime ?? 0) > 0, "Real-time CPU limits")) cpu.realtimeRuntime = host.CpuRealtimeRuntime!;
  if (has("cpuset", (host.CpusetCpus ?? "") !== "", "Processor sets")) cpu.cpus = host.CpusetCpus!;
  if (has("cpuset", (host.CpusetMems ?? "") !== "", "Processor sets")) cpu.mems = host.CpusetMems!;
  return Object.keys(cpu).length === 0 ? undefined : cpu;
}

/** Which devices the container may use: none but the runtime's basic ones, those given, and those of `DeviceCgroupRules`. */
export function deviceRules(host: SpecHostConfig, devices: readonly DeviceInput[]): NonNullable<SpecResources["devices"]> {
  if (host.Privileged === true) return [{ allow: true, access: "rwm" }];
  return [
    { allow: false, access: "rwm" },
    ...devices.map(({ type, major, minor, access }) => ({ allow: true, type, major, minor, access })),
    ...(host.DeviceCgroupRules ?? []).map(parseDeviceRule),
  ];
}

function parseDeviceRule(rule: string): NonNullable<SpecResources["devices"]>[number] {
  const match = /^([acb]) (\*|\d+):(\*|\d+) ([rwm]{1,3})$/.exec(rule);
  if (match === null) throw new EngineError("invalidArgument", `invalid device cgroup rule format: '${rule}': expected for instance 'c 1:3 rwm'`);
  const number = (text: string): number => (text === "*" ? -1 : Number(text));
  return { allow: true, type: match[1]!, major: number(match[2]!), minor: number(match[3]!), access: match[4]! };
}
