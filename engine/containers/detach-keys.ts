import { EngineError } from "../base/errors.ts";

const DEFAULT = "ctrl-p,ctrl-q";
const CONTROL: Readonly<Record<string, number>> = { "@": 0, "[": 27, "\\": 28, "]": 29, "^": 30, _: 31 };

/**
 * Parses detach keys like `ctrl-p,ctrl-q` or `a,ctrl-]`.
 * @throws EngineError `invalidArgument`
 */
export function parseDetachKeys(text: string | undefined): Uint8Array {
  return Uint8Array.from((text || DEFAULT).split(",").map((key) => {
    if (key.length === 1) return key.charCodeAt(0) & 0xff;
    const match = /^ctrl-([a-z@[\]\\^_])$/i.exec(key);
    if (match === null) throw new EngineError("invalidArgument", `Invalid detach keys (${text ?? ""}) provided: ${JSON.stringify(key)} is neither a character nor ctrl- and a letter or one of @[]\\^_`);
    const sign = match[1]!.toLowerCase();
    return CONTROL[sign] ?? sign.charCodeAt(0) - 96;
  }));
}

/** Finds the detach keys in a stream of input, also across chunks. What was held back and proves to be ordinary input is passed on. */
export class DetachScanner {
  readonly #keys: Uint8Array;
  #matched = 0;

  constructor(keys: Uint8Array) {
    this.#keys = keys;
  }

  /** @returns what to pass on, and whether the keys are complete */
  scan(chunk: Uint8Array): { readonly data: Uint8Array; readonly detached: boolean } {
    if (this.#keys.byteLength === 0) return { data: chunk, detached: false };
    const passed: number[] = [];
    for (const byte of chunk) {
      if (byte === this.#keys[this.#matched]) {
        this.#matched++;
        if (this.#matched === this.#keys.byteLength) return { data: Uint8Array.from(passed), detached: true };
        continue;
      }
      passed.push(...this.#keys.subarray(0, this.#matched));
      this.#matched = byte === this.#keys[0] ? 1 : 0;
      if (this.#matched === 0) passed.push(byte);
      else if (this.#keys.byteLength === 1) return { data: Uint8Array.from(passed), detached: true };
    }
    return { data: Uint8Array.from(passed), detached: false };
  }
}
