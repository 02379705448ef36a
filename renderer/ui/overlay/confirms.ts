import type { ReactNode } from "react";
import { createStore } from "zustand/vanilla";

export interface Question {
  readonly title: string;
  readonly body: ReactNode;
  /** The deed with the object's name: "Remove web-1". */
  readonly action: string;
  readonly run: () => void | Promise<void>;
  /** The deed is not offered: there is nothing to do. */
  readonly disabled?: boolean;
}

export const confirmStore = createStore<{ readonly question: Question | null }>(() => ({ question: null }));

/** Asks once before something that cannot be undone. */
export function confirm(question: Question): void {
  confirmStore.setState({ question });
}

/** Offers the deed of the question that is open, or takes it back, as its body finds out what it comes to. */
export function allowConfirm(allowed: boolean): void {
  confirmStore.setState(({ question }) => (question && (question.disabled === true) === allowed ? { question: { ...question, disabled: !allowed } } : {}));
}
