import { sameData } from "./same-data.ts";

/** The new list with the old objects where nothing changed, so that their rows are not drawn again. Compares plain data. */
export function keepSame<T extends object>(before: readonly T[], next: readonly T[], key: (item: T) => string): T[] {
  const known = new Map(before.map((item) => [key(item), item]));
  return next.map((item) => {
    const old = known.get(key(item));
    return old && sameData(old, item) ? old : item;
  });
}
