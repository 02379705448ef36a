import { BLOCK, damaged, numberField, paxInteger } from "./tar-fields.ts";
import type { PaxRecord } from "./tar-fields.ts";

/** GNU's ways of writing sparse files: see "Storing Sparse Files" in the GNU tar manual. */
export interface SparseRange {
  readonly offset: number;
  readonly length: number;
}

/** Ranges of one file; a file of 1 TiB with a hole every 64 KiB stays below. */
const MAX_RANGES = 1 << 20;

/** Adds the ranges of an old GNU header (4 of them at 386) or extension block (21 at 0). Returns whether another block follows. */
export function readOldGnuRanges(block: Buffer, ranges: SparseRange[], extension: boolean): boolean {
  const start = extension ? 0 : 386;
  const count = extension ? 21 : 4;
  for (let index = 0; index < count; index++) {
    const at = start + index * 24;
    if (block[at] === 0) break;
    ranges.push({ offset: numberField(block, at, 12, "a sparse offset"), length: numberField(block, at + 12, 12, "a sparse length") });
  }
  if (ranges.length > MAX_RANGES) throw damaged("a sparse file has too many ranges");
  return block[extension ? 504 : 482] !== 0;
}

/** The ranges of pax formats 0.0 (repeated offset and numbytes records) and 0.1 (one map record); undefined when there are none. */
export function paxRanges(records: readonly PaxRecord[]): SparseRange[] | undefined {
  const ranges: SparseRange[] = [];
  let offset: number | undefined;
  let found = false;
  for (const { key, value } of records) {
    if (key === "GNU.sparse.offset") {
      offset = paxInteger(value.toString("latin1"), "a sparse offset");
    } else if (key === "GNU.sparse.numbytes") {
      if (offset === undefined) throw damaged("a sparse length has no offset");
      ranges.push({ offset, length: paxInteger(value.toString("latin1"), "a sparse length") });
      found = true;
    } else if (key === "GNU.sparse.map") {
      const numbers = value.length === 0 ? [] : value.toString("latin1").split(",").map((text) => paxInteger(text, "a sparse map"));
      if (numbers.length % 2 !== 0) throw damaged("a sparse map has a range without length");
      for (let at = 0; at < numbers.length; at += 2) ranges.push({ offset: numbers[at]!, length: numbers[at + 1]! });
      found = true;
    }
  }
  return found ? ranges : undefined;
}

/** Reads the map of pax format 1.0, which is in front of the data: decimal lines, padded to whole blocks. */
export class SparseMapReader {
  readonly #numbers: number[] = [];
  #partial = "";

  /** Takes a block; returns the ranges once the map is complete. @throws EngineError `dataLoss` */
  push(block: Buffer): SparseRange[] | undefined {
    const lines = (this.#partial + block.toString("latin1", 0, BLOCK)).split("\n");
    this.#partial = lines.pop()!;
    if (this.#partial.length > BLOCK + 20) throw damaged("a sparse map is malformed");
    for (const line of lines) {
      this.#numbers.push(paxInteger(line, "a sparse map"));
      if (this.#numbers[0]! > MAX_RANGES) throw damaged("a sparse file has too many ranges");
      if (this.#numbers.length === 1 + this.#numbers[0]! * 2) return this.#ranges();
    }
    return undefined;
  }

  #ranges(): SparseRange[] {
    const ranges: SparseRange[] = [];
    for (let at = 1; at < this.#numbers.length; at += 2) ranges.push({ offset: this.#numbers[at]!, length: this.#numbers[at + 1]! });
    return ranges;
  }
}

/** Checks that ranges ascend, stay inside the file and hold exactly the data. @throws EngineError `dataLoss` */
export function checkRanges(ranges: readonly SparseRange[], realSize: number, dataSize: number): void {
  let end = 0;
  let sum = 0;
  for (const { offset, length } of ranges) {
    if (offset < end || offset + length > realSize) throw damaged("a sparse file's ranges overlap or leave the file");
    end = offset + length;
    sum += length;
  }
  if (sum !== dataSize) throw damaged("a sparse file's ranges do not add up to its data");
}
