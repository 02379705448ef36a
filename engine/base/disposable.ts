/** Something that holds a resource until disposed; works with `using`. */
export interface Disposable {
  [Symbol.dispose](): void;
}

/** Something whose release takes time; works with `await using`. */
export interface AsyncDisposable {
  [Symbol.asyncDispose](): Promise<void>;
}

/** Wraps a function as a disposable that runs it once. */
export function toDisposable(release: () => void): Disposable {
  let done = false;
  return {
    [Symbol.dispose]() {
      if (done) return;
      done = true;
      release();
    },
  };
}
