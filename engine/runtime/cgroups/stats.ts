import { readFileSync } from "node:fs";
import { totalmem } from "node:os";
import { isSystemError } from "../../base/errors.ts";
import type { TaskStats } from "../runtime.ts";
import type { Cgroups } from "./cgroups.ts";

/** Nanoseconds of one clock tick: USER_HZ is 100 on every architecture Node runs on. */
const TICK_NS = 10_000_000;
const PAGE = 4096;

/**
 * A task's counters, from its cgroup, or summed over its processes where it has none.
 * @param pid its first process, whose network namespace is counted
 * @param pids all its processes
 */
export function readStats(cgroups: Cgroups, id: string, pid: number, pids: readonly number[]): TaskStats {
  const version = cgroups.layout.version;
  const fromProcesses = cgroups.path(id) === undefined ? sumProcesses(pids) : undefined;
  const memory = fromProcesses?.memory ?? (version === 2 ? memoryV2(cgroups, id) : memoryV1(cgroups, id));
  const cpu = fromProcesses?.cpu ?? (version === 2 ? cpuV2(cgroups, id) : cpuV1(cgroups, id));
  const limit = cgroups.read(id, "pids", "pids.max")?.trim();
  return {
    readAt: new Date(),
    cpu,
    memory,
    pids: { current: number(cgroups.read(id, "pids", "pids.current")) || pids.length, limit: limit === undefined || limit === "max" ? 0 : Number(limit) },
    blockIo: version === 2 ? parseIoStat(cgroups.read(id, "blkio", "io.stat") ?? "") : blockIoV1(cgroups, id),
    networks: parseNetDev(readProc(pid, "net/dev")),
  };
}

/** Processor time of all processes that are or were in a task's cgroup, in nanoseconds; null where it has none that tells. */
export function readCpuTime(cgroups: Cgroups, id: string): number | null {
  if (cgroups.layout.version === 1) {
    const usage = cgroups.read(id, "cpuacct", "cpuacct.usage");
    return usage === undefined ? null : number(usage);
  }
  // Of the core: there without the cpu controller too.
  const micros = /^usage_usec (\d+)$/m.exec(cgroups.read(id, "cpu", "cpu.stat") ?? "")?.[1];
  return micros === undefined ? null : Number(micros) * 1000;
}

function memoryV1(cgroups: Cgroups, id: string): TaskStats["memory"] {
  const file = (name: string): number => number(cgroups.read(id, "memory", `memory.${name}`));
  return { usage: file("usage_in_bytes"), limit: bounded(file("limit_in_bytes")), maxUsage: file("max_usage_in_bytes"), stats: keyed(cgroups.read(id, "memory", "memory.stat")) };
}

function memoryV2(cgroups: Cgroups, id: string): TaskStats["memory"] {
  const usage = number(cgroups.read(id, "memory", "memory.current"));
  const limit = cgroups.read(id, "memory", "memory.max")?.trim();
  const peak = number(cgroups.read(id, "memory", "memory.peak"));
  return { usage, limit: bounded(limit === undefined || limit === "max" ? 0 : Number(limit)), maxUsage: peak, stats: keyed(cgroups.read(id, "memory", "memory.stat")) };
}

/** An absent limit is reported as the machine's memory. */
function bounded(limit: number): number {
  return limit === 0 || limit > totalmem() ? totalmem() : limit;
}

function cpuV1(cgroups: Cgroups, id: string): TaskStats["cpu"] {
  const split = keyed(cgroups.read(id, "cpuacct", "cpuacct.stat"));
  const throttle = keyed(cgroups.read(id, "cpu", "cpu.stat"));
  return {
    totalNs: number(cgroups.read(id, "cpuacct", "cpuacct.usage")), userNs: (split.user ?? 0) * TICK_NS, systemNs: (split.system ?? 0) * TICK_NS,
    periods: throttle.nr_periods ?? 0, throttledPeriods: throttle.nr_throttled ?? 0, throttledNs: throttle.throttled_time ?? 0,
  };
}

function cpuV2(cgroups: Cgroups, id: string): TaskStats["cpu"] {
  const stat = keyed(cgroups.read(id, "cpu", "cpu.stat"));
  return {
    totalNs: (stat.usage_usec ?? 0) * 1000, userNs: (stat.user_usec ?? 0) * 1000, systemNs: (stat.system_usec ?? 0) * 1000,
    periods: stat.nr_periods ?? 0, throttledPeriods: stat.nr_throttled ?? 0, throttledNs: (stat.throttled_usec ?? 0) * 1000,
  };
}

function sumProcesses(pids: readonly number[]): Pick<TaskStats, "cpu" | "memory"> {
  let user = 0;
  let system = 0;
  let pages = 0;
  let totalNs = 0;
  for (const pid of pids) {
    const stat = readProc(pid, "stat");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    user += Number(fields[11] ?? 0);
    system += Number(fields[12] ?? 0);
    pages += Number(fields[21] ?? 0);
    // To the nanosecond, where the ticks of 10 ms miss short work; kernels without scheduler statistics have none.
    totalNs += Number(readProc(pid, "schedstat").split(" ")[0] ?? 0) || (Number(fields[11] ?? 0) + Number(fields[12] ?? 0)) * TICK_NS;
  }
  const usage = pages * PAGE;
  return {
    cpu: { totalNs, userNs: user * TICK_NS, systemNs: system * TICK_NS, periods: 0, throttledPeriods: 0, throttledNs: 0 },
    memory: { usage, limit: totalmem(), maxUsage: usage, stats: {} },
  };
}

type BlockIo = { -readonly [K in keyof TaskStats["blockIo"][number]]: TaskStats["blockIo"][number][K] };

function blockIoV1(cgroups: Cgroups, id: string): BlockIo[] {
  const devices = new Map<string, BlockIo>();
  for (const [file, field] of [["blkio.throttle.io_service_bytes_recursive", "bytes"], ["blkio.throttle.io_serviced_recursive", "operations"]] as const) {
    for (const match of (cgroups.read(id, "blkio", file) ?? "").matchAll(/^(\d+):(\d+) (Read|Write) (\d+)$/gm)) {
      const op = match[3] === "Read" ? "read" : "write";
      const key = `${match[1]}:${match[2]} ${op}`;
      const entry = devices.get(key) ?? { major: Number(match[1]), minor: Number(match[2]), op, bytes: 0, operations: 0 };
      entry[field] = Number(match[4]);
      devices.set(key, entry);
    }
  }
  return [...devices.values()];
}

/** Parses cgroup v2's io.stat: `8:0 rbytes=1 wbytes=2 rios=3 wios=4 dbytes=5 dios=6`. */
export function parseIoStat(text: string): BlockIo[] {
  return text.split("\n").flatMap((line) => {
    const device = /^(\d+):(\d+) /.exec(line);
    if (device === null) return [];
    const values = new Map([...line.matchAll(/(\w+)=(\d+)/g)].map((match) => [match[1]!, Number(match[2])]));
    const entry = (op: "read" | "write", letter: string): BlockIo =>
      ({ major: Number(device[1]), minor: Number(device[2]), op, bytes: values.get(`${letter}bytes`) ?? 0, operations: values.get(`${letter}ios`) ?? 0 });
    return [entry("read", "r"), entry("write", "w")];
  });
}

/** Parses /proc/PID/net/dev; the loopback interface is left out, as Docker does. */
export function parseNetDev(text: string): TaskStats["networks"] {
  const networks: Record<string, TaskStats["networks"][string]> = {};
  for (const match of text.matchAll(/^\s*([^:\s]+):\s*(.+)$/gm)) {
    const n = match[2]!.trim().split(/\s+/).map(Number);
    if (match[1] === "lo" || n.length < 12) continue;
    networks[match[1]!] = { rxBytes: n[0]!, rxPackets: n[1]!, rxErrors: n[2]!, rxDropped: n[3]!, txBytes: n[8]!, txPackets: n[9]!, txErrors: n[10]!, txDropped: n[11]! };
  }
  return networks;
}

function readProc(pid: number, file: string): string {
  try {
    return readFileSync(`/proc/${pid}/${file}`, "utf8");
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ESRCH", "EACCES", "EINVAL")) return "";
    throw error;
  }
}

function keyed(text: string | undefined): Record<string, number> {
  const values: Record<string, number> = {};
  for (const match of (text ?? "").matchAll(/^(\S+) (\d+)$/gm)) values[match[1]!] = Number(match[2]);
  return values;
}

function number(text: string | undefined): number {
  const value = Number(text?.trim() ?? 0);
  return Number.isFinite(value) ? value : 0;
}
