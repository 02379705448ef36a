import { TAG, TIME_LENGTH } from "./frames.ts";
import type { Segment } from "./segments.ts";

/** A place in a log: a line's start in one of its segments. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

const BLOCK = 256 * 1024;
const NEWLINE = 10;
const LETTER_F = 70;

/**
 * Where the last `count` lines begin: reads backwards, a block at a time.
 * @param from where the lines end; the log's end without it
 */
export async function locateTail(segments: readonly Segment[], count: number, from?: Position): Promise<Position> {
  let missing = count;
  let atEnd = true;
  for (let index = from?.segment ?? segments.length - 1; index >= 0; index--) {
    const { file } = segments[index]!;
    let end = index === from?.segment ? from.offset : (await file.stat()).size;
    if (missing === 0 && atEnd) return { segment: index, offset: end };
    while (end > 0) {
      const start = Math.max(0, end - BLOCK);
      const block = await readRange(file, start, end);
      // The block's first line may begin before it, unless the file does too.
      const first = start === 0 ? 0 : block.indexOf(NEWLINE) + 1;
      const ends = lineEnds(block, first);
      if (atEnd && block.length > 0) {
        // A last line that has not ended yet is a line too.
        if (ends.at(-1) !== block.length) missing--;
        atEnd = false;
      }
      if (ends.length > missing) return { segment: index, offset: start + ends[ends.length - 1 - missing]! };
      missing -= ends.length;
      end = first === 0 || first === block.length ? start : start + first;
    }
  }
  return { segment: 0, offset: 0 };
}

/** Where in the block whole lines end: after entries tagged `F`. */
function lineEnds(block: Buffer, first: number): number[] {
  const ends: number[] = [];
  for (let line = first; line < block.length; ) {
    const newline = block.indexOf(NEWLINE, line);
    if (newline < 0) break;
    if (block[line + TAG] === LETTER_F) ends.push(newline + 1);
    line = newline + 1;
  }
  return ends;
}

/** Where the first entry at or after `time` (in the file's form) is: by bisection, for entries are in order of time. */
export async function locateSince(segments: readonly Segment[], time: Buffer): Promise<Position> {
  let index = 0;
  // The last segment whose first entry is earlier holds the place, or the next one begins with it.
  for (let candidate = 1; candidate < segments.length; candidate++) if (await isEarlier(segments[candidate]!, 0, time)) index = candidate;
  const segment = segments[index];
  if (segment === undefined) return { segment: 0, offset: 0 };
  let low = 0;
  let high = (await segment.file.stat()).size;
  while (low < high) {
    const middle = Math.floor((low + high) / 2);
    const line = await lineStartAt(segment, middle, high);
    if (line >= high) {
      // No line starts in the upper half: what is left is the line at `low`.
      if (high - low < 2 || middle === low) break;
      high = middle;
      continue;
    }
    if (await isEarlier(segment, line, time)) low = line + 1;
    else high = line === low ? low : Math.min(middle, line);
  }
  return { segment: index, offset: await lineStartAt(segment, low, Number.MAX_SAFE_INTEGER) };
}

/** The first line start at or after `offset`; `limit` when there is none before it. */
async function lineStartAt({ file }: Segment, offset: number, limit: number): Promise<number> {
  if (offset === 0) return 0;
  for (let from = offset - 1; from < limit; from += PROBE) {
    const block = await readRange(file, from, Math.min(from + PROBE, limit));
    const newline = block.indexOf(NEWLINE);
    if (newline >= 0) return from + newline + 1;
    if (block.length < PROBE) break;
  }
  return Math.min(limit, (await file.stat()).size);
}

const PROBE = 16 * 1024;

async function isEarlier({ file }: Segment, line: number, time: Buffer): Promise<boolean> {
  const entry = await readRange(file, line, line + TIME_LENGTH);
  return entry.length === TIME_LENGTH && entry.compare(time) < 0;
}

export async function readRange(file: Segment["file"], start: number, end: number): Promise<Buffer> {
  const block = Buffer.allocUnsafe(Math.max(0, end - start));
  let filled = 0;
  while (filled < block.length) {
    const { bytesRead } = await file.read(block, filled, block.length - filled, start + filled);
    if (bytesRead === 0) break;
    filled += bytesRead;
  }
  return block.subarray(0, filled);
}
