/** What Linux knows of processes. */
import { readFile, readdir } from "node:fs/promises";
import { setTimeout as sleep } from "node:timers/promises";

/** Clock ticks of `/proc/PID/stat` in a second: 100 on every architecture that Linux runs Node on. */
const TICKS_A_SECOND = 100;

/** Seconds of processor time that a process has used, all its threads and both modes. */
export async function cpuSeconds(pid: number): Promise<number> {
  const stat = await readFile(`/proc/${pid}/stat`, "utf8");
  // The name may hold blanks and brackets; what follows its last bracket does not.
  const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
  return (Number(fields[11]) + Number(fields[12])) / TICKS_A_SECOND;
}

/** Bytes of a process: pages that it shares with others count in part. */
export async function memoryOf(pid: number): Promise<number> {
  const rollup = await readFile(`/proc/${pid}/smaps_rollup`, "utf8");
  return Number(/^Pss:\s+(\d+)/m.exec(rollup)?.[1] ?? 0) * 1024;
}

/**
 * Percent of one core that each process uses over a time.
 * @param seconds how long to look
 */
export async function usage(pids: ReadonlyMap<string, readonly number[]>, seconds: number): Promise<Map<string, number>> {
  const sum = async (list: readonly number[]): Promise<number> => (await Promise.all(list.map(cpuSeconds))).reduce((total, each) => total + each, 0);
  const before = new Map<string, number>();
  for (const [name, list] of pids) before.set(name, await sum(list));
  const begin = performance.now();
  await sleep(seconds * 1000);
  const passed = (performance.now() - begin) / 1000;
  const result = new Map<string, number>();
  for (const [name, list] of pids) result.set(name, ((await sum(list)) - before.get(name)!) / passed * 100);
  return result;
}

/** Those of Chromium's processes below `parent` that have a type, such as `renderer`. */
export async function chromiumProcesses(parent: number, type: string): Promise<number[]> {
  const found: number[] = [];
  const parents = new Map<number, number>();
  const commands = new Map<number, string>();
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = await readFile(`/proc/${name}/stat`, "utf8");
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
      commands.set(Number(name), await readFile(`/proc/${name}/cmdline`, "utf8"));
    } catch {
      // It ended meanwhile.
    }
  }
  for (const [pid, command] of commands) {
    // Chromium writes its title over the arguments, with blanks between.
    if (!new RegExp(`--type=${type}(?:[\\0 ]|$)`).test(command)) continue;
    for (let up = parents.get(pid); up !== undefined && up > 1; up = parents.get(up)) {
      if (up !== parent) continue;
      found.push(pid);
      break;
    }
  }
  return found;
}

/** Load of the machine now: processes that want a processor, over the last minute. */
export async function loadAverage(): Promise<number> {
  return Number((await readFile("/proc/loadavg", "utf8")).split(" ")[0]);
}
