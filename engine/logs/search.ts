import { throwIfAborted } from "../base/abort.ts";
import type { IoOptions } from "../base/abort.ts";
import type { WorkerContext, WorkerTask } from "../sys/worker-protocol.ts";
import type { WorkerPool } from "../sys/workers.ts";
import { entryTime } from "./frames.ts";
import { locateSince, readRange } from "./locate.ts";
import type { LogSearch, LogSearchEvent } from "./logs.ts";
import { createMatcher } from "./matcher.ts";
import { firstWholeLine, scanBlock } from "./scan.ts";
import { openSegments } from "./segments.ts";
import type { Segment } from "./segments.ts";

interface SearchData {
  readonly directory: string;
  readonly query: LogSearch;
}

const SELF = new URL(import.meta.url);
const BLOCK = 256 * 1024;
/** A block without the end of a line grows up to this; then it is cut anywhere. */
const LARGEST_BLOCK = 64 * 1024 * 1024;
const PROGRESS_MS = 100;
const BATCH_CHARACTERS = 48 * 1024;

/** {@link ContainerLogs.search} of a log directory. The expression is checked at once, before anything is read. */
export function searchLog(workers: WorkerPool, directory: string, query: LogSearch, options: IoOptions = {}): AsyncIterable<Uint8Array> {
  createMatcher(query);
  return workers.stream(SELF, { directory, query } satisfies SearchData, options);
}

export const task: WorkerTask<SearchData, null> = async ({ directory, query }, context) => {
  const segments = await openSegments(directory);
  try {
    await search(segments, query, context);
  } finally {
    await Promise.all(segments.map(({ file }) => file.close()));
  }
  return null;
};

async function search(segments: readonly Segment[], query: LogSearch, { signal, emit }: WorkerContext): Promise<void> {
  const matcher = createMatcher(query);
  const sizes = await Promise.all(segments.map(async ({ file }) => (await file.stat()).size));
  const before = sizes.map((_, index) => sizes.slice(0, index).reduce((sum, size) => sum + size, 0));
  const from = query.sinceNs === null ? { segment: 0, offset: 0 } : await locateSince(segments, entryTime(query.sinceNs));
  const to = query.untilNs === null ? { segment: segments.length - 1, offset: sizes.at(-1) ?? 0 } : await locateSince(segments, entryTime(query.untilNs + 1n));
  const totalBytes = Math.max(0, (before[to.segment] ?? 0) + to.offset - (before[from.segment] ?? 0) - from.offset);
  const encoder = new TextEncoder();
  let matches = 0;
  let bytes = 0;
  let batch = "";
  let toldAt = performance.now();

  const tell = async (event: LogSearchEvent): Promise<void> => {
    batch += `${JSON.stringify(event)}\n`;
    if (event.type === "match" && batch.length < BATCH_CHARACTERS) return;
    await emit(encoder.encode(batch));
    batch = "";
  };

  for (let index = to.segment; index >= from.segment; index--) {
    const { file } = segments[index]!;
    const start = index === from.segment ? from.offset : 0;
    let end = index === to.segment ? to.offset : sizes[index]!;
    for (let size = BLOCK; end > start; ) {
      throwIfAborted(signal);
      const at = Math.max(start, end - size);
      const block = await readRange(file, at, end);
      const whole = at === start ? 0 : firstWholeLine(block);
      if (whole < 0 && size < LARGEST_BLOCK) {
        size *= 2;
        continue;
      }
      const first = Math.max(0, whole);
      const found = scanBlock(block.subarray(first), query, matcher, matches < query.limit);
      for (const { offset, ...match } of found.lines.reverse().slice(0, Math.max(0, query.limit - matches))) {
        await tell({ type: "match", ...match, offset: before[index]! + at + first + offset });
      }
      matches += found.count;
      bytes += end - at - first;
      end = at + first;
      size = BLOCK;
      if (performance.now() - toldAt < PROGRESS_MS) continue;
      toldAt = performance.now();
      await tell({ type: "progress", matches, bytes, totalBytes });
    }
  }
  await tell({ type: "done", matches, bytes: totalBytes, totalBytes });
}
