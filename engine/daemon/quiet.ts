/** Longer than the worker threads wait for more work, in ms: their memory is free by then. */
const QUIET_MS = 6000;

/** Calls back once when nothing has happened for a while after something had. */
export class Quiet {
  readonly #onQuiet: () => void;
  readonly #isBusy: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** @param isBusy work that says nothing of itself still goes on: asked at the end of the wait, which then begins again */
  constructor(onQuiet: () => void, isBusy: () => boolean) {
    this.#onQuiet = onQuiet;
    this.#isBusy = isBusy;
  }

  /** Something happens. */
  stir(): void {
    if (this.#timer === undefined) this.#arm();
    else this.#timer.refresh();
  }

  #arm(): void {
    this.#timer = setTimeout(() => {
      this.#timer = undefined;
      if (this.#isBusy()) this.#arm();
      else this.#onQuiet();
    }, QUIET_MS).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
