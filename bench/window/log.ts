import { waitFor } from "../../e2e/fixtures/exec.ts";
import { median } from "../measure.ts";
import { openDevtools } from "./devtools.ts";
import type { DevtoolsWindow } from "./devtools.ts";
import type { Figure } from "./figure.ts";
import { startHost } from "./host.ts";
import type { Stage } from "./host.ts";
import { memoryOf } from "./processes.ts";

const NAME = "ten-million";
const LINES = 10_000_000;
const RUNS = 5;
/** What stands there when no more is searched. */
const DONE = /^[\d,]+ matching lines/;
/** Stands in 3,700 of the lines, all over the log. */
const NEEDLE = "9999";

/** A log of 10,000,000 lines: how soon its tail is there, and what searching it costs. */
export async function measureLog({ engine, busybox }: Stage, say: (text: string) => void): Promise<Figure[]> {
  await engine.docker.ok("run", "-d", "--name", NAME, busybox, "seq", String(LINES));
  await waitFor("the log", async () => (await engine.docker.ok("wait", NAME)) === "0", 600_000, 500);
  await using host = await startHost(engine.socket);
  await using window = await openDevtools(host.link);
  await waitFor("the window", () => window.evaluate<boolean>("document.querySelector('[role=grid] [role=rowgroup] [role=row]') !== null"));
  const opened: number[] = [];
  for (let round = 0; round <= RUNS; round++) {
    await window.evaluate(`location.hash = "#/containers/${NAME}/overview"`);
    await waitFor("the container's page", () => window.evaluate<boolean>("document.querySelector('[role=tab][aria-selected=true]')?.textContent.includes('Overview') ?? false"));
    await new Promise((resolve) => setTimeout(resolve, 300));
    const took = await window.evaluate<number>(`new Promise((resolve) => {
      const begin = performance.now();
      location.hash = "#/containers/${NAME}/logs";
      const look = () => (document.querySelector("[role=log]")?.textContent.includes("${LINES}") ? requestAnimationFrame(() => setTimeout(() => resolve(performance.now() - begin))) : setTimeout(look, 2));
      look();
    })`);
    if (round > 0) opened.push(took);
  }
  const before = await memory(window);
  const peak = { process: before.process };
  const pid = await window.renderer();
  let looking = true;
  const watch = (async () => {
    for (; looking; await new Promise((resolve) => setTimeout(resolve, 200))) peak.process = Math.max(peak.process, await memoryOf(pid).catch(() => 0));
  })();
  const begin = performance.now();
  await window.evaluate("document.querySelector('main input[type=search]').focus()");
  await window.send("Input.insertText", { text: NEEDLE });
  await waitFor("the button that searches it all", () => window.evaluate<boolean>("(() => { const button = document.querySelector('[aria-label=\"Search the whole log\"]'); button?.click(); return button !== null; })()"));
  const found = await waitFor("the end of the search", async () => {
    const words = await window.evaluate<string>(`document.querySelector("[aria-label='Matches in the whole log'] [role=status]")?.textContent ?? ""`);
    return DONE.test(words) ? words : undefined;
  }, 300_000, 100);
  say(`  the whole log is searched for ${NEEDLE} after ${((performance.now() - begin) / 1000).toFixed(1)} s: ${found}`);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  looking = false;
  await watch;
  const after = await memory(window);
  return [
    { title: `a log of ${LINES.toLocaleString("en")} lines opens at its tail`, value: median(opened), unit: "ms", budget: 200 },
    { title: "renderer's growth while all of it is searched: its process, at most", value: (peak.process - before.process) / 1e6, unit: "MB", budget: 150 },
    { title: "the same after it: live JavaScript objects and buffers", value: (after.heap - before.heap) / 1e6, unit: "MB" },
  ];
}

async function memory(window: DevtoolsWindow): Promise<{ process: number; heap: number }> {
  await window.send("HeapProfiler.collectGarbage");
  const usage = await window.send("Runtime.getHeapUsage");
  return { process: await memoryOf(await window.renderer()), heap: Number(usage["usedSize"]) + Number(usage["backingStorageSize"] ?? 0) };
}
