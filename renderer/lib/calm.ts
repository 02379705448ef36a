/** Whether somebody is at the window. One that nobody has touched for a while is looked at now and then, if at all: what it shows may come less often. */
import { useSyncExternalStore } from "react";

const CALM_AFTER_MS = 30_000;

const listeners = new Set<() => void>();
let calm = false;
let lastTouch = 0;
let calming: ReturnType<typeof setTimeout> | undefined;

/** True once the window was left alone long enough, until it is touched. */
export function isCalm(): boolean {
  return calm;
}

/** Tells when that changes. Returns what ends it. */
export function onCalm(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** {@link isCalm} for what is drawn. */
export function useCalm(): boolean {
  return useSyncExternalStore(onCalm, isCalm);
}

function touched(): void {
  lastTouch = performance.now();
  if (calm) change(false);
  calming ??= setTimeout(settle, CALM_AFTER_MS);
}

/** Becomes calm once the window was left alone long enough. One timer at a time, and none once it is calm. */
function settle(): void {
  const left = CALM_AFTER_MS - (performance.now() - lastTouch);
  calming = left > 0 ? setTimeout(settle, left) : undefined;
  if (left <= 0) change(true);
}

function change(to: boolean): void {
  calm = to;
  for (const listener of listeners) listener();
}

if (typeof document !== "undefined") {
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) return touched();
    clearTimeout(calming);
    calming = undefined;
  });
  for (const event of ["pointermove", "pointerdown", "keydown", "wheel"] as const) window.addEventListener(event, touched, { capture: true, passive: true });
  touched();
}
