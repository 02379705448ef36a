import { EngineError, type ErrorCode } from "../../base/errors.ts";
import type { DockerfileErrorDetails, DockerfileTree, Range } from "../dockerfile.ts";

export interface DockerfileErrorOptions {
  /** What messages call the file; the tree's own, or `Dockerfile`, when not given. */
  readonly file?: string | undefined;
  /** `invalidArgument` when not given. */
  readonly code?: ErrorCode | undefined;
  readonly cause?: unknown;
}

/**
 * An error about a place in a Dockerfile: `Dockerfile:12:5: unknown instruction: RNU (did you mean RUN?)`, with {@link DockerfileErrorDetails}.
 * @param source the text that `range` counts in, or its tree
 */
export function dockerfileError(source: string | DockerfileTree, range: Range, message: string, options: DockerfileErrorOptions = {}): EngineError {
  const text = typeof source === "string" ? source : source.nodes.map((node) => node.text).join("");
  const file = options.file ?? (typeof source === "string" ? undefined : source.file);
  const { start, end } = range;
  const details: DockerfileErrorDetails = { file, line: start.line, column: start.column, endLine: end.line, endColumn: end.column, frame: frameOf(text, range) };
  return new EngineError(options.code ?? "invalidArgument", `${file ?? "Dockerfile"}:${String(start.line)}:${String(start.column)}: ${message}`, { cause: options.cause, details });
}

/** A part of a file in a message: cut to what a line holds, without control characters, which could drive a terminal. */
export function excerpt(text: string, maxLength = 100): string {
  return visible(text.length > maxLength ? `${text.slice(0, maxLength)}...` : text);
}

function visible(text: string): string {
  return text.toWellFormed().replaceAll(/[\0-\x08\x0a-\x1f\x7f-\x9f\u2028\u2029]/g, "\ufffd");
}

const LINES_AROUND = 2;
const MAX_MARKED_LINES = 8;
const WIDTH = 160;
/** How much of a long line is shown before the marked column. */
const LEAD = 60;

/**
 * The lines around `range`, numbered; `>` stands before those it touches, and `^` under its characters in the first of them:
 * ```
 *   1 | FROM alpine
 * > 2 | RNU apk add git
 *     | ^^^
 * ```
 */
export function frameOf(text: string, range: Range): string {
  const { start, end } = range;
  // An end at the beginning of a line does not touch that line.
  const lastMarked = Math.min(end.column === 1 && end.line > start.line ? end.line - 1 : end.line, start.line + MAX_MARKED_LINES - 1);
  const lines = linesAround(text, range, lastMarked);
  const shift = start.column > WIDTH - 20 ? start.column - LEAD : 1;
  const gutter = String(lines.at(-1)?.number ?? 1).length;
  const frame: string[] = [];
  for (const { number, content } of lines) {
    const marked = number >= start.line && number <= lastMarked;
    const shown = visible(content.slice(shift - 1, shift - 1 + WIDTH));
    frame.push(`${marked ? ">" : " "} ${String(number).padStart(gutter)} | ${shown}`.trimEnd());
    if (number !== start.line) continue;
    const from = start.column - shift;
    const to = end.line === start.line ? end.column - shift : content.length - shift + 1;
    // Tabs stay tabs, so that the mark stands under its characters.
    const pad = shown.slice(0, from).replaceAll(/[^\t]/g, " ").padEnd(from);
    frame.push(`  ${" ".repeat(gutter)} | ${pad}${"^".repeat(Math.max(1, Math.min(to, WIDTH) - from))}`);
  }
  return frame.join("\n");
}

function linesAround(text: string, { start }: Range, lastMarked: number): { number: number; content: string }[] {
  let from = text.lastIndexOf("\n", start.offset - 1) + 1;
  if (start.offset === 0) from = 0;
  let number = start.line;
  while (from > 0 && number > Math.max(1, start.line - LINES_AROUND)) {
    from = from < 2 ? 0 : text.lastIndexOf("\n", from - 2) + 1;
    number--;
  }
  const lines: { number: number; content: string }[] = [];
  for (; number <= lastMarked + LINES_AROUND; number++) {
    const feed = text.indexOf("\n", from);
    const to = feed < 0 ? text.length : feed;
    lines.push({ number, content: text.slice(from, to > from && text[to - 1] === "\r" ? to - 1 : to) });
    from = to + 1;
    if (feed < 0 || from >= text.length) break;
  }
  return lines;
}
