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
/** Beyond what the window holds of a log, so that a search has all of it to look through. */
const NEEDLE = "999";

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
  const searchBegin = performance.now();
  await loadWhole(window);
  say(`  the whole log is loaded after ${((performance.now() - searchBegin) / 1000).toFixed(1)} s`);
  await window.evaluate("document.querySelector('[role=toolbar] input[type=search], main input[type=search]').focus()");
  await window.send("Input.insertText", { text: NEEDLE });
  const found = await waitFor("matches", async () => {
    const words = await window.evaluate<string>("[...document.querySelectorAll('[role=status]')].map((each) => each.textContent).find((text) => / of [\\d,]+ line/.test(text)) ?? ''");
    return words === "" ? undefined : words;
  }, 120_000, 100);
  await new Promise((resolve) => setTimeout(resolve, 3000));
  looking = false;
  await watch;
  const after = await memory(window);
  say(`  search for ${NEEDLE}: ${found}`);
  return [
    { title: `a log of ${LINES.toLocaleString("en")} lines opens at its tail`, value: median(opened), unit: "ms", budget: 200 },
    { title: "renderer's growth while the log is read and searched: its process, at most", value: (peak.process - before.process) / 1e6, unit: "MB", budget: 150 },
    { title: "the same after it: live JavaScript objects and buffers", value: (after.heap - before.heap) / 1e6, unit: "MB" },
  ];
}

async function loadWhole(window: DevtoolsWindow): Promise<void> {
  const press = "(() => { const button = [...document.querySelectorAll('button')].find((each) => each.textContent === 'Load the whole log'); button?.click(); return button !== undefined; })()";
  if (!(await window.evaluate<boolean>(press))) return;
  await waitFor("the end of the log", () => window.evaluate<boolean>(`document.querySelector("[role=status]") !== null && [...document.querySelectorAll("[role=status]")].some((each) => /^(Stopped|Ended), /.test(each.textContent))`), 300_000, 200);
}

async function memory(window: DevtoolsWindow): Promise<{ process: number; heap: number }> {
  await window.send("HeapProfiler.collectGarbage");
  const usage = await window.send("Runtime.getHeapUsage");
  return { process: await memoryOf(await window.renderer()), heap: Number(usage["usedSize"]) + Number(usage["backingStorageSize"] ?? 0) };
}
