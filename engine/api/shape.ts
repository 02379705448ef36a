import { EngineError } from "../base/errors.ts";

/**
 * Checks of JSON that a client sent, built from small parts: `object({ Image: text, Env: list(text) })`. As in Docker, unknown keys
 * are ignored and `null` means absent; a value of the wrong type is an error that names the key.
 */
export type Shape<T> = (value: unknown, path: string) => T;
export type Shaped<S> = S extends Shape<infer T> ? T : never;

export const text: Shape<string> = (value, path) => (typeof value === "string" ? value : mismatch(value, path, "a string"));

export const flag: Shape<boolean> = (value, path) => (typeof value === "boolean" ? value : mismatch(value, path, "true or false"));

export const integer: Shape<number> = (value, path) => (Number.isInteger(value) ? (value as number) : mismatch(value, path, "a whole number"));

/** Any JSON: kept as it is, for what is only handed back. */
export const anything: Shape<unknown> = (value) => value;

export function list<T>(item: Shape<T>): Shape<T[]> {
  return (value, path) => (Array.isArray(value) ? value.map((entry, index) => item(entry, `${path}[${index}]`)) : mismatch(value, path, "a list"));
}

/** A string or a list of strings, as Docker takes for Cmd and Entrypoint. */
export const words: Shape<string[]> = (value, path) => (typeof value === "string" ? [value] : list(text)(value, path));

export function record<T>(item: Shape<T>): Shape<Record<string, T>> {
  return (value, path) => {
    const result: Record<string, T> = {};
    for (const [key, entry] of Object.entries(asObject(value, path))) Object.defineProperty(result, key, { value: item(entry, `${path}.${key}`), enumerable: true, writable: true, configurable: true });
    return result;
  };
}

export function nullable<T>(item: Shape<T>): Shape<T | null> {
  return (value, path) => (value === null ? null : item(value, path));
}

type Fields = Readonly<Record<string, Shape<unknown>>>;

export function object<F extends Fields>(fields: F): Shape<{ [K in keyof F]?: Shaped<F[K]> }> {
  const entries = Object.entries(fields);
  return (value, path) => {
    const source = asObject(value, path);
    const result: Record<string, unknown> = {};
    for (const [key, shape] of entries) {
      const entry = source[key];
      if (entry !== undefined && entry !== null) result[key] = shape(entry, path === "" ? key : `${path}.${key}`);
    }
    return result as { [K in keyof F]?: Shaped<F[K]> };
  };
}

function asObject(value: unknown, path: string): Record<string, unknown> {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return mismatch(value, path, "an object");
  return value as Record<string, unknown>;
}

function mismatch(value: unknown, path: string, expected: string): never {
  const found = value === null ? "null" : Array.isArray(value) ? "a list" : JSON.stringify(value)?.slice(0, 60) ?? typeof value;
  throw new EngineError("invalidArgument", `invalid JSON: ${path === "" ? "the body" : path} must be ${expected}, not ${found}`);
}
