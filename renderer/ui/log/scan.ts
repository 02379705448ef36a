/** Looks through lines for a query and for levels. Pure; runs in a worker, since an expression may take as long as it likes. */
import { stripAnsi } from "../../lib/ansi.ts";
import { detectLevel, logLevels, type LogLevel } from "../../lib/log-level.ts";
import { compileQuery, matchRanges, type TextQuery } from "../../lib/text-query.ts";
import { timeLength } from "./page.ts";

/** Levels that are wanted, and `other` for lines that name none. */
export type LevelChoice = LogLevel | "other";
export const levelChoices: readonly LevelChoice[] = [...logLevels, "other"];

export interface ScanQuery {
  readonly query: TextQuery;
  /** Undefined wants every level. */
  readonly levels: readonly LevelChoice[] | undefined;
  /** Whether lines begin with a time, which is no part of their text. */
  readonly timed: boolean;
}

/** A stretch of consecutive lines. */
export interface ScanPart {
  /** Joined by "\n". */
  readonly text: string;
  /** Lines to leave out at the beginning. */
  readonly skip: number;
  /** Lines to look at. */
  readonly count: number;
}

/** Places of matching lines in each part, after those left out, ascending. @throws nothing: a query that is no expression matches nothing */
export function scanParts({ query, levels, timed }: ScanQuery, parts: readonly ScanPart[]): Uint16Array[] {
  const compiled = compileQuery(query);
  const expression = compiled?.expression;
  if (compiled && !expression) return parts.map(() => new Uint16Array(0));
  const simple = expression && !query.regex && !levels;
  return parts.map((part) => {
    if (simple && !part.text.includes("\x1b") && !found(expression, part.text)) return new Uint16Array(0);
    const hits: number[] = [];
    const lines = part.text.split("\n");
    for (let at = 0; at < part.count; at++) {
      const raw = lines[at + part.skip] ?? "";
      const text = plainText(timed ? raw.slice(timeLength(raw)) : raw);
      if (expression && !found(expression, text)) continue;
      if (levels && !levels.includes(detectLevel(text) ?? "other")) continue;
      hits.push(at);
    }
    return Uint16Array.from(hits);
  });
}

/** The line as it is read: without escape sequences. */
export function plainText(text: string): string {
  return text.includes("\x1b") || text.includes("\r") ? stripAnsi(text) : text;
}

function found(expression: RegExp, text: string): boolean {
  expression.lastIndex = 0;
  return expression.test(text);
}

export type ScanRequest =
  | { readonly id: number; readonly type: "scan"; readonly query: ScanQuery; readonly parts: readonly ScanPart[] }
  | { readonly id: number; readonly type: "marks"; readonly query: TextQuery; readonly texts: readonly string[] };

export type ScanAnswer = { readonly id: number; readonly hits: Uint16Array[] } | { readonly id: number; readonly marks: number[][] };

/** What the worker does with a request. */
export function answerScan(request: ScanRequest): ScanAnswer {
  if (request.type === "scan") return { id: request.id, hits: scanParts(request.query, request.parts) };
  const expression = compileQuery(request.query)?.expression;
  return { id: request.id, marks: request.texts.map((text) => (expression ? matchRanges(text, expression) : [])) };
}
