/** Something that changes by itself; a component reads it with `useSyncExternalStore(it.subscribe, it.getVersion)`. */
export abstract class Watched {
  readonly #listeners = new Set<() => void>();
  #version = 0;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly getVersion = (): number => this.#version;

  /** Tells everybody who looks. */
  protected changed(): void {
    this.#version++;
    for (const listener of this.#listeners) listener();
  }
}
