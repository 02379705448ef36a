import type { Disposable as DisposableLike } from "./disposable.ts";

/** A subscription point: `const stop = service.onDidChange(listener)`. Named `onDidX`; broadcasts state, never drives control flow. */
export type Event<T> = (listener: (value: T) => void) => DisposableLike;

/** The owner's side of an {@link Event}. A listener that throws does not stop the others: its error goes to `onError`. */
export class Emitter<T> {
  readonly #listeners = new Set<(value: T) => void>();
  readonly #onError: (error: unknown) => void;

  constructor(onError: (error: unknown) => void = (error) => queueMicrotask(() => { throw error; })) {
    this.#onError = onError;
  }

  readonly event: Event<T> = (listener) => {
    const entry = (value: T): void => listener(value);
    this.#listeners.add(entry);
    return { [Symbol.dispose]: () => void this.#listeners.delete(entry) };
  };

  fire(value: T): void {
    for (const listener of [...this.#listeners]) {
      try {
        listener(value);
      } catch (error) {
        this.#onError(error);
      }
    }
  }

  get listenerCount(): number {
    return this.#listeners.size;
  }

  [Symbol.dispose](): void {
    this.#listeners.clear();
  }
}
