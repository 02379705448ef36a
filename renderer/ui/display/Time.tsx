import { useCallback, useSyncExternalStore } from "react";
import { isCalm, onCalm } from "../../lib/calm.ts";
import { exactTime, relativeTime, roughly, timeUntil, uptime } from "../../lib/time.ts";
import { Tip } from "../overlay/Tip.tsx";

/** One clock for the whole window; it stands still while the window is hidden, and goes slowly where no shown time is of the last minute or nobody is there to see seconds pass. */
const listeners = new Map<() => void, number>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;
let pace = 0;

const QUICK_MS = 1000;
const SLOW_MS = 15_000;
/** Older times are told in minutes. */
const YOUNG_MS = 61_000;

function tick() {
  now = Date.now();
  for (const listener of listeners.keys()) listener();
  follow();
}

function follow() {
  const wanted = document.hidden || listeners.size === 0 ? 0 : !isCalm() && [...listeners.values()].some((at) => Math.abs(now - at) < YOUNG_MS) ? QUICK_MS : SLOW_MS;
  if (wanted === pace) return;
  pace = wanted;
  clearInterval(timer);
  timer = wanted === 0 ? undefined : setInterval(tick, wanted);
}

function onVisibility() {
  if (document.hidden) follow();
  else tick();
}

function subscribe(listener: () => void, at: number): () => void {
  listeners.set(listener, at);
  if (listeners.size === 1) document.addEventListener("visibilitychange", onVisibility);
  now = Date.now();
  follow();
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener("visibilitychange", onVisibility);
    follow();
  };
}

onCalm(() => (isCalm() || document.hidden ? follow() : tick()));

export interface TimeProps {
  /** Unix time in milliseconds. */
  readonly at: number;
  /** "3 min ago", how long it has been: "2 h 3 min", that in one unit: "2 h", or how long it is until then: "in 2 h". */
  readonly as?: "ago" | "length" | "span" | "until";
}

const words = { ago: relativeTime, length: uptime, span: roughly, until: timeUntil };

/** A time as people say it, with the exact one in the tooltip. Renders again only when its words change. */
export function Time({ at, as = "ago" }: TimeProps) {
  const listen = useCallback((listener: () => void) => subscribe(listener, at), [at]);
  const text = useSyncExternalStore(listen, () => words[as](at, now));
  return (
    <Tip text={() => exactTime(at)}>
      <time dateTime={new Date(at).toISOString()}>{text}</time>
    </Tip>
  );
}
