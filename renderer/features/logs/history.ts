/** What was printed before a log was opened, of several containers, as one. */
import type { LogBuffer } from "../../ui/log/buffer.ts";
import { mergeByTime, type TimedLine } from "./merge.ts";
import type { LogSourceReader } from "./source.ts";

/** Milliseconds of work after which the window gets its turn. */
const sliceMs = 6;
const tellMs = 250;
/** Lines put in at once. */
const piece = 1024;

/**
 * Merges what was read of each log. What lies before the beginning of a log that has more is left out: there the others would stand
 * alone, and look as if it had been silent. Notes with each source what was taken of it.
 */
export function cutOlder(lists: readonly { readonly source: LogSourceReader; readonly list: readonly TimedLine[] }[]): TimedLine[] {
  let from = "";
  for (const { source, list } of lists) if (!source.complete && (list[0]?.time ?? "") > from) from = list[0]?.time ?? "";
  const kept = lists.map(({ source, list }) => {
    const begin = from === "" ? 0 : list.findIndex(({ time }) => time >= from);
    const rest = begin === 0 ? list : begin < 0 ? [] : list.slice(begin);
    if (rest.length < list.length) source.complete = false;
    source.took(rest);
    return rest;
  });
  return mergeByTime(kept);
}

/** The time up to which all lists that were cut off at their end reach; undefined where there is none. */
export function earliestEnd(lists: readonly { readonly list: readonly TimedLine[] }[]): string | undefined {
  const ends = lists.map(({ list }) => list.at(-1)?.time ?? "");
  return ends.length > 0 ? ends.reduce((a, b) => (a < b ? a : b)) : undefined;
}

/**
 * Cuts what was read around a moment: both ways, no log begins before another one that was cut off there, and none goes on after one.
 * @param asked lines that were asked for after the moment
 * @returns where it ends; undefined when all logs are there to their ends
 */
export function cutAround(lists: { readonly source: LogSourceReader; list: TimedLine[]; readonly newer: readonly TimedLine[] }[], asked: number): string | undefined {
  const end = earliestEnd(lists.filter(({ newer }) => newer.length >= asked).map(({ newer }) => ({ list: newer })));
  for (const each of lists) {
    if (end !== undefined) each.list = each.list.filter(({ time }) => time <= end);
    each.source.forget();
  }
  return end;
}

/** Puts lines in front of a buffer in pieces, the last ones first, so that the window keeps moving. */
export async function putBefore(buffer: LogBuffer, lines: readonly TimedLine[], tell: () => void, signal: AbortSignal): Promise<void> {
  let began = performance.now();
  let told = began;
  for (let end = lines.length; end > 0; end -= piece) {
    buffer.prepend(lines.slice(Math.max(0, end - piece), end));
    if (performance.now() - began < sliceMs) continue;
    // Drawing costs as much as a slice: a count that grows a few times a second is enough.
    if (performance.now() - told > tellMs) {
      told = performance.now();
      tell();
    }
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return;
    began = performance.now();
  }
  buffer.lostOlder = false;
}

/** Time of the first or last line, and how many lines of each container there have just that time. */
export function edgeOf(buffer: LogBuffer, edge: "first" | "end"): { time: string; same: ReadonlyMap<number, number> } {
  const step = edge === "first" ? 1 : -1;
  const begin = edge === "first" ? buffer.first : buffer.end - 1;
  const time = buffer.timeAt(begin);
  const same = new Map<number, number>();
  for (let number = begin; number >= buffer.first && number < buffer.end && buffer.timeAt(number) === time; number += step) {
    const owner = buffer.raw(number)?.owner ?? 0;
    same.set(owner, (same.get(owner) ?? 0) + 1);
  }
  return { time, same };
}

/**
 * Fills `next` with a buffer's lines and with those of a list where their times say, in slices. Both are in order.
 * @returns `next`; undefined when `signal` aborted
 */
export async function withLinesBetween(buffer: LogBuffer, list: readonly TimedLine[], next: LogBuffer, signal: AbortSignal): Promise<LogBuffer | undefined> {
  next.first = next.end = buffer.first;
  let began = performance.now();
  let at = 0;
  for (let number = buffer.first; number < buffer.end; number++) {
    const raw = buffer.raw(number);
    const time = buffer.timeAt(number);
    for (let line = list[at]; line && line.time < time; line = list[++at]) next.add(line);
    if (raw) next.add(raw);
    if ((number & 255) !== 0 || performance.now() - began < sliceMs) continue;
    await new Promise((resolve) => setTimeout(resolve));
    if (signal.aborted) return undefined;
    began = performance.now();
  }
  for (const line of list.slice(at)) next.add(line);
  return next;
}
