/**
 * `npm run bench [-- --only NAME] [--engines a,b] [--runs N] [--json] [--list]`: drives every engine of this machine with the
 * same docker CLI, turn by turn, and prints medians and ratios. Fills a registry of its own; needs root and no network.
 */
import { cpus, release, totalmem } from "node:os";
import { parseArgs } from "node:util";
import { must } from "../e2e/fixtures/exec.ts";
import { startRegistry } from "../e2e/fixtures/registry.ts";
import { ENGINE_NAMES, installedEngines, startBenchEngine } from "./engines.ts";
import type { BenchEngine, EngineName } from "./engines.ts";
import { pushBusybox } from "./images.ts";
import { measureRow, median } from "./measure.ts";
import type { Outcome } from "./measure.ts";
import { MEMORY, ROWS } from "./rows.ts";
import type { Row, Stage } from "./row.ts";
import { amount, renderTable } from "./table.ts";

const { values: options } = parseArgs({
  options: { only: { type: "string", multiple: true }, engines: { type: "string" }, runs: { type: "string" }, json: { type: "boolean" }, list: { type: "boolean" } },
});

/** Where people look while it works; the table alone goes to stdout. */
function say(text: string): void {
  process.stderr.write(`${text}\n`);
}

function chosenRows(): readonly Row[] {
  const all = [...ROWS, MEMORY];
  const wanted = options.only?.flatMap((names) => names.split(","));
  const unknown = wanted?.filter((name) => !all.some((row) => row.name === name)) ?? [];
  if (unknown.length > 0) throw new Error(`--only: unknown ${unknown.join(", ")}; rows are ${all.map((row) => row.name).join(", ")}`);
  return wanted ? all.filter((row) => wanted.includes(row.name)) : all;
}

function chosenEngines(): readonly EngineName[] {
  const wanted = options.engines?.split(",");
  const unknown = wanted?.filter((name) => !ENGINE_NAMES.some((known) => known === name)) ?? [];
  if (unknown.length > 0) throw new Error(`--engines: unknown ${unknown.join(", ")}; known are ${ENGINE_NAMES.join(", ")}`);
  return wanted ? ENGINE_NAMES.filter((name) => wanted.includes(name)) : installedEngines();
}

async function bench(): Promise<void> {
  const rows = chosenRows();
  if (options.list) return console.log(rows.map((row) => `${row.name.padEnd(12)}${row.title}`).join("\n"));
  if (process.getuid?.() !== 0) throw new Error("the benchmark starts engines as root: run it as root");
  await using stack = new AsyncDisposableStack();
  const registry = stack.use(await startRegistry());
  await pushBusybox(registry.url);
  const stage: Stage = { registry, busybox: `${registry.host}/busybox:latest` };
  const engines: BenchEngine[] = [];
  for (const name of chosenEngines()) {
    try {
      const engine = stack.use(await startBenchEngine(name, registry.host));
      await engine.docker.ok("pull", "-q", stage.busybox);
      await engine.docker.ok("run", "--rm", stage.busybox, "true");
      engines.push(engine);
      say(`${name} ${engine.version}`);
    } catch (error) {
      say(`${name} is left out: ${String(error)}`);
    }
  }
  const outcomes: Outcome[] = [];
  for (const row of rows) {
    const begin = Date.now();
    const outcome = await measureRow(row, stage, engines, options.runs ? Number(options.runs) : row.runs);
    outcomes.push(outcome);
    for (const [name, why] of outcome.failures) say(`  ${name} failed at ${row.name}: ${why}`);
    say(`${row.title}: ${[...outcome.values].map(([name, list]) => `${name} ${amount(median(list), row.unit)}`).join(", ")} (${((Date.now() - begin) / 1000).toFixed(0)} s)`);
  }
  const names = engines.map((engine) => engine.name);
  if (options.json) console.log(JSON.stringify({ machine: await machine(), engines: engines.map(({ name, version }) => ({ name, version })), rows: outcomes.map(({ row, values, failures }) => ({ name: row.name, title: row.title, unit: row.unit, budget: row.budget, values: Object.fromEntries(values), failures: Object.fromEntries(failures) })) }, undefined, 2));
  else console.log(`\n${await machine()}\n${engines.map(({ name, version }) => `${name} ${version}`).join(", ")}\n\n${renderTable(outcomes, names)}`);
}

async function machine(): Promise<string> {
  const runtime = (await must("runc", ["--version"]).catch(() => "no runc")).split("\n")[0];
  return `${cpus().length} cores (${cpus()[0]?.model.trim()}), ${Math.round(totalmem() / 2 ** 30)} GiB of memory, Linux ${release()}, ${runtime}, Node ${process.version}`;
}

try {
  await bench();
} catch (error) {
  say(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
}
// Idle connections to engines that are gone would keep the process for minutes.
process.exit();
