/**
 * The one tooltip of the window: over which element it is, and when it comes and goes. A list has three elements with a tooltip in each row, and
 * a component of its own for each would make scrolling slow.
 */
import type { ReactNode } from "react";
import { createStore } from "zustand/vanilla";

export interface TipContent {
  /** A function where making the text takes work: it is asked when the tooltip comes. */
  readonly text: ReactNode | (() => ReactNode);
  readonly shortcut?: string | undefined;
  readonly side: "top" | "bottom" | "left" | "right";
}

export interface TipState {
  readonly open: boolean;
  /** What it was over last, and what it said, stay while it fades. */
  readonly anchor: Element | undefined;
  readonly content: TipContent | undefined;
}

/** How long a pointer rests before it is told something. */
const REST_MS = 400;
/** Time to go from the element into the tooltip, or to the next element, which then tells at once. */
const LEAVE_MS = 120;

export const tipStore = createStore<TipState>(() => ({ open: false, anchor: undefined, content: undefined }));

let coming: ReturnType<typeof setTimeout> | undefined;
let going: ReturnType<typeof setTimeout> | undefined;
/** Tells that the element the tooltip is over has gone without the pointer having left it. */
let removals: MutationObserver | undefined;

/** Whatever was to happen does not. */
function settle(): void {
  clearTimeout(coming);
  clearTimeout(going);
}

/** The pointer came over an element. */
export function approach(anchor: Element, content: TipContent): void {
  settle();
  if (tipStore.getState().open) show(anchor, content);
  else coming = setTimeout(() => anchor.isConnected && show(anchor, content), REST_MS);
}

/** The pointer left the element, or the tooltip. */
export function leave(): void {
  settle();
  going = setTimeout(hide, LEAVE_MS);
}

/** The pointer is over the tooltip itself: it stays. */
export function stay(): void {
  clearTimeout(going);
}

/** At once: an element got the focus by keyboard. */
export function show(anchor: Element, content: TipContent): void {
  settle();
  tipStore.setState({ open: true, anchor, content });
  removals ??= new MutationObserver(() => !tipStore.getState().anchor?.isConnected && hide());
  removals.observe(document.body, { childList: true, subtree: true });
}

/** At once: something was pressed, or the focus went on. */
export function hide(): void {
  settle();
  removals?.disconnect();
  if (tipStore.getState().open) tipStore.setState({ open: false });
}
