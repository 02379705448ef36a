/** A set of listeners; `add` returns its own undo. A listener that throws does not keep others from hearing. */
export class Listeners<T> {
  readonly #all = new Set<(value: T) => void>();

  get size(): number {
    return this.#all.size;
  }

  add(listener: (value: T) => void): () => void {
    const own = (value: T): void => listener(value);
    this.#all.add(own);
    return () => this.#all.delete(own);
  }

  emit(value: T): void {
    for (const listener of [...this.#all]) {
      try {
        listener(value);
      } catch (error) {
        queueMicrotask(() => {
          throw error;
        });
      }
    }
  }
}
