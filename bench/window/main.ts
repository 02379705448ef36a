/**
 * `npm run bench:window [-- --only NAME] [--seconds N | --long] [--json]`: measures the window with a real Chromium, on our engine and on
 * scripted data, and prints a Markdown table. Needs root and no network.
 */
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { must } from "../../e2e/fixtures/exec.ts";
import { built } from "../../e2e/harness/build.ts";
import { findChromium } from "../../e2e/harness/desktop.ts";
import { renderFigures } from "./figure.ts";
import type { Figure } from "./figure.ts";
import { startStage } from "./host.ts";
import type { Stage } from "./host.ts";
import { measureIdle } from "./idle.ts";
import { measureLog } from "./log.ts";
import { measureBurst, measureMany } from "./many.ts";
import { loadAverage } from "./processes.ts";
import { measureStart } from "./start.ts";

const { values: options } = parseArgs({ options: { only: { type: "string", multiple: true }, seconds: { type: "string", default: "60" }, long: { type: "boolean", default: false }, json: { type: "boolean", default: false } } });
const seconds = options.long ? 300 : Number(options.seconds);

/** Where people look while it works; the table alone goes to stdout. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

let shared: Promise<Stage> | undefined;
const stage = (): Promise<Stage> => (shared ??= startStage());
const PARTS: Readonly<Record<string, () => Promise<Figure[]>>> = {
  start: async () => measureStart(await stage()),
  many: () => measureMany(say),
  burst: () => measureBurst(say),
  log: async () => measureLog(await stage(), say),
  idle: async () => measureIdle(await stage(), seconds, say),
};

async function measure(): Promise<void> {
  const wanted = options.only?.flatMap((names) => names.split(",")) ?? Object.keys(PARTS);
  const unknown = wanted.filter((name) => !(name in PARTS));
  if (unknown.length > 0) throw new Error(`--only: unknown ${unknown.join(", ")}; parts are ${Object.keys(PARTS).join(", ")}`);
  if (!(seconds > 0)) throw new Error(`--seconds must be a number above 0, not "${options.seconds}"`);
  if (process.getuid?.() !== 0) throw new Error("the benchmark starts an engine as root: run it as root");
  const chromium = findChromium();
  if (chromium === undefined) throw new Error("no Chromium or Chrome is installed: apt-get install chromium");
  await built("renderer", "host");
  const before = await loadAverage();
  const figures: Figure[] = [];
  try {
    for (const name of wanted) {
      say(name);
      const found = await PARTS[name]!();
      figures.push(...found);
      say(renderFigures(found));
    }
  } finally {
    await (await shared)?.[Symbol.asyncDispose]();
  }
  const machine = `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Linux ${release()}, Node ${process.version}, ${(await must(chromium, ["--version"])).split("\n").at(-1)?.trim()}`;
  const load = `load average ${before.toFixed(1)} at the beginning, ${(await loadAverage()).toFixed(1)} at the end`;
  if (options.json) console.log(JSON.stringify({ machine, load, figures }, undefined, 2));
  else console.log(`\n${machine}\n${load}\n\n${renderFigures(figures)}`);
}

try {
  await measure();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
