/** Longer than the worker threads wait for more work, in ms: their memory is free by then. */
const QUIET_MS = 6000;
/** How long work that is still going on is waited for before the next look, in ms. */
const BUSY_MS = 1000;

/** Calls back once when nothing has happened for a while after something had. */
export class Quiet {
  readonly #onQuiet: () => void;
  readonly #isBusy: () => boolean;
  #timer: NodeJS.Timeout | undefined;

  /** @param isBusy work that says nothing of itself still goes on: asked at the end of the wait, which then lasts a little longer */
  constructor(onQuiet: () => void, isBusy: () => boolean) {
    this.#onQuiet = onQuiet;
    this.#isBusy = isBusy;
  }

  /** Something happens. */
  stir(): void {
    this.#arm(QUIET_MS);
  }

  #arm(milliseconds: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => {
      if (this.#isBusy()) this.#arm(BUSY_MS);
      else this.#onQuiet();
    }, milliseconds).unref();
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }
}
