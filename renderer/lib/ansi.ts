/** A stretch of text in one look. */
export interface AnsiSpan {
  readonly text: string;
  /** 0-15 as a number: a colour of the theme; otherwise a CSS colour. */
  readonly fg?: number | string;
  readonly bg?: number | string;
  readonly bold?: boolean;
  readonly dim?: boolean;
  readonly italic?: boolean;
  readonly underline?: boolean;
  readonly inverse?: boolean;
}

type Look = Omit<AnsiSpan, "text">;
type Writable<T> = { -readonly [K in keyof T]?: T[K] | undefined };

// eslint-disable-next-line no-control-regex -- escape sequences begin with control characters
const escapes = /\x1b(?:\[([0-?]*)[ -/]*([@-~])|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[PX^_][^\x1b]*(?:\x1b\\)?|[ -/]*[0-~])|[\x00-\x08\x0b-\x1a\x1c-\x1f\x7f]/g;

/** The text without escape sequences and control characters; what a carriage return wrote over is gone. */
export function stripAnsi(text: string): string {
  return overwrite(text).replace(escapes, "");
}

/**
 * Cuts a line into spans by its SGR sequences (ECMA-48, with 256 and direct colours). Every other sequence falls out.
 * @param text one line, hostile or not
 */
export function parseAnsi(text: string): AnsiSpan[] {
  const line = overwrite(text);
  if (!/[\x00-\x08\x0b-\x1f\x7f]/.test(line)) return line === "" ? [] : [{ text: line }];
  const spans: AnsiSpan[] = [];
  let look: Look = {};
  let end = 0;
  for (const match of line.matchAll(escapes)) {
    if (match.index > end) spans.push({ text: line.slice(end, match.index), ...look });
    if (match[2] === "m") look = applySgr(look, match[1] ?? "");
    end = match.index + match[0].length;
  }
  if (end < line.length) spans.push({ text: line.slice(end), ...look });
  return spans;
}

/** A carriage return starts the line again: what was before the last one with text after it was written over. */
function overwrite(text: string): string {
  const trimmed = text.endsWith("\r") ? text.slice(0, -1) : text;
  const at = trimmed.lastIndexOf("\r");
  return at < 0 ? trimmed : trimmed.slice(at + 1);
}

function applySgr(before: Look, parameters: string): Look {
  const codes = parameters.split(/[;:]/).map((code) => (code === "" ? 0 : Number(code)));
  let look: Writable<Look> = { ...before };
  for (let at = 0; at < codes.length; at++) {
    const code = codes[at] as number;
    if (code === 0) look = {};
    else if (code === 1) look.bold = true;
    else if (code === 2) look.dim = true;
    else if (code === 3) look.italic = true;
    else if (code === 4) look.underline = true;
    else if (code === 7) look.inverse = true;
    else if (code === 22) look.bold = look.dim = undefined;
    else if (code === 23) look.italic = undefined;
    else if (code === 24) look.underline = undefined;
    else if (code === 27) look.inverse = undefined;
    else if (code >= 30 && code <= 37) look.fg = code - 30;
    else if (code >= 90 && code <= 97) look.fg = code - 82;
    else if (code >= 40 && code <= 47) look.bg = code - 40;
    else if (code >= 100 && code <= 107) look.bg = code - 92;
    else if (code === 39) look.fg = undefined;
    else if (code === 49) look.bg = undefined;
    else if (code === 38 || code === 48) {
      const [colour, used] = extended(codes, at + 1);
      if (colour !== undefined) look[code === 38 ? "fg" : "bg"] = colour;
      at += used;
    }
  }
  return look as Look;
}

function extended(codes: readonly number[], at: number): [number | string | undefined, number] {
  if (codes[at] === 5) return [palette(codes[at + 1] ?? 0), 2];
  if (codes[at] === 2) return [`rgb(${byte(codes[at + 1])} ${byte(codes[at + 2])} ${byte(codes[at + 3])})`, 4];
  return [undefined, 1];
}

function palette(index: number): number | string {
  if (index < 16) return Math.max(0, index) || 0;
  if (index >= 232) return `rgb(${grey(index)} ${grey(index)} ${grey(index)})`;
  const cube = index - 16;
  const level = (value: number): number => (value === 0 ? 0 : 55 + value * 40);
  return `rgb(${level(Math.floor(cube / 36))} ${level(Math.floor(cube / 6) % 6)} ${level(cube % 6)})`;
}

function grey(index: number): number {
  return Math.min(238, 8 + (index - 232) * 10);
}

function byte(value: number | undefined): number {
  return Math.min(255, Math.max(0, Math.trunc(value ?? 0) || 0));
}
