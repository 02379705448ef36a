import { setTimeout as sleep } from "node:timers/promises";
import { waitFor } from "../../e2e/fixtures/exec.ts";
import { openDevtools } from "./devtools.ts";
import type { DevtoolsWindow } from "./devtools.ts";
import type { Figure } from "./figure.ts";
import { startHost } from "./host.ts";
import type { Stage } from "./host.ts";
import { chromiumProcesses, usage } from "./processes.ts";

const CONTAINERS = 20;
/** What opening a screen costs is over by then, in ms. */
const SETTLE_MS = 10_000;
/** A window that nobody touches is calm by then; the first look is at one that was left alone. */
const ALONE_MS = 35_000;

/** Counts the timers, frames and requests that a page begins. */
const COUNT = `(() => {
  if (window.begun) return;
  window.begun = { timers: 0, frames: 0, requests: 0, messages: 0 };
  for (const name of ["setTimeout", "setInterval"]) { const old = window[name]; window[name] = (work, ...rest) => { window.begun.timers++; return old(typeof work === "function" ? (...input) => { window.begun.timers += name === "setInterval" ? 1 : 0; work(...input); } : work, ...rest); }; }
  const frame = window.requestAnimationFrame; window.requestAnimationFrame = (work) => { window.begun.frames++; return frame(work); };
  const old = window.fetch; window.fetch = (...input) => { window.begun.requests++; return old(...input); };
  const send = WebSocket.prototype.send; WebSocket.prototype.send = function (data) { window.begun.messages++; return send.call(this, data); };
})()`;

/**
 * Processor time of the host and of the renderer while nothing happens: on the list, on another screen, and hidden.
 * @param seconds how long each is looked at
 */
export async function measureIdle({ engine, busybox }: Stage, seconds: number, say: (text: string) => void): Promise<Figure[]> {
  for (let index = 0; index < CONTAINERS; index++) await engine.docker.ok("run", "-d", "--name", `idle-${index}`, busybox, "sleep", "100000");
  await using host = await startHost(engine.socket);
  await using window = await openDevtools(host.link);
  await waitFor("the window", () => window.evaluate<boolean>(`document.querySelectorAll("[role=grid] [role=rowgroup] [role=row]").length >= 10`), 30_000);
  const figures: Figure[] = [];
  const enginePid = await engine.pid();
  const look = async (what: string): Promise<void> => {
    await sleep(SETTLE_MS);
    const renderer = await window.renderer();
    const pids = new Map([["host", [host.pid]], ["renderer", [renderer]], ["engine", [enginePid]], ["Chromium's other processes", await chromiumProcesses(process.pid, "gpu-process")]]);
    const used = await usage(pids, seconds);
    say(`  ${what}: ${[...used].map(([name, percent]) => `${name} ${percent.toFixed(2)} %`).join(", ")}`);
    figures.push({ title: `idle, ${CONTAINERS} running containers, ${what}, over ${seconds} s: host and renderer, of a core`, value: used.get("host")! + used.get("renderer")!, unit: "%", budget: 0.3 });
    for (const name of ["host", "renderer", "engine"]) figures.push({ title: `the same: ${name}`, value: used.get(name)!, unit: "%" });
  };
  await sleep(ALONE_MS);
  await look("window on Containers, left alone");
  await window.evaluate(`location.hash = "#/networks"`);
  await look("window on Networks");
  await window.evaluate(`location.hash = "#/containers"`);
  await sleep(2000);
  await window.show(false);
  await waitFor("the window to be hidden", () => window.evaluate<boolean>("document.hidden"));
  await look("window hidden");
  figures.push({ title: `timers, frames, requests and messages that a hidden window begins in ${seconds} s`, value: await begun(window, seconds, say), unit: "", budget: 0 });
  await window.show(true);
  for (let index = 0; index < CONTAINERS; index++) await engine.docker.ok("rm", "-f", `idle-${index}`);
  return figures;
}

async function begun(window: DevtoolsWindow, seconds: number, say: (text: string) => void): Promise<number> {
  await window.show(true);
  // From the page's birth, so that nothing that began before goes unseen.
  await window.send("Page.enable");
  await window.send("Page.addScriptToEvaluateOnNewDocument", { source: COUNT });
  await window.send("Page.reload");
  await sleep(SETTLE_MS);
  const visible = await window.evaluate<Record<string, number>>("window.begun");
  await window.show(false);
  await sleep(3000);
  await window.evaluate("Object.keys(window.begun).forEach((name) => { window.begun[name] = 0; })");
  await sleep(seconds * 1000);
  const hidden = await window.evaluate<Record<string, number>>("window.begun");
  say(`  begun while visible: ${JSON.stringify(visible)}; in ${seconds} s while hidden: ${JSON.stringify(hidden)}`);
  return Object.values(hidden).reduce((sum, each) => sum + each, 0);
}
