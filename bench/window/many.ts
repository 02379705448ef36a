import { fileURLToPath } from "node:url";
import type { CDPSession, Page } from "playwright-core";
import { waitFor } from "../../e2e/fixtures/exec.ts";
import { startFakeWindows } from "../../e2e/harness/fake-window.ts";
import type { FakeWindows } from "../../e2e/harness/fake-window.ts";
import { median } from "../measure.ts";
import type { Figure } from "./figure.ts";
import { memoryOf } from "./processes.ts";

const QUERY = "?scenario=huge&images=5000";
const PROBE = fileURLToPath(new URL("probe.js", import.meta.url));
/** Each of these changes what the filter leaves. */
const KEYS = ["7", "3", "1", "Backspace", "Backspace", "Backspace", "9", "5", "Backspace", "Backspace"];
const RUNS = 5;
const SCROLL_PIXELS = 24_000;
const SCROLL_SPEED = 6000;

interface Frames {
  readonly frames: readonly number[];
  readonly animation: readonly { duration: number; blocking: number; scripts: readonly string[] }[];
  readonly longest: number;
  /** Frames that were on the screen before the rows for them were drawn. */
  readonly unfilled: number;
}

interface Scrolled extends Frames {
  /** Milliseconds from each frame on the screen to the next. */
  readonly shown: readonly number[];
}

/** @param say tells whoever looks what made a frame long */
export async function measureMany(say: (text: string) => void): Promise<Figure[]> {
  await using windows = await startFakeWindows();
  return [...(await measureList(windows, "#/containers", "10,000 containers", say)), ...(await measureList(windows, "#/images", "5,000 images", say))];
}

/** A burst of events on the list of 10,000 containers. */
export async function measureBurst(say: (text: string) => void): Promise<Figure[]> {
  await using windows = await startFakeWindows();
  const page = await openList(windows, "#/containers");
  await page.waitForTimeout(2000);
  const names = await page.evaluate<string[]>("fake.containers().filter((each) => each.State === 'running').slice(0, 400).map((each) => each.Id)");
  await page.evaluate("probe.start()");
  const took = await page.evaluate<number>(`probe.burst(${JSON.stringify(names)})`);
  const begin = performance.now();
  await page.evaluate<void>(`new Promise((resolve) => { const look = () => (document.querySelector("[role=row][aria-label='last-event']") ? resolve() : setTimeout(look, 5)); look(); })`);
  const right = performance.now() - begin;
  const seen = await page.evaluate<Frames>("probe.stop()");
  tellWorst(seen, say);
  await page.context().close();
  return [
    { title: `2,000 events in ${(took / 1000).toFixed(1)} s, 10,000 containers: longest block of the main thread`, value: seen.longest, unit: "ms", budget: 100 },
    { title: "the same: longest frame", value: Math.max(...seen.frames), unit: "ms" },
    { title: "the same: from the last event until the list is right", value: right, unit: "ms" },
  ];
}

async function measureList(windows: FakeWindows, hash: string, what: string, say: (text: string) => void): Promise<Figure[]> {
  const paints: number[] = [];
  for (let round = 0; round < RUNS; round++) {
    const page = await openList(windows, hash);
    paints.push(await page.evaluate<number>("probe.rows - probe.data"));
    if (round < RUNS - 1) await page.context().close();
    else return [{ title: `${what}: first paint after data`, value: median(paints), unit: "ms", budget: 500 }, ...(await inOpenList(page, what, say))];
  }
  return [];
}

async function inOpenList(page: Page, what: string, say: (text: string) => void): Promise<Figure[]> {
  const session = await page.context().newCDPSession(page);
  await page.waitForTimeout(1500);
  const scrolled = await scroll(page, session);
  tellWorst(scrolled, say);
  await page.keyboard.press("/");
  const keys: number[] = [];
  for (const key of KEYS) {
    const paint = page.evaluate<number>("probe.keystroke()");
    await page.evaluate("1");
    await page.keyboard.press(key);
    keys.push(await paint);
    await page.waitForTimeout(250);
  }
  const heap = await heapOf(session);
  const memory = await memoryOf(await rendererOf(page));
  await page.context().close();
  return [
    { title: `${what}: filter keystroke to painted list, median`, value: median(keys), unit: "ms", budget: 50 },
    { title: `${what}: the slowest of ${keys.length}`, value: Math.max(...keys), unit: "ms" },
    { title: `${what}: frames over 32 ms of ${scrolled.shown.length} on the screen while scrolling ${SCROLL_PIXELS.toLocaleString("en")} pixels and back`, value: scrolled.shown.filter((each) => each > 32).length, unit: "", budget: 0 },
    { title: `${what}: the longest of them`, value: Math.max(...scrolled.shown), unit: "ms", budget: 32 },
    { title: `${what}: frames on the screen with rows missing`, value: scrolled.unfilled, unit: "", budget: 0 },
    { title: `${what}: frames over 32 ms of ${scrolled.frames.length} that the page's own thread made`, value: scrolled.frames.filter((each) => each > 32).length, unit: "" },
    { title: `${what}: frames with work over 50 ms (long-animation-frame)`, value: scrolled.animation.length, unit: "", budget: 0 },
    { title: `${what}: memory of the renderer's process, the fake host's data in it`, value: memory / 1e6, unit: "MB", budget: 300 },
    { title: `${what}: of that, live JavaScript objects`, value: heap / 1e6, unit: "MB" },
  ];
}

async function openList(windows: FakeWindows, hash: string): Promise<Page> {
  const { page } = await windows.open(QUERY, { hash, script: PROBE });
  await waitFor("rows", () => page.evaluate<boolean>("probe.rows > 0 && probe.data > 0"), 60_000);
  return page;
}

/** Down and up again, as a wheel does it. Chromium moves what is drawn without waiting for the page: what counts is the frames on the screen. */
async function scroll(page: Page, session: CDPSession): Promise<Scrolled> {
  await page.evaluate("probe.start()");
  const shown: number[] = [];
  for (const way of [-1, 1]) {
    shown.push(...(await framesShown(page, () => session.send("Input.synthesizeScrollGesture", { x: 640, y: 450, yDistance: way * SCROLL_PIXELS, speed: SCROLL_SPEED, gestureSourceType: "mouse", preventFling: true }))));
  }
  return { ...(await page.evaluate<Frames>("probe.stop()")), shown };
}

/** Times between the frames that Chromium draws on the screen during some work; without the first, which comes after rest. */
async function framesShown(page: Page, work: () => Promise<unknown>): Promise<number[]> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const drawn: number[] = [];
  session.on("Tracing.dataCollected", ({ value }) => {
    for (const event of value) if (event["name"] === "DirectRenderer::DrawFrame" && event["ph"] === "X") drawn.push(Number(event["ts"]) / 1000);
  });
  await session.send("Tracing.start", { transferMode: "ReportEvents", traceConfig: { includedCategories: ["viz"] } });
  await work();
  const complete = new Promise<void>((done) => session.once("Tracing.tracingComplete", () => done()));
  await session.send("Tracing.end");
  await complete;
  await session.detach();
  drawn.sort((a, b) => a - b);
  return drawn.slice(2).map((at, index) => at - drawn[index + 1]!);
}

function tellWorst({ animation }: Frames, say: (text: string) => void): void {
  for (const each of animation.toSorted((a, b) => b.duration - a.duration).slice(0, 3)) say(`  a frame of ${each.duration.toFixed(0)} ms: ${each.scripts.join(", ") || "no script"}`);
}

async function heapOf(session: CDPSession): Promise<number> {
  await session.send("HeapProfiler.collectGarbage");
  const { usedSize } = await session.send("Runtime.getHeapUsage");
  return usedSize;
}

/** The largest renderer: others belong to windows that are closed or not yet used. */
async function rendererOf(page: Page): Promise<number> {
  const session = await page.context().browser()!.newBrowserCDPSession();
  const { processInfo } = await session.send("SystemInfo.getProcessInfo");
  const sizes = await Promise.all(processInfo.filter(({ type }) => type === "renderer").map(async ({ id }) => ({ id, size: await memoryOf(id) })));
  return sizes.toSorted((a, b) => b.size - a.size)[0]!.id;
}
