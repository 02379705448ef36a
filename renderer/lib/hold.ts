export interface HeldOrder {
  /** Ids to draw, in this order. Some may be gone from the list. */
  readonly order: readonly string[];
  /** How many new ids wait until the list is released. */
  readonly waiting: number;
}

/**
 * Keeps a list still while the pointer is over it: what was shown keeps its place, also what is gone, and what is new waits.
 * @param shown ids as they were drawn when the pointer came
 * @param next ids as they would be drawn now
 */
export function holdOrder(shown: readonly string[], next: readonly string[]): HeldOrder {
  const known = new Set(shown);
  let waiting = 0;
  for (const id of next) if (!known.has(id)) waiting++;
  return { order: shown, waiting };
}

/**
 * What a range selection from one row to another covers, both included, in either direction.
 * @param order ids as drawn
 */
export function rangeBetween(order: readonly string[], from: string, to: string): readonly string[] {
  const a = order.indexOf(from);
  const b = order.indexOf(to);
  if (a < 0 || b < 0) return b < 0 ? [] : [to];
  return order.slice(Math.min(a, b), Math.max(a, b) + 1);
}
