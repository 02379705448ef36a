import { useEffect, useLayoutEffect, useRef, useState, type RefObject } from "react";

/** Where each list was left: coming back finds it there. */
const places = new Map<string, { readonly top: number; readonly active: string | null }>();

export interface KeptPlace {
  /** For what scrolls. */
  readonly scroller: RefObject<HTMLDivElement | null>;
  /** The row that has the focus, or had it. */
  readonly active: string | null;
  readonly setActive: (id: string) => void;
}

/**
 * Keeps how far a list was scrolled and which row had the focus.
 * @param label names the list
 */
export function useKeptPlace(label: string): KeptPlace {
  const scroller = useRef<HTMLDivElement>(null);
  const [active, setActive] = useState<string | null>(() => places.get(label)?.active ?? null);
  const latest = useRef(active);
  useEffect(() => {
    latest.current = active;
  });
  useLayoutEffect(() => {
    const element = scroller.current;
    const place = places.get(label);
    if (!element) return;
    if (place) {
      element.scrollTop = place.top;
      if (document.activeElement === document.body && place.active !== null) requestAnimationFrame(() => element.querySelector<HTMLElement>(`[data-row="${CSS.escape(place.active ?? "")}"]`)?.focus({ preventScroll: true }));
    }
    // Asked for once, at the end: reading it while scrolling would lay out the page once more for each step.
    return () => void places.set(label, { top: element.scrollTop, active: latest.current });
  }, [label]);
  return { scroller, active, setActive };
}
