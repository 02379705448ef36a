/** Finds matching lines in a block of a log file. Pure. */
import { TAG, TEXT, TIME_LENGTH } from "./frames.ts";
import type { LogSearch } from "./logs.ts";
import { shownText, type LineMatcher } from "./matcher.ts";

export interface FoundLine {
  readonly time: string;
  readonly stream: "stdout" | "stderr";
  readonly text: string;
  /** Of its first entry, in the block. */
  readonly offset: number;
}

interface Unfinished {
  text: string;
  readonly offset: number;
}

const NEWLINE = 10;
const SPACE = 32;
const ESCAPE = 27;
const LETTER_O = 111;
const LETTER_E = 101;
const LETTER_F = 70;
const STREAM_LETTER = TIME_LENGTH + 4;
const LONGEST_TEXT = 4096;
/** How an entry that goes on in the next one looks. */
const PARTIAL_TAG = "+00:00 std";

/** Where the first line begins that is surely whole in a block cut anywhere: after an entry that ended its line. -1 when there is none. */
export function firstWholeLine(block: Buffer): number {
  let line = block.indexOf(NEWLINE) + 1;
  for (;;) {
    const end = line === 0 ? -1 : block.indexOf(NEWLINE, line);
    if (end < 0 || end + 1 === block.length) return -1;
    if (block[line + TAG] === LETTER_F) return end + 1;
    line = end + 1;
  }
}

/**
 * @param block begins with an entry; an entry that has not ended is left out
 * @param wanted false only counts
 */
export function scanBlock(block: Buffer, query: Pick<LogSearch, "stdout" | "stderr">, matcher: LineMatcher, wanted: boolean): { count: number; lines: FoundLine[] } {
  const lines: FoundLine[] = [];
  let count = 0;
  if (matcher.mayMatch !== undefined && !block.includes(ESCAPE) && !hasParts(block) && !matcher.mayMatch(block.toString("utf8"))) return { count, lines };
  const unfinished: { stdout?: Unfinished | undefined; stderr?: Unfinished | undefined } = {};
  for (let line = 0; line < block.length; ) {
    const end = block.indexOf(NEWLINE, line);
    if (end < 0) break;
    const at = line;
    line = end + 1;
    const letter = block[at + STREAM_LETTER];
    if (at + TEXT > end || (letter !== LETTER_O && letter !== LETTER_E) || block[at + TAG - 1] !== SPACE) continue;
    const stream = letter === LETTER_E ? "stderr" : "stdout";
    if (!query[stream]) continue;
    const part = block.toString("utf8", at + TEXT, end);
    const begun = unfinished[stream];
    if (block[at + TAG] !== LETTER_F) {
      if (begun === undefined) unfinished[stream] = { text: part, offset: at };
      else begun.text += part;
      continue;
    }
    unfinished[stream] = undefined;
    const text = shownText(begun === undefined ? part : begun.text + part);
    if (!matcher.test(text)) continue;
    count++;
    const offset = begun?.offset ?? at;
    if (wanted) lines.push({ time: `${block.toString("latin1", offset, offset + TIME_LENGTH - 6)}Z`, stream, text: text.slice(0, LONGEST_TEXT), offset });
  }
  return { count, lines };
}

/** Whether some line of the block is in parts, which a search over the whole block would not join. */
function hasParts(block: Buffer): boolean {
  return block.includes(`${PARTIAL_TAG}out P `) || block.includes(`${PARTIAL_TAG}err P `);
}
