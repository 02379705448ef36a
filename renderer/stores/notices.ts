import type { NoticeTopic } from "../../electron/ipc/contract/notice-topics.ts";

/** What is said in passing: something was done, or went wrong. The shell shows it. */
export interface Notice {
  readonly kind: "done" | "error";
  /** What it is about, where it can be muted: things that happen by themselves, or end later. */
  readonly topic?: NoticeTopic;
  readonly title: string;
  readonly description?: string;
  readonly actions?: readonly { readonly label: string; readonly run: () => void }[];
  /** What a tool said, to copy. */
  readonly raw?: string;
}

const listeners = new Set<(notice: Notice) => void>();

/** Calls `listener` with every notice until the returned function is called. */
export function onDidNotice(listener: (notice: Notice) => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

export function notice(next: Notice): void {
  for (const listener of listeners) listener(next);
}
