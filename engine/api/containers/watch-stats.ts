import { sleep } from "../../base/abort.ts";
import { EngineError, isEngineError } from "../../base/errors.ts";
import type { Containers } from "../../containers/containers.ts";
import type { TaskStats } from "../../runtime/runtime.ts";
import type { Route } from "../router.ts";

const INTERVAL_MS = 1000;
const SHORTEST_MS = 250;
const LONGEST_MS = 60_000;
/** More cannot be looked at together, and their names would not fit into a request line. */
const MOST_IDS = 500;

/** What one container has used so far, in nanoseconds and bytes: rates are the client's, from two lines. */
export interface StatsLine {
  readonly id: string;
  readonly cpuNs: number;
  /** Without the file cache that the kernel can drop, as `docker stats` shows it. */
  readonly memory: number;
  readonly memoryLimit: number;
  readonly pids: number;
  /** 0 is no limit. */
  readonly pidsLimit: number;
  readonly received: number;
  readonly sent: number;
  readonly read: number;
  readonly written: number;
}

/**
 * `GET /slipway/stats?ids=a,b[&interval=MS]`: counters of several containers in one stream, a line for each round, beginning at once. Without `ids` all
 * that run. Those that do not run, or are gone, are left out of a line; a container that starts while it is asked for comes into the next one.
 */
export function watchStatsRoute(containers: Pick<Containers, "stats" | "list">): Route {
  return {
    method: "GET",
    path: "/slipway/stats",
    handler: async (request, reply) => {
      const ids = request.text("ids")?.split(",").filter(Boolean);
      if (ids !== undefined && ids.length > MOST_IDS) throw new EngineError("invalidArgument", `${ids.length} ids are too many: ask for at most ${MOST_IDS}`);
      const interval = request.integer("interval") ?? INTERVAL_MS;
      if (interval < SHORTEST_MS || interval > LONGEST_MS) throw new EngineError("invalidArgument", `bad value ${interval} of interval: expected milliseconds from ${SHORTEST_MS} to ${LONGEST_MS}`);
      const lines = reply.jsonLines();
      while (!request.signal.aborted) {
        const stats: StatsLine[] = [];
        for (const id of ids ?? running(containers)) {
          const line = await sample(containers, id);
          if (line !== null) stats.push(line);
        }
        await lines.write({ at: Date.now(), stats });
        await sleep(interval, request.signal);
      }
      reply.end();
    },
  };
}

function running(containers: Pick<Containers, "list">): string[] {
  return containers.list().filter(({ state }) => state.status === "running" || state.status === "paused").map(({ record }) => record.id);
}

async function sample(containers: Pick<Containers, "stats">, id: string): Promise<StatsLine | null> {
  try {
    const stats = await containers.stats(id);
    return stats === null ? null : statsLine(id, stats);
  } catch (error) {
    // It has ended or was removed between two rounds, or there never was one.
    if (isEngineError(error, "notFound", "conflict", "invalidArgument")) return null;
    throw error;
  }
}

/** Counters as one small line. */
export function statsLine(id: string, { cpu, memory, pids, networks, blockIo }: TaskStats): StatsLine {
  const cache = memory.stats["total_inactive_file"] ?? memory.stats["inactive_file"] ?? 0;
  const cards = Object.values(networks);
  return {
    id,
    cpuNs: cpu.totalNs,
    memory: cache < memory.usage ? memory.usage - cache : memory.usage,
    memoryLimit: memory.limit,
    pids: pids.current,
    pidsLimit: pids.limit,
    received: sum(cards, (card) => card.rxBytes),
    sent: sum(cards, (card) => card.txBytes),
    read: sum(blockIo, (entry) => (entry.op === "read" ? entry.bytes : 0)),
    written: sum(blockIo, (entry) => (entry.op === "write" ? entry.bytes : 0)),
  };
}

function sum<T>(items: readonly T[], value: (item: T) => number): number {
  return items.reduce((total, item) => total + value(item), 0);
}
