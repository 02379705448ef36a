import { EngineError, messageOf } from "../../base/errors.ts";
import type { ResourceUpdate } from "../runtime.ts";
import type { Cgroups } from "./cgroups.ts";
import type { Controller } from "./layout.ts";

/** One control file to write. */
export interface ControlWrite {
  readonly controller: Controller;
  readonly file: string;
  readonly value: string;
}

/**
 * Changes a live task's limits.
 * @throws EngineError `invalidArgument` when the host has not the controller or the kernel refuses the value
 */
export function applyUpdate(cgroups: Cgroups, id: string, resources: ResourceUpdate): void {
  const currentLimit = Number(cgroups.read(id, "memory", "memory.limit_in_bytes")?.trim() ?? 0);
  for (const { controller, file, value } of cgroups.layout.version === 2 ? writesV2(resources) : writesV1(resources, currentLimit)) {
    let written: boolean;
    try {
      written = cgroups.write(id, controller, file, value);
    } catch (error) {
      throw new EngineError("invalidArgument", `the kernel refuses ${value} for ${file}: ${messageOf(error)}`, { cause: error });
    }
    if (!written) throw new EngineError("invalidArgument", `this host gives the engine no ${controller} cgroup, so ${file} cannot be set to ${value}`);
  }
}

/** @param currentLimit the memory limit in force: with swap it must never exceed the two together, so the order of the writes depends on it */
export function writesV1(resources: ResourceUpdate, currentLimit: number): ControlWrite[] {
  const { memory, cpu } = resources;
  const writes: ControlWrite[] = [];
  const limit = memory?.limit === undefined ? [] : [{ controller: "memory" as const, file: "memory.limit_in_bytes", value: String(memory.limit) }];
  const swap = memory?.swap === undefined ? [] : [{ controller: "memory" as const, file: "memory.memsw.limit_in_bytes", value: String(memory.swap) }];
  const grows = memory?.limit !== undefined && (memory.limit > currentLimit || memory.limit < 0);
  writes.push(...(grows ? [...swap, ...limit] : [...limit, ...swap]));
  if (memory?.reservation !== undefined) writes.push({ controller: "memory", file: "memory.soft_limit_in_bytes", value: String(memory.reservation) });
  if (cpu?.shares !== undefined) writes.push({ controller: "cpu", file: "cpu.shares", value: String(cpu.shares) });
  if (cpu?.period !== undefined) writes.push({ controller: "cpu", file: "cpu.cfs_period_us", value: String(cpu.period) });
  if (cpu?.quota !== undefined) writes.push({ controller: "cpu", file: "cpu.cfs_quota_us", value: String(cpu.quota === 0 ? -1 : cpu.quota) });
  writes.push(...common(resources));
  if (resources.blockIoWeight !== undefined) writes.push({ controller: "blkio", file: "blkio.weight", value: String(resources.blockIoWeight) });
  return writes;
}

export function writesV2(resources: ResourceUpdate): ControlWrite[] {
  const { memory, cpu } = resources;
  const writes: ControlWrite[] = [];
  const bytes = (value: number): string => (value < 0 ? "max" : String(value));
  if (memory?.swap !== undefined) {
    // The OCI specification's swap counts memory too; version 2 counts swap alone.
    writes.push({ controller: "memory", file: "memory.swap.max", value: memory.swap < 0 ? "max" : String(Math.max(0, memory.swap - (memory.limit ?? 0))) });
  }
  if (memory?.limit !== undefined) writes.push({ controller: "memory", file: "memory.max", value: bytes(memory.limit) });
  if (memory?.reservation !== undefined) writes.push({ controller: "memory", file: "memory.low", value: bytes(memory.reservation) });
  if (cpu?.shares !== undefined && cpu.shares !== 0) writes.push({ controller: "cpu", file: "cpu.weight", value: String(sharesToWeight(cpu.shares)) });
  if (cpu?.quota !== undefined || cpu?.period !== undefined) {
    const quota = cpu.quota === undefined || cpu.quota <= 0 ? "max" : String(cpu.quota);
    writes.push({ controller: "cpu", file: "cpu.max", value: cpu.period === undefined || cpu.period === 0 ? quota : `${quota} ${cpu.period}` });
  }
  writes.push(...common(resources));
  if (resources.blockIoWeight !== undefined) writes.push({ controller: "blkio", file: "io.bfq.weight", value: String(resources.blockIoWeight) });
  return writes;
}

function common({ cpu, pidsLimit }: ResourceUpdate): ControlWrite[] {
  const writes: ControlWrite[] = [];
  if (cpu?.cpus !== undefined && cpu.cpus !== "") writes.push({ controller: "cpuset", file: "cpuset.cpus", value: cpu.cpus });
  if (cpu?.mems !== undefined && cpu.mems !== "") writes.push({ controller: "cpuset", file: "cpuset.mems", value: cpu.mems });
  if (pidsLimit !== undefined) writes.push({ controller: "pids", file: "pids.max", value: pidsLimit <= 0 ? "max" : String(pidsLimit) });
  return writes;
}

/** cpu.shares 2..262144 onto cpu.weight 1..10000, linearly, as runtimes do. */
export function sharesToWeight(shares: number): number {
  return 1 + Math.floor(((Math.min(Math.max(shares, 2), 262_144) - 2) * 9999) / 262_142);
}
