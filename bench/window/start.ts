import { median } from "../measure.ts";
import { openDevtools } from "./devtools.ts";
import type { Figure } from "./figure.ts";
import { startHost } from "./host.ts";
import type { Stage } from "./host.ts";
import { cpuSeconds } from "./processes.ts";

const RUNS = 5;
const CONTAINERS = 20;

/** Answers when the list has rows and they are painted: a moment of the wall clock. */
const PAINTED_ROWS = `new Promise((resolve) => {
  const look = () => (document.querySelector("[role=grid] [role=rowgroup] [role=row]") ? requestAnimationFrame(() => setTimeout(() => resolve(performance.timeOrigin + performance.now()))) : setTimeout(look, 4));
  look();
})`;

/** From the start of the host's process to rows in the window, Chromium's own start included. One round that does not count fills caches. */
export async function measureStart({ engine, busybox }: Stage): Promise<Figure[]> {
  for (let index = 0; index < CONTAINERS; index++) await engine.docker.ok("create", "--name", `start-${index}`, busybox, "true");
  const whole: number[] = [];
  const host: number[] = [];
  const page: number[] = [];
  const hostCpu: number[] = [];
  const pageCpu: number[] = [];
  for (let round = 0; round <= RUNS; round++) {
    await using started = await startHost(engine.socket);
    await using window = await openDevtools(started.link);
    const painted = await retried(() => window.evaluate<number>(PAINTED_ROWS));
    const navigated = await window.evaluate<number>("performance.timeOrigin");
    if (round === 0) continue;
    hostCpu.push((await cpuSeconds(started.pid)) * 1000);
    pageCpu.push((await cpuSeconds(await window.renderer())) * 1000);
    whole.push(painted - performance.timeOrigin - started.spawned);
    host.push(started.listening - started.spawned);
    page.push(painted - navigated);
  }
  for (let index = 0; index < CONTAINERS; index++) await engine.docker.ok("rm", `start-${index}`);
  return [
    { title: "start of the browser host's process until rows are painted, in a Chromium that starts, too", value: median(whole), unit: "ms", budget: 1000 },
    { title: "of that: the host listens", value: median(host), unit: "ms" },
    { title: "of that: Chromium starts", value: median(whole.map((total, at) => total - host[at]! - page[at]!)), unit: "ms" },
    { title: "of that: the page loads, connects, reads and paints", value: median(page), unit: "ms" },
    { title: "processor time of that: the host", value: median(hostCpu), unit: "ms" },
    { title: "processor time of that: the renderer", value: median(pageCpu), unit: "ms" },
  ];
}

/** A navigation ends what is evaluated meanwhile. */
async function retried<T>(work: () => Promise<T>): Promise<T> {
  for (let tries = 0; ; tries++) {
    try {
      return await work();
    } catch (error) {
      if (tries === 20) throw error;
    }
  }
}
