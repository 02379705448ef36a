import { watch } from "node:fs";
import type { Disposable } from "../base/disposable.ts";

/** Tells that something happened in a directory since the last look (inotify, no polling). */
export class ChangeSignal implements Disposable {
  readonly #stop: () => void;
  #changed = false;
  #wake: (() => void) | undefined;

  constructor(directory: string) {
    const watcher = watch(directory, { persistent: false }, () => this.notify());
    watcher.on("error", () => this.notify());
    this.#stop = () => watcher.close();
  }

  /** Counts as a change. */
  readonly notify = (): void => {
    this.#changed = true;
    this.#wake?.();
  };

  /** Resolves at once when something changed since the last call, else with the next change. */
  async next(): Promise<void> {
    if (!this.#changed) await new Promise<void>((resolve) => (this.#wake = resolve));
    this.#wake = undefined;
    this.#changed = false;
  }

  [Symbol.dispose](): void {
    this.#stop();
  }
}
