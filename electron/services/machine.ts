/** How busy the engine's machine is, where that is this one: read from /proc while somebody looks, never otherwise. */
import { readFile } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { MachineEvent } from "../ipc/contract/system.ts";
import type { EngineConnection } from "./connection.ts";
import { spaceAt } from "./own-engine.ts";

const FIRST_INTERVAL_MS = 400;

export interface Machine {
  /** A reading soon, then one every `intervalMs` until `signal` aborts; `unsupported` alone for an engine on another machine. */
  watch(intervalMs: number, signal: AbortSignal): AsyncGenerator<MachineEvent, void, void>;
}

export function createMachine({ docker, endpoint }: EngineConnection): Machine {
  return {
    async *watch(intervalMs, signal) {
      if (endpoint.type !== "unix" || process.platform !== "linux") return yield { type: "unsupported" };
      const { DockerRootDir: root } = (await docker.info()) as { DockerRootDir?: string };
      let before = parseCpu(await readFile("/proc/stat", "utf8"));
      for (let pause = FIRST_INTERVAL_MS; !signal.aborted; pause = intervalMs) {
        await sleep(pause, undefined, { signal }).catch(() => undefined);
        if (signal.aborted) return;
        const [stat, memory, space] = await Promise.all([readFile("/proc/stat", "utf8"), readFile("/proc/meminfo", "utf8"), spaceAt(root ?? "/")]);
        const now = parseCpu(stat);
        const total = now.total - before.total;
        yield { type: "usage", cpu: total <= 0 ? 0 : Math.min(1, Math.max(0, (now.busy - before.busy) / total)), ...parseMemory(memory), diskFreeBytes: space?.free ?? 0, diskTotalBytes: space?.total ?? 0 };
        before = now;
      }
    },
  };
}

/** Clock ticks since boot, of all processors (proc_stat(5)). Guest time is part of user time. */
export function parseCpu(stat: string): { busy: number; total: number } {
  const [user = 0, nice = 0, system = 0, idle = 0, iowait = 0, irq = 0, softirq = 0, steal = 0] = (/^cpu +(.+)$/m.exec(stat)?.[1] ?? "").split(" ").map(Number);
  const busy = user + nice + system + irq + softirq + steal;
  return { busy, total: busy + idle + iowait };
}

/** What programs use, as free(1) counts it: all but what is available. */
export function parseMemory(meminfo: string): { memoryUsedBytes: number; memoryTotalBytes: number } {
  const read = (name: string): number => Number(new RegExp(`^${name}: +(\\d+) kB$`, "m").exec(meminfo)?.[1] ?? 0) * 1024;
  return { memoryUsedBytes: read("MemTotal") - read("MemAvailable"), memoryTotalBytes: read("MemTotal") };
}
