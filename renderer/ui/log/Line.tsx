import { memo, type CSSProperties, type ReactNode } from "react";
import { parseAnsi, type AnsiSpan } from "../../lib/ansi.ts";
import { cx } from "../../lib/cx.ts";
import { jsonFields, looksLikeJson } from "../../lib/json-line.ts";
import { detectLevel, type LogLevel } from "../../lib/log-level.ts";
import type { LogLine } from "./buffer.ts";
import { plainText } from "./scan.ts";
import { showTime, timeColumns, type LogTime } from "./times.ts";
import css from "./Log.module.css";

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];
/** Colours that tell containers apart; the name stands beside them. */
const ownerColours = ["blue", "magenta", "green", "yellow", "cyan", "bright-magenta", "bright-green", "bright-blue"];

const levelLetters: Readonly<Record<LogLevel, string>> = { error: "E", warn: "W", info: "I", debug: "D" };
const levelWords: Readonly<Record<LogLevel, string>> = { error: "Error", warn: "Warning", info: "Information", debug: "Debug" };

export interface LineProps {
  readonly line: LogLine;
  readonly number: number;
  readonly top: number;
  readonly height: number;
  readonly time: LogTime;
  /** Unix milliseconds that relative times count from. */
  readonly now: number;
  readonly wrap: boolean;
  /** A gutter with the level and what folds the line out. */
  readonly lead: boolean;
  /** Name of the line's container, where several are shown, and how many columns names take. */
  readonly owner: string | undefined;
  readonly ownerColumns: number;
  /** Begins and ends of what is marked in the text without escape sequences. */
  readonly marks: readonly number[];
  readonly current: boolean;
  /** It is only there for the lines around it. */
  readonly aside: boolean;
  /** Lines were left out before it. */
  readonly gap: boolean;
  readonly open: boolean;
  /** Folds the line out or in; told how many rows that takes. */
  readonly onToggle: ((number: number, rows: number) => void) | undefined;
}

/** One line of a log. */
export const Line = memo(function Line(props: LineProps) {
  const { line, number, top, height, time, wrap, lead, owner, current, open, onToggle } = props;
  const plain = lead ? plainText(line.text) : "";
  const level = lead ? detectLevel(plain) : undefined;
  const foldable = lead && onToggle !== undefined && looksLikeJson(plain);
  const toggle = () => {
    const fields = jsonFields(plain);
    if (fields) onToggle?.(number, fields.length);
  };
  return (
    <div
      className={cx(css["line"], wrap && css["wrapped"], line.source === "stderr" && css["stderr"], line.late && css["late"], current && css["current"], props.aside && css["aside"], props.gap && css["gap"], foldable && css["foldable"])}
      style={{ transform: `translateY(${top}px)`, height }}
      data-line={number}
      onClick={foldable ? () => { if (getSelection()?.isCollapsed !== false) toggle(); } : undefined}
    >
      {line.source === "stderr" && <span className="visually-hidden">stderr: </span>}
      {lead && (
        <span className={css["lead"]} title={line.late ? "It was printed before the lines above it, and came late." : level && levelWords[level]}>
          {line.late && <span className="visually-hidden">late: </span>}
          {foldable
            ? <button type="button" className={cx(css["fold"], level && css[level])} aria-expanded={open} aria-label={open ? "Fold in" : "Fold out"} tabIndex={-1} onClick={(event) => { event.stopPropagation(); toggle(); }}>{level ? levelLetters[level] : open ? "-" : "+"}</button>
            : level && <span className={css[level]}>{levelLetters[level]}</span>}
        </span>
      )}
      {owner !== undefined && <span className={css["owner"]} style={{ width: `${props.ownerColumns}ch`, color: `var(--ansi-${ownerColours[line.owner % ownerColours.length]})` }} title={owner}>{owner}</span>}
      {time !== "off" && <time className={css["time"]} style={{ width: `${timeColumns[time]}ch` }} dateTime={line.time} title={line.time}>{showTime(line.time, time, props.now)}</time>}
      <span className={css["text"]}>
        <Text text={line.text} marks={props.marks} />
        {open && <Fields text={plain} />}
      </span>
    </div>
  );
}, same);

function same(a: LineProps, b: LineProps): boolean {
  for (const key of Object.keys(a) as (keyof LineProps)[]) {
    if (key !== "line" && key !== "marks" && key !== "now" && a[key] !== b[key]) return false;
  }
  if (a.time === "relative" && a.now !== b.now) return false;
  if (a.marks !== b.marks && (a.marks.length !== b.marks.length || a.marks.some((mark, at) => mark !== b.marks[at]))) return false;
  return a.line.text === b.line.text && a.line.time === b.line.time && a.line.source === b.line.source && a.line.owner === b.line.owner && a.line.late === b.line.late;
}

/** The colour that a container's lines have, as CSS. */
export function ownerColour(owner: number): string {
  return `var(--ansi-${ownerColours[owner % ownerColours.length]})`;
}

function Fields({ text }: { readonly text: string }) {
  return (
    <span className={css["fields"]} role="list">
      {jsonFields(text)?.map((field) => (
        <span key={field.name} className={css["field"]} role="listitem"><span className={css["fieldName"]}>{field.name}</span><span className={cx(css["fieldValue"], field.kind === "literal" && css["literal"])} title={field.value}>{field.value.replaceAll("\n", "⏎")}</span></span>
      ))}
    </span>
  );
}

function Text({ text, marks }: { readonly text: string; readonly marks: readonly number[] }): ReactNode {
  let at = 0;
  return parseAnsi(text).map((span, index) => {
    const from = at;
    at += span.text.length;
    return <Span key={index} span={span} marks={marks} from={from} />;
  });
}

function Span({ span, marks, from }: { readonly span: AnsiSpan; readonly marks: readonly number[]; readonly from: number }): ReactNode {
  const text = marks.length === 0 ? span.text : marked(span.text, marks, from);
  const [fg, bg] = span.inverse ? [span.bg ?? "var(--term-bg)", span.fg ?? "var(--term-fg)"] : [span.fg, span.bg];
  if (fg === undefined && bg === undefined && !span.bold && !span.dim && !span.italic && !span.underline) return text;
  const style: CSSProperties = {
    color: colour(fg),
    backgroundColor: colour(bg),
    fontWeight: span.bold ? 700 : undefined,
    opacity: span.dim ? 0.7 : undefined,
    fontStyle: span.italic ? "italic" : undefined,
    textDecoration: span.underline ? "underline" : undefined,
  };
  return <span style={style}>{text}</span>;
}

function colour(value: number | string | undefined): string | undefined {
  if (typeof value !== "number") return value;
  return `var(--ansi-${value >= 8 ? "bright-" : ""}${names[value % 8]})`;
}

/** A span's text with its share of the marks. @param from where it begins in the line */
function marked(text: string, marks: readonly number[], from: number): ReactNode {
  const parts: ReactNode[] = [];
  let end = 0;
  for (let at = 0; at + 1 < marks.length; at += 2) {
    const begin = Math.max(end, (marks[at] ?? 0) - from);
    const stop = Math.min(text.length, (marks[at + 1] ?? 0) - from);
    if (stop <= begin) continue;
    parts.push(text.slice(end, begin), <mark key={begin} className={css["mark"]}>{text.slice(begin, stop)}</mark>);
    end = stop;
  }
  return end === 0 ? text : [...parts, text.slice(end)];
}
