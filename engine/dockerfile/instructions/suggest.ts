/** Farther than this nothing is meant. */
const MAX_DISTANCE = 2;
const MAX_LENGTH = 40;
/** More options are not looked at. */
const MAX_OPTIONS = 1000;

/** The option that `value` most likely means, not itself: at most two letters wrong, missing, too many or swapped. Case does not count. */
export function nearMiss(value: string, options: Iterable<string>): string | undefined {
  if (value === "" || value.length > MAX_LENGTH) return undefined;
  const wanted = value.toLowerCase();
  let best: string | undefined;
  let bestDistance = MAX_DISTANCE + 1;
  let left = MAX_OPTIONS;
  for (const option of options) {
    if (left-- === 0) break;
    const distance = distanceBetween(wanted, option.toLowerCase());
    // Two wrong letters of three mean anything.
    if (distance < bestDistance && distance < wanted.length && option !== value) [best, bestDistance] = [option, distance];
  }
  return best;
}

/** ` (did you mean RUN?)`, or nothing. */
export function didYouMean(value: string, options: Iterable<string>, prefix = ""): string {
  const option = nearMiss(value, options);
  return option === undefined ? "" : ` (did you mean ${prefix}${option}?)`;
}

/** Insertions, deletions, replacements and swaps of neighbours that turn `a` into `b` (optimal string alignment). */
function distanceBetween(a: string, b: string): number {
  if (Math.abs(a.length - b.length) > MAX_DISTANCE) return MAX_DISTANCE + 1;
  let before: number[] = [];
  let above = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1];
      let cost = Math.min(above[column]! + 1, current[column - 1]! + 1, above[column - 1]! + (same ? 0 : 1));
      if (row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]) cost = Math.min(cost, before[column - 2]! + 1);
      current.push(cost);
    }
    [before, above] = [above, current];
  }
  return above[b.length]!;
}
