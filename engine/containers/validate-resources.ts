import { readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { EngineError } from "../base/errors.ts";
import type { HostConfig } from "./config.ts";

const MINIMUM_MEMORY = 6 * 1024 * 1024;

/** Checks resource limits. @throws EngineError `invalidArgument` for values that are wrong everywhere */
export function checkResources(host: HostConfig): void {
  const invalid = (message: string): EngineError => new EngineError("invalidArgument", message);
  const { Memory: memory = 0, MemorySwap: swap = 0, MemoryReservation: reservation = 0 } = host;
  if (memory < 0 || (memory > 0 && memory < MINIMUM_MEMORY)) throw invalid("Minimum memory limit allowed is 6MB");
  if (swap > 0 && memory === 0) throw invalid("You should always set the Memory limit when using Memoryswap limit, see usage");
  if (memory > 0 && swap > 0 && swap < memory) throw invalid("Minimum memoryswap limit should be larger than memory limit, see usage");
  if (reservation > 0 && memory > 0 && memory < reservation) throw invalid("Minimum memory limit can not be less than memory reservation limit, see usage");
  const processors = availableParallelism();
  const nanoCpus = host.NanoCpus ?? 0;
  if (nanoCpus < 0 || nanoCpus > processors * 1e9) throw invalid(`range of CPUs is from 0.01 to ${processors.toFixed(2)}, as there are only ${processors} CPUs available`);
  if ((host.NanoCpus ?? 0) > 0 && ((host.CpuPeriod ?? 0) > 0 || (host.CpuQuota ?? 0) > 0)) throw invalid("Conflicting options: Nano CPUs and CPU Period or Quota cannot both be set");
  const period = host.CpuPeriod ?? 0;
  if (period !== 0 && (period < 1000 || period > 1_000_000)) throw invalid("CPU cfs period cannot be less than 1ms (i.e. 1000) or larger than 1s (i.e. 1000000)");
  if ((host.CpuQuota ?? 0) > 0 && host.CpuQuota! < 1000) throw invalid("CPU cfs quota cannot be less than 1ms (i.e. 1000)");
  const weight = host.BlkioWeight ?? 0;
  if (weight !== 0 && (weight < 10 || weight > 1000)) throw invalid("Range of blkio weight is from 10 to 1000");
  const { OomScoreAdj: score = 0 } = host;
  if (score < -1000 || score > 1000) throw invalid(`Invalid value ${score}, range for oom score adj is [-1000, 1000]`);
  checkSet("CPUs", host.CpusetCpus, "/sys/devices/system/cpu/online");
  checkSet("memory nodes", host.CpusetMems, "/sys/devices/system/node/online");
}

/** A set as cpuset(7) writes it: `0-3,5`. @param online the kernel's file of those that there are */
function checkSet(what: string, text: string | undefined, online: string): void {
  if (!text) return;
  const wanted = membersOf(text);
  if (wanted === undefined) throw new EngineError("invalidArgument", `invalid set of ${what}: ${JSON.stringify(text)}: expected numbers and ranges like 0-2,4`);
  const available = readIfThere(online);
  const there = membersOf(available);
  if (there !== undefined && wanted.some((member) => !there.includes(member))) throw new EngineError("invalidArgument", `Requested ${what} are not available - requested ${text}, available: ${available}`);
}

function membersOf(text: string): number[] | undefined {
  const members: number[] = [];
  for (const part of text.split(",")) {
    const [, first, last = first] = /^(\d{1,4})(?:-(\d{1,4}))?$/.exec(part.trim()) ?? [];
    if (first === undefined || Number(last) < Number(first)) return undefined;
    for (let member = Number(first); member <= Number(last); member++) members.push(member);
  }
  return members;
}

/** Empty where the kernel does not say. */
function readIfThere(path: string): string {
  try {
    return readFileSync(path, "utf8").trim();
  } catch {
    return "";
  }
}
