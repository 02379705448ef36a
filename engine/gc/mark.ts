/**
 * The mark phase as a pure function: everything reachable from `roots`, the roots included.
 * @param referencesOf what a thing needs to exist
 */
export function mark(roots: Iterable<string>, referencesOf: (id: string) => Iterable<string>): ReadonlySet<string> {
  const reached = new Set<string>();
  const waiting = [...roots];
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    if (reached.has(id)) continue;
    reached.add(id);
    waiting.push(...referencesOf(id));
  }
  return reached;
}
