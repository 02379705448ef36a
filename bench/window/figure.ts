/** One line of the window's table. */
export interface Figure {
  readonly title: string;
  readonly value: number;
  readonly unit: "ms" | "MB" | "%" | "";
  /** The most that is allowed, in the same unit; a figure without one explains another. */
  readonly budget?: number;
}

/** The figures as a Markdown table. */
export function renderFigures(figures: readonly Figure[]): string {
  const head = ["what", "measured", "budget", "result"];
  const rows = figures.map((figure) => [figure.title, quantity(figure.value, figure.unit), figure.budget === undefined ? "" : `<= ${quantity(figure.budget, figure.unit)}`, figure.budget === undefined ? "" : figure.value <= figure.budget ? "pass" : "FAIL"]);
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]!.length)));
  const line = (cells: readonly string[]): string => `| ${cells.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!))).join(" | ")} |`;
  return [line(head), `|${widths.map((width, column) => (column === 0 ? "-".repeat(width + 2) : `${"-".repeat(width + 1)}:`)).join("|")}|`, ...rows.map(line)].join("\n");
}

/** A value as people read it. */
export function quantity(value: number, unit: Figure["unit"]): string {
  const digits = unit === "%" ? 2 : unit === "ms" && value < 10 ? 1 : 0;
  return `${value.toFixed(digits)}${unit === "%" ? " %" : unit === "" ? "" : ` ${unit}`}`;
}
