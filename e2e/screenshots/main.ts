/**
 * `npm run screenshots [-- --only NAME]`: pictures of every screen on the fake host, in two sizes and both themes, for docs/screenshots. The clock
 * moves only here, so runs differ hardly.
 */
import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parseArgs } from "node:util";
import type { Page } from "playwright-core";
import { CHECKOUT } from "../harness/build.ts";
import { startFakeWindows } from "../harness/fake-window.ts";
import type { FakeWindows } from "../harness/fake-window.ts";
import { shrinkPng } from "./png.ts";
import { SHOTS } from "./shots.ts";
import type { Shot } from "./shots.ts";

const { values: options } = parseArgs({ options: { only: { type: "string", multiple: true } } });
const FOLDER = join(CHECKOUT, "docs/screenshots");
const SIZES = [{ width: 1280, height: 800 }, { width: 1920, height: 1080 }] as const;
const NOW = "2026-11-24T10:30:00Z";
/** What the charts show, in seconds. */
const HISTORY_S = 60;

async function picture(page: Page, shot: Shot, dark: boolean): Promise<void> {
  const [first] = SIZES;
  await page.setViewportSize(first);
  await page.evaluate(`location.hash = ${JSON.stringify(shot.hash)}`);
  await settle(page);
  if (shot.act) {
    await shot.act(page);
    await settle(page);
  }
  for (const size of SIZES) {
    await page.setViewportSize(size);
    await settle(page);
    await page.mouse.move(size.width - 1, size.height - 1);
    const file = await page.screenshot({ animations: "disabled", caret: "hide" });
    await writeFile(join(FOLDER, `${shot.name}-${size.width}-${dark ? "dark" : "light"}.png`), shrinkPng(file));
  }
  // A dialog must not lie over the next picture.
  for (let times = 0; times < 2; times++) await page.keyboard.press("Escape");
  await settle(page);
}

/** Lets answers arrive and what they draw be drawn, on a clock that moves only here. */
async function settle(page: Page): Promise<void> {
  for (let step = 0; step < 8; step++) {
    await page.clock.runFor(100);
    await page.evaluate("new Promise((resolve) => { const channel = new MessageChannel(); channel.port1.onmessage = resolve; channel.port2.postMessage(0); })");
  }
}

async function openStill(windows: FakeWindows, query: string, dark: boolean): Promise<Page> {
  const { page } = await windows.open(query, { hash: "#/containers", dark, at: NOW });
  await page.clock.pauseAt(new Date(Date.parse(NOW) + 60_000));
  for (let second = 0; second < HISTORY_S; second++) {
    await page.clock.runFor(1000);
    // A window that nobody touches looks less often.
    if (second % 10 === 0) await page.mouse.move(2, 2 + second);
  }
  await settle(page);
  return page;
}

const wanted = options.only?.flatMap((names) => names.split(","));
const unknown = wanted?.filter((name) => !SHOTS.some((shot) => shot.name === name)) ?? [];
if (unknown.length > 0) throw new Error(`--only: unknown ${unknown.join(", ")}; pictures are ${SHOTS.map((shot) => shot.name).join(", ")}`);
await mkdir(FOLDER, { recursive: true });
await using windows = await startFakeWindows();
for (const dark of [false, true]) {
  const pages = new Map<string, Page>();
  for (const shot of SHOTS.filter(({ name }) => wanted?.includes(name) ?? true)) {
    const query = shot.query ?? "";
    const page = pages.get(query) ?? (await openStill(windows, query, dark));
    pages.set(query, page);
    try {
      await picture(page, shot, dark);
    } catch (error) {
      process.stderr.write(`${shot.name} (${dark ? "dark" : "light"}) failed: ${String(error)}\n`);
      process.exitCode = 1;
    }
  }
  for (const page of pages.values()) await page.context().close();
}
