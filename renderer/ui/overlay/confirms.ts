import type { ReactNode } from "react";
import { createStore } from "zustand/vanilla";

export interface Question {
  readonly title: string;
  readonly body: ReactNode;
  /** The deed with the object's name: "Remove web-1". */
  readonly action: string;
  readonly run: () => void | Promise<void>;
}

export const confirmStore = createStore<{ readonly question: Question | null }>(() => ({ question: null }));

/** Asks once before something that cannot be undone. */
export function confirm(question: Question): void {
  confirmStore.setState({ question });
}
