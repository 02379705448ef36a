import { sleep } from "../../base/abort.ts";
import type { TaskStats } from "../../runtime/runtime.ts";
import type { Route } from "../router.ts";
import type { ContainerBackend } from "./backend.ts";

const INTERVAL_MS = 1000;
const NEVER = "0001-01-01T00:00:00Z";

interface Sample {
  readonly stats: TaskStats;
  readonly systemNs: number;
}

/** `GET /containers/{id}/stats`: every second, or one with the processor use of a second, or one at once (`one-shot`). */
export function statsRoute({ containers, facts }: ContainerBackend): Route {
  return {
    method: "GET",
    path: "/containers/{name}/stats",
    handler: async (request, reply) => {
      const { record: { id, name } } = containers.get(request.param("name"));
      const sample = async (): Promise<Sample | null> => {
        const stats = await containers.stats(id);
        return stats === null ? null : { stats, systemNs: facts.host.systemCpuNs() };
      };
      const json = (now: Sample | null, before: Sample | null): object => statsJson({ id, name, now, before, processors: facts.host.processors });
      if (!request.flag("stream", true)) {
        const oneShot = request.flag("one-shot");
        const before = oneShot ? null : await sample();
        if (before !== null) await sleep(INTERVAL_MS, request.signal);
        return reply.json(json(await sample(), before));
      }
      const lines = reply.jsonLines();
      let before: Sample | null = null;
      while (!request.signal.aborted) {
        const now = await sample();
        await lines.write(json(now, before));
        // A container that does not run gives one empty sample; Docker's client shows it and asks no more.
        if (now === null) break;
        before = now;
        await sleep(INTERVAL_MS, request.signal);
      }
      reply.end();
    },
  };
}

interface StatsParts {
  readonly id: string;
  readonly name: string;
  readonly now: Sample | null;
  readonly before: Sample | null;
  readonly processors: number;
}

function statsJson({ id, name, now, before, processors }: StatsParts): object {
  return {
    read: now?.stats.readAt.toISOString() ?? NEVER,
    preread: before?.stats.readAt.toISOString() ?? NEVER,
    pids_stats: now === null ? {} : { current: now.stats.pids.current, ...(now.stats.pids.limit > 0 ? { limit: now.stats.pids.limit } : {}) },
    blkio_stats: blockJson(now?.stats ?? null),
    num_procs: 0,
    storage_stats: {},
    cpu_stats: cpuJson(now, processors),
    precpu_stats: cpuJson(before, processors),
    memory_stats: now === null ? {} : { usage: now.stats.memory.usage, max_usage: now.stats.memory.maxUsage, stats: now.stats.memory.stats, limit: now.stats.memory.limit },
    name: `/${name}`,
    id,
    ...(now === null ? {} : { networks: networksJson(now.stats) }),
  };
}

function cpuJson(sample: Sample | null, processors: number): object {
  const cpu = sample?.stats.cpu;
  return {
    cpu_usage: { total_usage: cpu?.totalNs ?? 0, usage_in_kernelmode: cpu?.systemNs ?? 0, usage_in_usermode: cpu?.userNs ?? 0 },
    ...(sample === null ? {} : { system_cpu_usage: sample.systemNs, online_cpus: processors }),
    throttling_data: { periods: cpu?.periods ?? 0, throttled_periods: cpu?.throttledPeriods ?? 0, throttled_time: cpu?.throttledNs ?? 0 },
  };
}

function blockJson(stats: TaskStats | null): object {
  const rows = (value: "bytes" | "operations"): object[] | null => stats === null || stats.blockIo.length === 0 ? null : stats.blockIo.map((entry) => ({ major: entry.major, minor: entry.minor, op: entry.op, value: entry[value] }));
  return {
    io_service_bytes_recursive: rows("bytes"), io_serviced_recursive: rows("operations"), io_queue_recursive: null, io_service_time_recursive: null,
    io_wait_time_recursive: null, io_merged_recursive: null, io_time_recursive: null, sectors_recursive: null,
  };
}

function networksJson(stats: TaskStats): object {
  return Object.fromEntries(Object.entries(stats.networks).map(([name, counters]) => [name, {
    rx_bytes: counters.rxBytes, rx_packets: counters.rxPackets, rx_errors: counters.rxErrors, rx_dropped: counters.rxDropped,
    tx_bytes: counters.txBytes, tx_packets: counters.txPackets, tx_errors: counters.txErrors, tx_dropped: counters.txDropped,
  }]));
}
