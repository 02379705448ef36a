/**
 * What is typed into the search of the list: words, and terms such as `state:exited`, `project:shop`, `image:nginx`, `label:env=prod`, `port:8080`,
 * `health:unhealthy`. Commas join alternatives, `-` before a term turns it round, quotes keep blanks. The same text is what saved filters keep.
 */
import type { ContainerRow } from "../../../stores/container-row.ts";

export const filterKeys = ["state", "health", "project", "image", "label", "port"] as const;
export type FilterKey = (typeof filterKeys)[number];

export interface Term {
  readonly key: FilterKey;
  /** Any of these; in small letters. */
  readonly values: readonly string[];
  readonly not: boolean;
}

export interface ContainerFilter {
  /** In small letters; each must be somewhere in the row. */
  readonly words: readonly string[];
  readonly terms: readonly Term[];
}

interface Piece {
  readonly raw: string;
  readonly term: Term | undefined;
}

function piecesOf(text: string): Piece[] {
  return (text.match(/(?:[^\s"]|"[^"]*"?)+/g) ?? []).map((raw) => {
    const match = /^(-?)([a-z]+):(.*)$/is.exec(raw);
    const key = filterKeys.find((each) => each === match?.[2]?.toLowerCase());
    const values = (match?.[3]?.match(/(?:[^,"]|"[^"]*"?)+/g) ?? []).map((value) => value.replaceAll('"', "").toLowerCase()).filter(Boolean);
    return { raw, term: key && { key, values, not: match?.[1] === "-" } };
  });
}

export function parseFilter(text: string): ContainerFilter {
  const pieces = piecesOf(text);
  return {
    words: pieces.flatMap(({ raw, term }) => (term ? [] : [raw.replaceAll('"', "").toLowerCase()])).filter(Boolean),
    // One that is being typed has no value yet and hides nothing.
    terms: pieces.flatMap(({ term }) => (term && term.values.length > 0 ? [term] : [])),
  };
}

/** The values that are chosen for a key; none where it is not asked for. */
export function chosen(text: string, key: FilterKey): readonly string[] {
  return parseFilter(text).terms.flatMap((term) => (term.key === key && !term.not ? term.values : []));
}

/** The text with other values for a key; without any the key goes. What else is typed stays. */
export function withTerm(text: string, key: FilterKey, values: readonly string[]): string {
  const others = piecesOf(text).filter(({ term }) => term?.key !== key || term.not).map(({ raw }) => raw);
  return [...others, ...(values.length > 0 ? [`${key}:${values.map((value) => (/[\s,"]/.test(value) ? `"${value.replaceAll('"', "")}"` : value)).join(",")}`] : [])].join(" ");
}

/** What words are looked for in, made once for each row. */
const texts = new WeakMap<ContainerRow, string>();

function textOf(row: ContainerRow): string {
  let text = texts.get(row);
  if (text === undefined) texts.set(row, text = `${row.name} ${row.image} ${row.id} ${row.words} ${row.command} ${row.project ?? ""} ${row.published.map((port) => port.hostPort).join(" ")}`.toLowerCase());
  return text;
}

/** Whether the list shows a row. */
export function matches(row: ContainerRow, { words, terms }: ContainerFilter): boolean {
  if (words.length > 0) {
    const text = textOf(row);
    if (!words.every((word) => text.includes(word))) return false;
  }
  return terms.every((term) => term.not !== term.values.some((value) => fits(row, term.key, value)));
}

function fits(row: ContainerRow, key: FilterKey, value: string): boolean {
  switch (key) {
    case "state":
      return row.state === value;
    case "health":
      return (row.health ?? "none") === value;
    case "project":
      return (row.project ?? "").toLowerCase() === value;
    case "image":
      return row.image.toLowerCase().includes(value);
    case "label":
      return Object.entries(row.labels).some(([name, text]) => (value.includes("=") ? `${name}=${text}`.toLowerCase() === value : name.toLowerCase() === value));
    case "port":
      return row.published.some((port) => String(port.hostPort) === value || String(port.containerPort) === value) || row.exposed.some((port) => port.split("/")[0] === value);
  }
}
