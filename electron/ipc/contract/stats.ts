/** What containers use of the machine, live, and the processes in one. */
import { eventIterator, oc, type } from "@orpc/contract";
import { z } from "zod";
import { containerRef } from "./common.ts";

/** Counters of one container at one moment. Rates are worked out from two of them. Bytes and nanoseconds. */
export interface StatsSample {
  /** As it was asked for. */
  id: string;
  /** Milliseconds since the epoch, of the engine's clock. */
  at: number;
  cpuNs: number;
  /** Without the file cache that the kernel can drop, as `docker stats` shows it. */
  memory: number;
  /** The container's limit, or the machine's memory. */
  memoryLimit: number;
  pids: number;
  /** 0 is no limit. */
  pidsLimit: number;
  received: number;
  sent: number;
  read: number;
  written: number;
}

/** The answer of `docker top`: what the columns are depends on the daemon's `ps`. */
export interface ProcessList {
  titles: string[];
  processes: string[][];
}

export const stats = {
  /**
   * Samples of several containers, one batch a round, until cancelled. Those that do not run are left out. Our engine answers with one stream of its own; of
   * another daemon one stream for each container is read, which sends a sample a second whatever the interval.
   */
  watch: oc
    .input(z.object({ ids: z.array(containerRef).min(1).max(200), intervalMs: z.number().int().min(500).max(60_000).default(1000) }))
    .output(eventIterator(type<StatsSample[]>())),
  /** @throws `conflict` when it does not run */
  processes: oc.input(z.object({ id: containerRef })).output(type<ProcessList>()),
};
