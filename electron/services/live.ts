/**
 * Stands for an object that is replaced now and then: every use reaches the one that is current at that moment. What was begun
 * on an earlier one goes on there.
 *
 * @param current answers the object to use now
 */
export function live<T extends object>(current: () => T): T {
  return new Proxy(current(), {
    get(_first, key) {
      const target = current();
      const value: unknown = Reflect.get(target, key, target);
      return typeof value === "function" ? (value.bind(target) as unknown) : value;
    },
  });
}

/** {@link live} for each member of a group of objects. */
export function liveMembers<T extends { readonly [key: string]: object }>(current: () => T): T {
  return Object.fromEntries(Object.keys(current()).map((key) => [key, live(() => current()[key] as object)])) as T;
}
