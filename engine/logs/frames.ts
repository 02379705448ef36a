/**
 * conmon's k8s-file lines: `2026-01-02T03:04:05.123456789+00:00 stdout F text`. Every header is as long as the next one:
 * conmon runs in UTC and writes nine digits, and both stream names have six letters.
 */
export const TIME_LENGTH = 35;
/** Where the fourth letter of `stdout` or `stderr` stands. */
const STREAM_LETTER = TIME_LENGTH + 4;
/** `F`: a whole line's last (or only) part; `P`: more follows. */
export const TAG = TIME_LENGTH + 8;
export const TEXT = TAG + 2;
/** As Docker prints times: the offset is `Z`. */
const SHOWN_TIME = TIME_LENGTH - 6;

const NEWLINE = 10;
const SPACE = 32;
const LETTER_O = 111;
const LETTER_E = 101;
const LETTER_F = 70;
const LETTER_Z = 90;
/** Longer texts are copied by the runtime's own copy, shorter ones in the loop. */
const SHORT = 48;
const HEADER = 8;

export interface FrameOptions {
  readonly stdout: boolean;
  readonly stderr: boolean;
  readonly timestamps: boolean;
  /** Docker's 8-byte header before each part. */
  readonly multiplexed: boolean;
  /** Stop before the first entry later than this, in the file's own form; null never stops. */
  readonly until: Buffer | null;
}

/** Where an encoder stands between two blocks: a partial line of a stream has its time already. */
export class FrameEncoder {
  readonly #options: FrameOptions;
  /** Whether the stream's next part continues a line, by the stream's number. */
  readonly #continues = [false, false, false];
  /** An entry after `until` was met. */
  finished = false;

  constructor(options: FrameOptions) {
    this.#options = options;
  }

  /**
   * Encodes whole lines.
   * @param input log bytes that start at a line's start
   * @param end where the last whole line ends
   * @returns bytes as the API sends them; never longer than the input
   */
  encode(input: Uint8Array, end: number): Buffer {
    const { stdout, stderr, timestamps, multiplexed, until } = this.#options;
    const continues = this.#continues;
    const out = Buffer.allocUnsafeSlow(end);
    let at = 0;
    for (let line = 0; line < end; ) {
      const letter = input[line + STREAM_LETTER];
      const isError = letter === LETTER_E;
      // A torn line (the host lost power) is no entry; neither is one of a stream nobody asked for.
      if (line + TEXT > end || (!isError && letter !== LETTER_O) || input[line + TAG - 1] !== SPACE || !(isError ? stderr : stdout)) {
        line = nextLine(input, line, end);
        continue;
      }
      if (until !== null && isLater(input, line, until)) {
        this.finished = true;
        break;
      }
      const stream = isError ? 2 : 1;
      const full = input[line + TAG] === LETTER_F;
      const frame = at;
      if (multiplexed) at += HEADER;
      if (timestamps && !continues[stream]) {
        for (let i = 0; i < SHOWN_TIME; i++) out[at + i] = input[line + i]!;
        out[at + SHOWN_TIME] = LETTER_Z;
        out[at + SHOWN_TIME + 1] = SPACE;
        at += SHOWN_TIME + 2;
      }
      continues[stream] = !full;

      let from = line + TEXT;
      const short = Math.min(from + SHORT, end);
      while (from < short && input[from] !== NEWLINE) out[at++] = input[from++]!;
      if (input[from] !== NEWLINE) {
        const newline = nextLine(input, from, end) - 1;
        out.set(input.subarray(from, newline), at);
        at += newline - from;
        from = newline;
      }
      line = from + 1;
      if (full) out[at++] = NEWLINE;
      if (multiplexed) {
        const length = at - frame - HEADER;
        out[frame] = stream;
        out[frame + 1] = 0;
        out[frame + 2] = 0;
        out[frame + 3] = 0;
        out[frame + 4] = length >>> 24;
        out[frame + 5] = length >>> 16;
        out[frame + 6] = length >>> 8;
        out[frame + 7] = length;
      }
    }
    return out.subarray(0, at);
  }
}

function nextLine(input: Uint8Array, from: number, end: number): number {
  const newline = input.indexOf(NEWLINE, from);
  return newline < 0 ? end : newline + 1;
}

/** Whether the entry at `line` is later than `time`, both in the file's form: fixed width and UTC, so they compare as bytes. */
export function isLater(input: Uint8Array, line: number, time: Uint8Array): boolean {
  for (let i = 0; i < TIME_LENGTH; i++) {
    const difference = input[line + i]! - time[i]!;
    if (difference !== 0) return difference > 0;
  }
  return false;
}

/** A moment in the form of the file's entries. @param ns nanoseconds since the epoch */
export function entryTime(ns: bigint): Buffer {
  const clamped = ns < 0n ? 0n : ns;
  const seconds = Number(clamped / 1_000_000_000n);
  // Beyond the year 9999 entries would get wider: no clock is there yet.
  const date = new Date(Math.min(seconds, 253_402_300_799) * 1000).toISOString().slice(0, 19);
  return Buffer.from(`${date}.${String(clamped % 1_000_000_000n).padStart(9, "0")}+00:00`, "latin1");
}
