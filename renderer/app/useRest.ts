/** Loads what the first picture of the window does without, once that is there: every screen but the first, and all dialogs. */
import { useEffect } from "react";
import { useStore } from "zustand";
import { createStore } from "zustand/vanilla";
import { containersStore } from "../stores/containers.ts";

export type Rest = typeof import("./Rest.tsx");

/** A window whose first list does not come gets its dialogs then. */
const LONGEST_WAIT_MS = 1500;
/** A page that is never idle gets them then. */
const LONGEST_BUSY_MS = 1000;
const RETRY_MS = 1000;

const store = createStore<{ readonly rest: Rest | undefined }>(() => ({ rest: undefined }));
let loading = false;

/**
 * @param now whether something of it is to be shown
 * @returns undefined until it is there
 */
export function useRest(now: boolean): Rest | undefined {
  const shown = useStore(containersStore, ({ phase }) => phase !== "loading");
  useEffect(() => {
    if (now) {
      void load();
      return;
    }
    const timer = setTimeout(() => requestIdleCallback(() => void load(), { timeout: LONGEST_BUSY_MS }), shown ? 0 : LONGEST_WAIT_MS);
    return () => clearTimeout(timer);
  }, [now, shown]);
  return useStore(store).rest;
}

async function load(): Promise<void> {
  if (loading) return;
  loading = true;
  for (;;) {
    try {
      return store.setState({ rest: await import("./Rest.tsx") });
    } catch {
      // The host is away; the window says so meanwhile.
      await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
    }
  }
}
