import { memo, type CSSProperties, type ReactNode } from "react";
import { parseAnsi, type AnsiSpan } from "../../lib/ansi.ts";
import { cx } from "../../lib/cx.ts";
import type { LogLine } from "./buffer.ts";
import css from "./Log.module.css";

const names = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

export interface LineProps {
  readonly line: LogLine;
  readonly top: number;
  readonly height: number;
  readonly showTime: boolean;
  readonly wrap: boolean;
  /** Lower case, or "". */
  readonly needle: string;
  readonly current: boolean;
}

/** One line of a log. */
export const Line = memo(function Line({ line, top, height, showTime, wrap, needle, current }: LineProps) {
  return (
    <div className={cx(css["line"], wrap && css["wrapped"], line.source === "stderr" && css["stderr"], current && css["current"])} style={{ transform: `translateY(${top}px)`, height }}>
      {line.source === "stderr" && <span className="visually-hidden">stderr: </span>}
      {showTime && <time className={css["time"]}>{shortTime(line.time)}</time>}
      <span className={css["text"]}>{parseAnsi(line.text).map((span, index) => <Span key={index} span={span} needle={needle} />)}</span>
    </div>
  );
}, (a, b) => a.top === b.top && a.height === b.height && a.showTime === b.showTime && a.wrap === b.wrap && a.needle === b.needle && a.current === b.current && a.line.text === b.line.text && a.line.time === b.line.time && a.line.source === b.line.source);

/** `2026-11-23 23:34:38.123` of an RFC 3339 time, in the reader's own zone. */
export function shortTime(time: string): string {
  const at = new Date(time);
  if (Number.isNaN(at.getTime())) return time;
  const two = (value: number) => String(value).padStart(2, "0");
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())} ${two(at.getHours())}:${two(at.getMinutes())}:${two(at.getSeconds())}.${String(at.getMilliseconds()).padStart(3, "0")}`;
}

function Span({ span, needle }: { readonly span: AnsiSpan; readonly needle: string }): ReactNode {
  const text = needle === "" ? span.text : marked(span.text, needle);
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

function marked(text: string, needle: string): ReactNode {
  const parts: ReactNode[] = [];
  const lower = text.toLowerCase();
  let end = 0;
  for (let at = lower.indexOf(needle); at >= 0; at = lower.indexOf(needle, end)) {
    parts.push(text.slice(end, at), <mark key={at} className={css["mark"]}>{text.slice(at, at + needle.length)}</mark>);
    end = at + needle.length;
  }
  return end === 0 ? text : [...parts, text.slice(end)];
}
