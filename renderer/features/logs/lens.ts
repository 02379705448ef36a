/** How a session's lines are looked at: what is searched for, which lines are left, which are folded out. No React. */
import { compileQuery, emptyQuery, matchRanges, type TextQuery } from "../../lib/text-query.ts";
import { LogMatches, withContext } from "../../ui/log/matches.ts";
import { FoldedRows, PickedRows, type LogRows } from "../../ui/log/rows.ts";
import type { LevelChoice } from "../../ui/log/scan.ts";
import { WorkerScanner, type Scanner } from "../../ui/log/scanner.ts";
import type { LogSession } from "./session.ts";

export interface LensSettings {
  readonly query: TextQuery;
  /** Only lines that match are drawn, with this many around each. */
  readonly only: boolean;
  readonly around: number;
  /** Undefined draws every level. */
  readonly levels: readonly LevelChoice[] | undefined;
}

export const plainSettings: LensSettings = { query: emptyQuery, only: false, around: 0, levels: undefined };

/** Texts whose marks are remembered. */
const mostMarks = 2000;

export class LogLens {
  settings: LensSettings = plainSettings;
  /** Grows with every change that the session's own version does not tell. */
  version = 0;
  /** What is wrong with the expression as it is typed. */
  problem: string | undefined;
  readonly #session: LogSession;
  readonly #scanner: Scanner;
  readonly #listeners = new Set<() => void>();
  readonly #unlisten: () => void;
  readonly #open = new Map<number, number>();
  readonly #marks = new Map<string, readonly number[]>();
  #expression: RegExp | undefined;
  /** Finds what the query matches; where only those lines are drawn, that is what is drawn too. */
  #found: LogMatches | undefined;
  /** Finds lines of the wanted levels, where a query only marks. */
  #levels: LogMatches | undefined;
  #picked: PickedRows | undefined;
  #buffer: LogSession["buffer"];
  #asking = new AbortController();
  #frame = 0;

  constructor(session: LogSession, scanner: Scanner = new WorkerScanner()) {
    this.#session = session;
    this.#scanner = scanner;
    this.#buffer = session.buffer;
    this.#unlisten = session.subscribe(() => this.#grown());
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.version;

  /** What is drawn. */
  get rows(): LogRows {
    const rows = this.#picked ?? this.#session.buffer;
    return this.#open.size === 0 ? rows : new FoldedRows(rows, this.#open, (number) => this.#picked?.has(number) ?? (number >= this.#buffer.first && number < this.#buffer.end));
  }

  /** Whether lines are left out. */
  get filtered(): boolean {
    return this.#picked !== undefined;
  }

  get matches(): readonly number[] {
    return this.#found?.matches ?? [];
  }

  /** Whether not all lines have been looked at yet. */
  get busy(): boolean {
    return this.error === undefined && (this.#found?.settled === false || this.#levels?.settled === false);
  }

  get error(): string | undefined {
    return this.problem ?? this.#found?.error?.message ?? this.#levels?.error?.message;
  }

  after(number: number): number {
    return this.#found?.after(number) ?? 0;
  }

  /** Whether a line that is drawn is there for itself, not for one beside it. */
  isMatch(number: number): boolean {
    if (!this.#picked || this.settings.around === 0) return true;
    const finder = this.#levels ?? this.#found;
    if (!finder) return true;
    const at = finder.after(number);
    return finder.matches[at] === number;
  }

  set(settings: LensSettings): void {
    this.settings = settings;
    this.#asking.abort();
    this.#asking = new AbortController();
    this.#marks.clear();
    const compiled = compileQuery(settings.query);
    this.problem = compiled?.error;
    this.#expression = compiled?.expression;
    this.#restart();
    this.changed();
  }

  /** Where a text is marked: begins and ends in turn. */
  marksOf(text: string): readonly number[] {
    if (!this.#expression) return noMarks;
    if (!this.settings.query.regex) return matchRanges(text, this.#expression);
    const known = this.#marks.get(text);
    if (known) return known;
    this.#ask(text);
    return noMarks;
  }

  /** Folds a line out or in. @param rows that it takes below its own */
  toggle(number: number, rows: number): void {
    if (!this.#open.delete(number)) this.#open.set(number, rows);
    this.changed();
  }

  isOpen(number: number): boolean {
    return this.#open.has(number);
  }

  dispose(): void {
    this.#unlisten();
    this.#asking.abort();
    this.#found?.dispose();
    this.#levels?.dispose();
    this.#scanner.dispose();
    cancelAnimationFrame(this.#frame);
    this.#listeners.clear();
  }

  changed(): void {
    this.version++;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      for (const listener of this.#listeners) listener();
    });
  }

  #restart(): void {
    this.#found?.dispose();
    this.#levels?.dispose();
    this.#found = this.#levels = this.#picked = undefined;
    const { buffer } = this.#session;
    if (buffer !== this.#buffer) this.#open.clear();
    this.#buffer = buffer;
    const { query, levels, only } = this.settings;
    const tell = (): void => this.#looked();
    if (this.#expression) this.#found = new LogMatches({ query, levels, timed: true }, buffer, this.#scanner, tell);
    if (levels && !(only && this.#found)) this.#levels = new LogMatches({ query: emptyQuery, levels, timed: true }, buffer, this.#scanner, tell);
    if (this.#levels || (only && this.#found)) this.#picked = new PickedRows(buffer);
    this.#grown();
  }

  #grown(): void {
    if (this.#session.buffer !== this.#buffer) {
      this.#restart();
      return;
    }
    this.#found?.pump();
    this.#levels?.pump();
    if (this.#picked && this.settings.around > 0) this.#looked();
  }

  #looked(): void {
    const finder = this.#levels ?? this.#found;
    if (this.#picked && finder) {
      const around = this.settings.only ? this.settings.around : 0;
      const same = finder.takeSame();
      this.#picked.set(withContext(finder.matches, around, this.#buffer.first, this.#buffer.end), around === 0 ? same : 0);
    }
    this.changed();
  }

  /** All texts drawn in one frame are asked for together. */
  #wanted: Set<string> | undefined;
  #ask(text: string): void {
    if (this.#wanted) {
      this.#wanted.add(text);
      return;
    }
    const wanted = (this.#wanted = new Set([text]));
    const { signal } = this.#asking;
    queueMicrotask(() => {
      this.#wanted = undefined;
      const texts = [...wanted];
      this.#scanner.marks(this.settings.query, texts, signal).then((marks) => {
        if (this.#marks.size > mostMarks) this.#marks.clear();
        texts.forEach((each, index) => this.#marks.set(each, marks[index] ?? noMarks));
        this.changed();
      }, () => undefined);
    });
  }
}

const noMarks: readonly number[] = [];
