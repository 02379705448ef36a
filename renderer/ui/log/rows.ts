/** Which lines are drawn, and in which rows: all of a buffer, some of it, with some of them folded out. */
export interface LogRows {
  /** Lines that are drawn. */
  readonly count: number;
  /** Rows before a line when every line is wrapped at `columns`; 0 means not wrapped. A number beyond the last line asks for all rows. */
  rowOf(number: number, columns: number): number;
  /** The line that covers a row, and its own first row; beyond the last row, a number beyond the last line. */
  lineAtRow(row: number, columns: number): { number: number; row: number };
  /** Rows one line takes. */
  heightOf(number: number, columns: number): number;
  /** Number of the line drawn after this one; beyond the last line where there is none. */
  next(number: number): number;
}

/** Some lines of a buffer. Rows are summed up once and go on when lines are added at the end. */
export class PickedRows implements LogRows {
  readonly #source: Pick<LogRows, "heightOf">;
  /** Numbers of the lines, ascending. */
  #numbers: readonly number[] = [];
  #sums: number[] = [0];
  #columns = 0;

  constructor(source: Pick<LogRows, "heightOf">) {
    this.#source = source;
  }

  get count(): number {
    return this.#numbers.length;
  }

  get numbers(): readonly number[] {
    return this.#numbers;
  }

  /**
   * @param same how many lines at the beginning are as they were
   */
  set(numbers: readonly number[], same: number): void {
    this.#numbers = numbers;
    this.#sums.length = Math.min(this.#sums.length, same + 1);
  }

  rowOf(number: number, columns: number): number {
    const at = this.#indexOf(number);
    return columns === 0 ? at : (this.#sumsAt(columns)[at] ?? 0);
  }

  lineAtRow(row: number, columns: number): { number: number; row: number } {
    const wanted = Math.max(0, Math.floor(row));
    let at = Math.min(wanted, this.count);
    let start = at;
    if (columns > 0) {
      const sums = this.#sumsAt(columns);
      at = Math.min(this.count, upperBound(sums, wanted) - 1);
      start = sums[at] ?? 0;
    }
    return { number: this.#numbers[at] ?? Number.MAX_SAFE_INTEGER, row: start };
  }

  heightOf(number: number, columns: number): number {
    return this.#source.heightOf(number, columns);
  }

  next(number: number): number {
    return this.#numbers[this.#indexOf(number + 1)] ?? Number.MAX_SAFE_INTEGER;
  }

  has(number: number): boolean {
    return this.#numbers[this.#indexOf(number)] === number;
  }

  #indexOf(number: number): number {
    return lowerBound(this.#numbers, number);
  }

  #sumsAt(columns: number): readonly number[] {
    if (this.#columns !== columns) {
      this.#columns = columns;
      this.#sums = [0];
    }
    for (let at = this.#sums.length - 1; at < this.count; at++) this.#sums.push((this.#sums[at] ?? 0) + this.#source.heightOf(this.#numbers[at] ?? 0, columns));
    return this.#sums;
  }
}

/** Lines some of which are folded out and take more rows. */
export class FoldedRows implements LogRows {
  readonly #rows: LogRows;
  /** What is folded out and drawn, ascending, with the rows that come below each line. */
  readonly #open: readonly (readonly [number: number, more: number])[];

  /** @param open rows below a line, by its number */
  constructor(rows: LogRows, open: ReadonlyMap<number, number>, isDrawn: (number: number) => boolean) {
    this.#rows = rows;
    this.#open = [...open].filter(([number]) => isDrawn(number)).sort(([a], [b]) => a - b);
  }

  get count(): number {
    return this.#rows.count;
  }

  rowOf(number: number, columns: number): number {
    let row = this.#rows.rowOf(number, columns);
    for (const [open, more] of this.#open) if (open < number) row += more;
    return row;
  }

  lineAtRow(row: number, columns: number): { number: number; row: number } {
    let moved = 0;
    for (const [number, more] of this.#open) {
      const top = this.#rows.rowOf(number, columns) + moved;
      const end = top + this.#rows.heightOf(number, columns);
      if (row < end) break;
      if (row < end + more) return { number, row: top };
      moved += more;
    }
    const found = this.#rows.lineAtRow(row - moved, columns);
    return { number: found.number, row: found.row + moved };
  }

  heightOf(number: number, columns: number): number {
    return this.#rows.heightOf(number, columns) + (this.#open.find(([open]) => open === number)?.[1] ?? 0);
  }

  next(number: number): number {
    return this.#rows.next(number);
  }
}

/** Index of the first number that is not below `value`. */
export function lowerBound(numbers: readonly number[], value: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((numbers[middle] ?? 0) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Index of the first number above `value`. */
function upperBound(numbers: readonly number[], value: number): number {
  return lowerBound(numbers, value + 1);
}
