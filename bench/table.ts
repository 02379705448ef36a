import type { EngineName } from "./engines.ts";
import { median, withinBudget } from "./measure.ts";
import type { Outcome } from "./measure.ts";

/** The outcomes as a Markdown table: a median for each engine, ratios to dockerd, and whether ours keeps the budget. */
export function renderTable(outcomes: readonly Outcome[], engines: readonly EngineName[]): string {
  const head = ["work", ...engines, ...(engines.includes("dockerd") ? engines.filter((name) => name !== "dockerd").map((name) => `${name}/dockerd`) : []), "budget", "result"];
  const rows = outcomes.map((outcome) => rowOf(outcome, engines));
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  return [line(head), `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`, ...rows.map(line)].join("\n");
}

function rowOf({ row, values, failures }: Outcome, engines: readonly EngineName[]): string[] {
  const medians = new Map([...values].map(([name, list]) => [name, median(list)]));
  const base = medians.get("dockerd");
  const ratios = engines.filter((name) => name !== "dockerd").map((name) => (base && medians.has(name) ? medians.get(name)! / base : undefined));
  const ours = base && medians.has("ours") ? medians.get("ours")! / base : undefined;
  const result = ours === undefined ? "-" : withinBudget(row, ours) ? "pass" : "FAIL";
  return [
    row.title,
    ...engines.map((name) => (medians.has(name) ? amount(medians.get(name)!, row.unit) : failures.has(name) ? "failed" : "-")),
    ...(engines.includes("dockerd") ? ratios.map((ratio) => ratio?.toFixed(2) ?? "-") : []),
    `${row.unit === "MB/s" ? ">=" : "<="} ${row.budget.toFixed(2)}`,
    result,
  ];
}

/** A measurement as people read it. */
export function amount(value: number, unit: string): string {
  if (unit !== "ms") return `${value.toFixed(0)} ${unit}`;
  return value >= 1000 ? `${(value / 1000).toFixed(2)} s` : `${value.toFixed(0)} ms`;
}
