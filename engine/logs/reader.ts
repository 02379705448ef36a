import { statSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import { throwIfAborted } from "../base/abort.ts";
import type { ChangeSignal } from "./change.ts";
import { FrameEncoder, entryTime } from "./frames.ts";
import { locateSince, locateTail } from "./locate.ts";
import type { Position } from "./locate.ts";
import type { LogQuery } from "./logs.ts";
import { CURRENT, closedSegments, openSegment, openSegments } from "./segments.ts";
import type { Segment } from "./segments.ts";

const BLOCK = 256 * 1024;
const NEWLINE = 10;

/** What a follower waits for. */
export interface Follow {
  readonly change: ChangeSignal;
  /** Whether nothing more will be written. */
  readonly ended: () => boolean;
}

/**
 * Reads a log directory as the query asks.
 * @param follow null reads what is there
 */
export async function* readLog(directory: string, query: LogQuery, follow: Follow | null, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const segments = await openSegments(directory);
  try {
    const encoder = new FrameEncoder({
      stdout: query.stdout, stderr: query.stderr, timestamps: query.timestamps, multiplexed: query.framing === "multiplexed",
      until: query.untilNs === null ? null : entryTime(query.untilNs),
    });
    const start = await locate(segments, query);
    for (let index = start.segment; ; index++) {
      const segment = segments[index] ?? (await nextSegment(directory, segments, follow, signal));
      if (segment === undefined) return;
      const offset = index === start.segment ? start.offset : 0;
      const isLast = index >= segments.length - 1;
      yield* readSegment(segment, offset, encoder, isLast && follow !== null ? () => grown(directory, segment, follow, signal) : () => Promise.resolve(false), signal);
      if (encoder.finished) return;
      if (index >= segments.length - 1 && follow === null) return;
    }
  } finally {
    await Promise.all(segments.map(({ file }) => file.close()));
  }
}

async function locate(segments: readonly Segment[], query: LogQuery): Promise<Position> {
  const places: Position[] = [{ segment: 0, offset: 0 }];
  if (query.tail !== null) {
    const end = query.tailFrom === "until" && query.untilNs !== null ? await locateSince(segments, entryTime(query.untilNs + 1n)) : undefined;
    places.push(await locateTail(segments, query.tail, end));
  }
  if (query.sinceNs !== null) places.push(await locateSince(segments, entryTime(query.sinceNs)));
  return places.reduce((a, b) => (b.segment > a.segment || (b.segment === a.segment && b.offset > a.offset) ? b : a));
}

/** Yields a segment's entries from `offset` on; at its end asks `more` whether there is (or came) more. */
async function* readSegment({ file }: Segment, offset: number, encoder: FrameEncoder, more: () => Promise<boolean>, signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  let block = Buffer.allocUnsafeSlow(BLOCK);
  let kept = 0;
  for (;;) {
    throwIfAborted(signal);
    const { bytesRead } = await file.read(block, kept, block.length - kept, offset);
    if (bytesRead === 0) {
      if (!(await more())) break;
      continue;
    }
    offset += bytesRead;
    const filled = kept + bytesRead;
    const end = block.lastIndexOf(NEWLINE, filled - 1) + 1;
    if (end === 0) {
      // No whole line yet; one longer than the block needs a larger block.
      kept = filled;
      if (kept === block.length) block = Buffer.concat([block], block.length * 2);
      continue;
    }
    const batch = encoder.encode(block, end);
    if (batch.length > 0) yield batch;
    if (encoder.finished) return;
    block.copyWithin(0, end, filled);
    kept = filled - end;
  }
}

/** Waits at a segment's end. @returns false when it will not grow any more: the log has ended or goes on in the next one */
async function grown(directory: string, segment: Segment, follow: Follow, signal: AbortSignal | undefined): Promise<boolean> {
  // conmon opens the new segment after its last write to this one; until then this one may grow, whatever its name is by now.
  const current = currentInode(directory);
  if (follow.ended() || (current !== undefined && current !== segment.inode)) return unread(segment);
  await follow.change.next();
  throwIfAborted(signal);
  return true;
}

const seen = new WeakMap<Segment, number>();

/** Whether the segment grew since this was asked last; its first answer is always yes. */
async function unread(segment: Segment): Promise<boolean> {
  const { size } = await segment.file.stat();
  const before = seen.get(segment);
  seen.set(segment, size);
  return before !== size;
}

function currentInode(directory: string): number | undefined {
  try {
    return statSync(join(directory, CURRENT)).ino;
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return undefined;
    throw error;
  }
}

/** The segment after the last one known, which a follower goes on with; undefined when the log has ended. */
async function nextSegment(directory: string, segments: Segment[], follow: Follow | null, signal: AbortSignal | undefined): Promise<Segment | undefined> {
  if (follow === null) return undefined;
  for (;;) {
    throwIfAborted(signal);
    const known = new Set(segments.map(({ inode }) => inode));
    for (const name of [...closedSegments(directory), CURRENT]) {
      const segment = await openSegment(join(directory, name));
      if (segment === undefined) continue;
      if (known.has(segment.inode)) {
        await segment.file.close();
        continue;
      }
      segments.push(segment);
      return segment;
    }
    if (follow.ended()) return undefined;
    await follow.change.next();
  }
}
