import { EngineError, messageOf } from "../base/errors.ts";
import { isDigest } from "../base/digest.ts";
import type { Digest } from "../base/ids.ts";

/** Reads JSON from strangers: each method checks one value and throws `invalidArgument` naming where it stands. */
export class Reader {
  readonly #what: string;

  /** @param what names the document in messages, for example `the manifest` */
  constructor(what: string) {
    this.#what = what;
  }

  /** @throws EngineError `invalidArgument` when `bytes` is too long, no UTF-8, or no JSON object */
  parse(bytes: Uint8Array, maxBytes: number): Readonly<Record<string, unknown>> {
    return this.object(this.parseAny(bytes, maxBytes), "");
  }

  /** As {@link parse}, for documents that are no object. */
  parseAny(bytes: Uint8Array, maxBytes: number): unknown {
    if (bytes.byteLength > maxBytes) throw this.fail(`has ${bytes.byteLength} bytes, more than the ${maxBytes} allowed`);
    try {
      return JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes)) as unknown;
    } catch (error) {
      throw this.fail(`is not valid JSON: ${messageOf(error).slice(0, 200)}`);
    }
  }

  object(value: unknown, at: string): Readonly<Record<string, unknown>> {
    if (typeof value !== "object" || value === null || Array.isArray(value)) throw this.wrong(at, "an object");
    return value as Readonly<Record<string, unknown>>;
  }

  array(value: unknown, at: string, max: number): readonly unknown[] {
    if (!Array.isArray(value)) throw this.wrong(at, "an array");
    if (value.length > max) throw this.fail(`has ${value.length} entries in ${at}, more than the ${max} allowed`);
    return value as readonly unknown[];
  }

  string(value: unknown, at: string, max = 1 << 20): string {
    if (typeof value !== "string") throw this.wrong(at, "a string");
    if (value.length > max) throw this.fail(`has ${value.length} characters in ${at}, more than the ${max} allowed`);
    return value;
  }

  strings(value: unknown, at: string, max = 100_000): readonly string[] {
    return this.array(value, at, max).map((item, i) => this.string(item, `${at}[${i}]`));
  }

  /** A count of bytes or the like. */
  size(value: unknown, at: string): number {
    if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) throw this.wrong(at, "a number of bytes");
    return value;
  }

  number(value: unknown, at: string): number {
    if (typeof value !== "number" || !Number.isFinite(value)) throw this.wrong(at, "a number");
    return value;
  }

  boolean(value: unknown, at: string): boolean {
    if (typeof value !== "boolean") throw this.wrong(at, "true or false");
    return value;
  }

  digest(value: unknown, at: string): Digest {
    const text = this.string(value, at, 512);
    if (!isDigest(text)) throw this.wrong(at, "a sha256 digest");
    return text;
  }

  stringMap(value: unknown, at: string): Readonly<Record<string, string>> {
    return fromEntries(Object.entries(this.object(value, at)).map(([key, item]) => [key, this.string(item, `${at}.${key.slice(0, 100)}`)]));
  }

  /** Docker's sets: the keys count, the values are empty objects. */
  set(value: unknown, at: string): Readonly<Record<string, object>> {
    return fromEntries(Object.keys(this.object(value, at)).map((key) => [key, {}]));
  }

  /** Applies `read` unless the value is absent; Go writes absent slices and maps as null. */
  optional<T>(value: unknown, read: (value: unknown) => T): T | undefined {
    return value === undefined || value === null ? undefined : read(value);
  }

  fail(what: string): EngineError {
    return new EngineError("invalidArgument", `${this.#what} ${what}`);
  }

  wrong(at: string, expected: string): EngineError {
    return this.fail(`is malformed: ${at === "" ? "it" : at} must be ${expected}`);
  }
}

/** `Object.fromEntries` that keeps a key such as `__proto__` an ordinary one. */
function fromEntries<T>(entries: readonly (readonly [string, T])[]): Readonly<Record<string, T>> {
  return Object.fromEntries(entries) as Readonly<Record<string, T>>;
}

/** Leaves out keys whose value is undefined, so that results compare and serialise plainly. */
export function defined<T extends object>(object: T): T {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value !== undefined)) as T;
}
