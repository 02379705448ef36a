/**
 * What containers use, for those that something on the screen looks at: one stream for all of them, none while nobody looks or the window is hidden.
 * Histories of the last minutes stay when one looks away.
 */
import type { StatsSample } from "../../electron/ipc/contract/stats.ts";
import { isCalm, onCalm } from "../lib/calm.ts";
import { client, hostStore } from "./host.ts";

/** One moment of a container. Rates are a second's; null where they cannot be told: after a start, after a pause in looking. */
export interface StatsPoint {
  /** Milliseconds since the epoch. */
  readonly at: number;
  /** Processors in use: 1 is one of them, fully. */
  readonly cpu: number | null;
  readonly memory: number | null;
  readonly received: number | null;
  readonly sent: number | null;
  readonly read: number | null;
  readonly written: number | null;
  /** Everything that was counted. */
  readonly total: StatsSample;
}

/** Points kept of each container: ten minutes of seconds. */
const KEEP = 600;
/** More are not asked for together. */
const MOST = 200;
/** What is looked at has to stay the same for so long before it is asked for: a list that is scrolled asks where it comes to rest. */
const GATHER_MS = 150;
const RETRY_MS = 3000;
/** What looks as seldom as this gives an overview, and may look even less often while nobody touches the window. */
const CALM_FROM_MS = 2000;
const CALM_TIMES = 5;
/** A longer silence is a gap in the line; longer than the longest interval. */
const GAP_MS = 13_000;

const histories = new Map<string, StatsPoint[]>();
const listeners = new Map<string, Set<() => void>>();
/** For each container, the intervals that are wanted of it. */
const wanted = new Map<string, number[]>();
const nothing: readonly StatsPoint[] = [];

let stream: { readonly ids: ReadonlySet<string>; readonly interval: number; readonly cancel: AbortController } | undefined;
let gathering: ReturnType<typeof setTimeout> | undefined;

/** Points of a container, oldest first. The array grows in place; the last point is a new object each time. */
export function statsOf(id: string): readonly StatsPoint[] {
  return histories.get(id) ?? nothing;
}

/** Tells of every new point of a container. Returns what ends it. */
export function onStats(id: string, listener: () => void): () => void {
  const set = listeners.get(id) ?? new Set();
  listeners.set(id, set.add(listener));
  return () => {
    set.delete(listener);
    if (set.size === 0 && listeners.get(id) === set) listeners.delete(id);
  };
}

/**
 * Looks at containers until the returned function is called.
 * @param intervalMs at least this often
 */
export function lookAt(ids: readonly string[], intervalMs: number): () => void {
  for (const id of ids) wanted.set(id, [...(wanted.get(id) ?? []), intervalMs]);
  gather();
  return () => {
    for (const id of ids) {
      const left = [...(wanted.get(id) ?? [])];
      left.splice(left.indexOf(intervalMs), 1);
      if (left.length > 0) wanted.set(id, left);
      else wanted.delete(id);
    }
    gather();
  };
}

/** Whether a stream is open, for tests. */
export function isWatching(): boolean {
  return stream !== undefined;
}

function gather(): void {
  clearTimeout(gathering);
  gathering = setTimeout(() => {
    gathering = undefined;
    follow();
  }, GATHER_MS);
}

/** Opens, keeps or closes the stream, as what is looked at says. */
function follow(): void {
  const hidden = typeof document !== "undefined" && document.hidden;
  const ids = [...wanted.keys()].slice(0, MOST);
  const interval = calmly(Math.min(...[...wanted.values()].flat()));
  if (hidden || ids.length === 0 || hostStore.getState().link !== "open") return end();
  const enough = stream !== undefined && stream.interval === interval && ids.every((id) => stream?.ids.has(id)) && stream.ids.size <= ids.length * 2;
  if (enough) return;
  end();
  const cancel = new AbortController();
  stream = { ids: new Set(ids), interval, cancel };
  void read(ids, interval, cancel);
}

function end(): void {
  stream?.cancel.abort();
  stream = undefined;
}

async function read(ids: string[], intervalMs: number, cancel: AbortController): Promise<void> {
  try {
    for await (const batch of await client().stats.watch({ ids, intervalMs }, { signal: cancel.signal })) {
      if (cancel.signal.aborted) return;
      for (const sample of batch) take(sample);
    }
  } catch {
    // The engine or the host went away: what is shown elsewhere says so, and looking goes on below.
  }
  if (cancel.signal.aborted || stream?.cancel !== cancel) return;
  stream = undefined;
  setTimeout(gather, RETRY_MS);
}

/** Adds a sample to its container's history. */
export function take(sample: StatsSample): void {
  const points = histories.get(sample.id) ?? [];
  histories.set(sample.id, points);
  const before = points.at(-1);
  if (before !== undefined && sample.at <= before.at) return;
  if (before !== undefined && sample.at - before.at > GAP_MS) points.push(gapAfter(before));
  points.push(toPoint(sample, before?.total));
  if (points.length > KEEP) points.splice(0, points.length - KEEP);
  for (const listener of listeners.get(sample.id) ?? []) listener();
}

/** Rates from two samples. Counters that went back began anew. Pure. */
export function toPoint(now: StatsSample, before: StatsSample | undefined): StatsPoint {
  const seconds = before === undefined ? 0 : (now.at - before.at) / 1000;
  const rate = (name: "cpuNs" | "received" | "sent" | "read" | "written"): number | null => (before === undefined || seconds <= 0 || now[name] < before[name] ? null : (now[name] - before[name]) / seconds);
  const cpu = rate("cpuNs");
  return { at: now.at, cpu: cpu === null ? null : cpu / 1e9, memory: now.memory, received: rate("received"), sent: rate("sent"), read: rate("read"), written: rate("written"), total: now };
}

function gapAfter(point: StatsPoint): StatsPoint {
  return { at: point.at + 1, cpu: null, memory: null, received: null, sent: null, read: null, written: null, total: point.total };
}

/** Forgets what is no longer there; called when the list of containers was read. */
export function keepStatsOf(exists: (id: string) => boolean): void {
  for (const id of histories.keys()) if (!exists(id)) histories.delete(id);
}

/** The interval that is used for one that was asked for: overviews take their time while nobody touches the window. */
function calmly(intervalMs: number): number {
  return isCalm() && intervalMs >= CALM_FROM_MS ? intervalMs * CALM_TIMES : intervalMs;
}

if (typeof document !== "undefined") document.addEventListener("visibilitychange", follow);
onCalm(gather);
hostStore.subscribe((state, before) => {
  if (state.link !== before.link) {
    end();
    gather();
  }
});
