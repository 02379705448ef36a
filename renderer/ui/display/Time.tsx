import { useSyncExternalStore } from "react";
import { exactTime, relativeTime, uptime } from "../../lib/time.ts";
import { Tip } from "../overlay/Tip.tsx";

/** One clock for the whole window; it stands still while the window is hidden. */
const listeners = new Set<() => void>();
let now = Date.now();
let timer: ReturnType<typeof setInterval> | undefined;

function tick() {
  now = Date.now();
  for (const listener of listeners) listener();
}

function follow() {
  clearInterval(timer);
  timer = undefined;
  if (document.hidden || listeners.size === 0) return;
  timer = setInterval(tick, 1000);
  tick();
}

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  if (listeners.size === 1) {
    document.addEventListener("visibilitychange", follow);
    follow();
  }
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    document.removeEventListener("visibilitychange", follow);
    follow();
  };
}

export interface TimeProps {
  /** Unix time in milliseconds. */
  readonly at: number;
  /** "3 min ago", or how long it has been: "3 min". */
  readonly as?: "ago" | "length";
}

/** A time as people say it, with the exact one in the tooltip. Renders again only when its words change. */
export function Time({ at, as = "ago" }: TimeProps) {
  const words = useSyncExternalStore(subscribe, () => (as === "ago" ? relativeTime(at, now) : uptime(at, now)));
  return (
    <Tip text={exactTime(at)}>
      <time dateTime={new Date(at).toISOString()}>{words}</time>
    </Tip>
  );
}
