import type { ContainerStats } from "dockerode";
import type { ProcessList, StatsSample } from "../ipc/contract/stats.ts";
import { coalesce } from "./coalesce.ts";
import type { EngineConnection } from "./connection.ts";
import { dial } from "./docker-client.ts";
import { jsonLines } from "./json-lines.ts";

/** Columns as people look for them; podman's service and old versions of ps know only their own. */
const PS_ARGUMENTS = "-eo pid,ppid,user,pcpu,rss,etime,args";
/** Batches waiting for a window that does not read: beyond these the source waits. */
const BATCHES_AHEAD = 4;

export interface Stats {
  watch(ids: readonly string[], intervalMs: number, signal: AbortSignal): AsyncGenerator<StatsSample[], void, void>;
  processes(id: string, signal?: AbortSignal): Promise<ProcessList>;
}

/** A line of `GET /slipway/stats`. */
interface EngineRound {
  at: number;
  stats: Omit<StatsSample, "at">[];
}

export function createStats(connection: EngineConnection): Stats {
  return {
    async *watch(ids, intervalMs, signal) {
      const scope = new AbortController();
      const combined = AbortSignal.any([signal, scope.signal]);
      try {
        const rounds = await openRounds(connection, ids, intervalMs, combined);
        if (rounds === undefined) return yield* watchEach(connection, ids, intervalMs, combined);
        for await (const { at, stats } of rounds) yield stats.map((one) => ({ ...one, at }));
      } finally {
        scope.abort();
      }
    },
    async processes(id, signal) {
      const ask = (psArguments: string): Promise<{ Titles: string[]; Processes: string[][] | null }> =>
        dial(connection.docker, { path: `/containers/${encodeURIComponent(id)}/top?`, method: "GET", query: psArguments === "" ? {} : { ps_args: psArguments }, okStatuses: [200], signal });
      const answer = await ask(PS_ARGUMENTS).catch((error: unknown) => {
        // A daemon that does not take these arguments has some of its own; one whose container does not run says so again.
        if (signal?.aborted === true) throw error;
        return ask("");
      });
      return { titles: answer.Titles, processes: answer.Processes ?? [] };
    },
  };
}

/** Our engine's one stream for all of them; undefined where the daemon has none. */
async function openRounds({ docker }: EngineConnection, ids: readonly string[], intervalMs: number, signal: AbortSignal): Promise<AsyncGenerator<EngineRound, void, void> | undefined> {
  try {
    const stream = await dial<NodeJS.ReadableStream>(docker, { path: "/slipway/stats?", method: "GET", query: { ids: ids.join(","), interval: intervalMs }, okStatuses: [200], stream: true, signal });
    return jsonLines(stream) as AsyncGenerator<EngineRound, void, void>;
  } catch (error) {
    if (error instanceof Error && "statusCode" in error && error.statusCode === 404) return undefined;
    throw error;
  }
}

/** One stream of the Docker API for each container; their samples of one round leave together. */
async function* watchEach(connection: EngineConnection, ids: readonly string[], intervalMs: number, signal: AbortSignal): AsyncGenerator<StatsSample[], void, void> {
  const merged = mergeSamples(ids.map((id) => samplesOf(connection, id, intervalMs, signal)), signal);
  yield* coalesce(merged, { intervalMs: Math.min(intervalMs, 500), limit: BATCHES_AHEAD * ids.length, cost: () => 1, signal });
}

async function* samplesOf({ docker }: EngineConnection, id: string, intervalMs: number, signal: AbortSignal): AsyncGenerator<StatsSample, void, void> {
  let stream: NodeJS.ReadableStream;
  try {
    stream = await dial<NodeJS.ReadableStream>(docker, { path: `/containers/${encodeURIComponent(id)}/stats?`, method: "GET", query: { stream: true }, okStatuses: [200], stream: true, signal });
  } catch (error) {
    // One that was removed meanwhile has no samples; anything else concerns all.
    if (error instanceof Error && "statusCode" in error && (error.statusCode === 404 || error.statusCode === 409)) return;
    throw error;
  }
  let next = 0;
  for await (const value of jsonLines(stream)) {
    const sample = toSample(id, value as ContainerStats);
    if (sample === undefined || sample.at < next) continue;
    // Docker sends one a second; a tenth less lets every second one through when two seconds are asked for.
    next = sample.at + intervalMs * 0.9;
    yield sample;
  }
}

/** Yields from all sources as their values come; ends when all have. */
async function* mergeSamples<T>(sources: readonly AsyncGenerator<T, void, void>[], signal: AbortSignal): AsyncGenerator<T, void, void> {
  const next = (source: AsyncGenerator<T, void, void>): Promise<{ source: AsyncGenerator<T, void, void>; result: IteratorResult<T, void> }> => source.next().then((result) => ({ source, result }));
  const pending = new Map(sources.map((source) => [source, next(source)]));
  while (pending.size > 0 && !signal.aborted) {
    const { source, result } = await Promise.race(pending.values());
    if (result.done === true) pending.delete(source);
    else {
      pending.set(source, next(source));
      yield result.value;
    }
  }
}

/** The part of Docker's stats that is shown, computed as `docker stats` does; undefined for the empty sample of one that does not run. Pure. */
export function toSample(id: string, raw: ContainerStats): StatsSample | undefined {
  const at = Date.parse(raw.read);
  if (!(at > 0)) return undefined;
  const usage = raw.memory_stats.usage ?? 0;
  const details: Partial<Record<string, number>> = raw.memory_stats.stats ?? {};
  const cache = details["total_inactive_file"] ?? details["inactive_file"] ?? 0;
  const pids: { current?: number; limit?: number } = raw.pids_stats ?? {};
  const cards = Object.values(raw.networks ?? {});
  const blocks = raw.blkio_stats?.io_service_bytes_recursive ?? [];
  const total = <T>(items: readonly T[], value: (item: T) => number): number => items.reduce((sum, item) => sum + value(item), 0);
  return {
    id,
    at,
    cpuNs: raw.cpu_stats.cpu_usage.total_usage,
    memory: cache < usage ? usage - cache : usage,
    memoryLimit: raw.memory_stats.limit ?? 0,
    pids: pids.current ?? 0,
    // Docker sends the largest number there is where there is no limit.
    pidsLimit: pids.limit !== undefined && pids.limit < 1e9 ? pids.limit : 0,
    received: total(cards, (card) => card.rx_bytes),
    sent: total(cards, (card) => card.tx_bytes),
    read: total(blocks, (entry) => (entry.op.toLowerCase() === "read" ? entry.value : 0)),
    written: total(blocks, (entry) => (entry.op.toLowerCase() === "write" ? entry.value : 0)),
  };
}
