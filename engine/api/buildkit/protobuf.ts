import { EngineError } from "../../base/errors.ts";

/**
 * Protocol buffers (proto3's binary form), as far as BuildKit's messages need them: varints, length-delimited values, lists and maps. Schemas are plain
 * values, and messages plain objects that have every field; fields that a schema does not know are passed over.
 */
export interface Kind<T> {
  /** 0 for varints, 2 for values with a length. */
  readonly wire: 0 | 2;
  readonly zero: T;
  /** Writes a value without its tag, and without its length. */
  write(value: T, out: Writer): void;
  read(value: bigint | Uint8Array): T;
}

interface Field<T> {
  readonly number: number;
  readonly zero: T;
  readonly wire: 0 | 2;
  write(value: T, out: Writer): void;
  /** Takes an occurrence of the field; the value so far is the zero at first. */
  read(so: T, value: bigint | Uint8Array): T;
}

/** Collects the bytes of a message. */
export class Writer {
  readonly #parts: Uint8Array[] = [];
  #small: number[] = [];

  varint(value: number | bigint): void {
    let rest = BigInt.asUintN(64, BigInt(value));
    for (; rest > 0x7fn; rest >>= 7n) this.#small.push(Number(rest & 0x7fn) | 0x80);
    this.#small.push(Number(rest));
  }

  bytes(value: Uint8Array): void {
    this.#flush();
    this.#parts.push(value);
  }

  #flush(): void {
    if (this.#small.length > 0) this.#parts.push(Uint8Array.from(this.#small));
    this.#small = [];
  }

  finish(): Buffer {
    this.#flush();
    return this.#parts.length === 1 ? asBuffer(this.#parts[0]!) : Buffer.concat(this.#parts);
  }
}

const utf8 = new TextDecoder();

export const text: Kind<string> = { wire: 2, zero: "", write: (value, out) => out.bytes(Buffer.from(value)), read: (value) => utf8.decode(delimited(value)) };
/** What is read is a view of the message. */
export const bytes: Kind<Uint8Array> = { wire: 2, zero: new Uint8Array(), write: (value, out) => out.bytes(value), read: delimited };
export const flag: Kind<boolean> = { wire: 0, zero: false, write: (value, out) => out.varint(value ? 1 : 0), read: (value) => varint(value) !== 0n };
/** An int32, int64, uint32 or enum whose values are exact numbers; others become the nearest. */
export const integer: Kind<number> = { wire: 0, zero: 0, write: (value, out) => out.varint(Math.trunc(value)), read: (value) => Number(BigInt.asIntN(64, varint(value))) };
/** An int64 that may be any. */
export const long: Kind<bigint> = { wire: 0, zero: 0n, write: (value, out) => out.varint(value), read: (value) => BigInt.asIntN(64, varint(value)) };

/** One value; its zero is not written. */
export function one<T>(number: number, kind: Kind<T>): Field<T> {
  const { wire, zero } = kind;
  return {
    number, wire, zero,
    write(value, out) {
      if (value === zero || (value instanceof Uint8Array && value.length === 0)) return;
      tagged(number, kind, value, out);
    },
    read: (_, value) => kind.read(value),
  };
}

/** A value that may be absent. */
export function maybe<T>(number: number, kind: Kind<T>): Field<T | undefined> {
  return { number, wire: kind.wire, zero: undefined, write: (value, out) => void (value !== undefined && tagged(number, kind, value, out)), read: (_, value) => kind.read(value) };
}

export function many<T>(number: number, kind: Kind<T>): Field<readonly T[]> {
  const zero: readonly T[] = [];
  return {
    number, wire: kind.wire, zero,
    write(values, out) {
      for (const value of values) tagged(number, kind, value, out);
    },
    read(so, value) {
      // The zero is shared by all messages.
      if (so === zero) return [kind.read(value)];
      (so as T[]).push(kind.read(value));
      return so;
    },
  };
}

export function map<T>(number: number, kind: Kind<T>): Field<Readonly<Record<string, T>>> {
  const entry = message({ key: one(1, text), value: one(2, kind) });
  const zero: Readonly<Record<string, T>> = {};
  return {
    number, wire: 2, zero,
    write(values, out) {
      for (const [key, value] of Object.entries(values)) tagged(number, entry, { key, value }, out);
    },
    read(so, encoded) {
      const { key, value } = entry.read(encoded);
      const target = so === zero ? (Object.create(null) as Record<string, T>) : (so as Record<string, T>);
      target[key] = value;
      return target;
    },
  };
}

type Fields = Readonly<Record<string, Field<never>>>;
type ValueOf<F> = F extends Field<infer T> ? T : never;
export type MessageOf<F> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** A message. Fields left out when writing have their zero. */
export interface Message<T> extends Kind<T> {
  encode(value: Partial<T>): Buffer;
  /** @throws EngineError `invalidArgument` for what is no such message */
  decode(value: Uint8Array): T;
}

export type Decoded<M> = M extends Message<infer T> ? T : never;

export function message<F extends Readonly<Record<string, { readonly number: number; readonly wire: 0 | 2; readonly zero: unknown }>>>(fields: F): Message<MessageOf<F>> {
  const named = Object.entries(fields as unknown as Fields);
  const byNumber = new Map(named.map(([name, field]) => [field.number, { name, field }]));
  const zeros = Object.fromEntries(named.map(([name, { zero }]) => [name, zero])) as unknown as MessageOf<F>;
  const write = (value: Partial<MessageOf<F>>, out: Writer): void => {
    for (const [name, field] of named) if (value[name] !== undefined) field.write(value[name] as never, out);
  };
  const decode = (encoded: Uint8Array): MessageOf<F> => {
    const result = { ...zeros } as Record<string, unknown>;
    for (let at = 0; at < encoded.length; ) {
      const tag = readVarint(encoded, at);
      at = tag.next;
      const wire = Number(tag.value & 7n);
      const { value, next } = readValue(encoded, at, wire);
      at = next;
      const known = byNumber.get(Number(tag.value >> 3n));
      if (known === undefined || value === undefined) continue;
      if (known.field.wire !== wire) throw malformed();
      result[known.name] = known.field.read(result[known.name] as never, value);
    }
    return result as MessageOf<F>;
  };
  return {
    wire: 2, zero: zeros, write, decode, read: (value) => decode(delimited(value)),
    encode(value) {
      const out = new Writer();
      write(value, out);
      return out.finish();
    },
  };
}

function tagged<T>(number: number, kind: Kind<T>, value: T, out: Writer): void {
  out.varint((number << 3) | kind.wire);
  if (kind.wire === 0) return kind.write(value, out);
  const inner = new Writer();
  kind.write(value, inner);
  const encoded = inner.finish();
  out.varint(encoded.length);
  out.bytes(encoded);
}

function readVarint(encoded: Uint8Array, at: number): { value: bigint; next: number } {
  let small = 0;
  let next = at;
  for (let shift = 0; shift < 28; shift += 7) {
    const byte = encoded[next++];
    if (byte === undefined) throw malformed();
    small |= (byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt(small), next };
  }
  let value = BigInt(small);
  for (let shift = 28n; shift < 70n; shift += 7n) {
    const byte = encoded[next++];
    if (byte === undefined) throw malformed();
    value |= BigInt(byte & 0x7f) << shift;
    if (byte < 0x80) return { value: BigInt.asUintN(64, value), next };
  }
  throw malformed();
}

/** The value of a field and where it ends; undefined for the fixed ones, which no message here has. */
function readValue(encoded: Uint8Array, at: number, wire: number): { value: bigint | Uint8Array | undefined; next: number } {
  if (wire === 0) return readVarint(encoded, at);
  const length = wire === 1 ? 8 : wire === 5 ? 4 : wire === 2 ? readVarint(encoded, at) : undefined;
  if (length === undefined) throw malformed();
  const start = typeof length === "number" ? at : length.next;
  const next = start + (typeof length === "number" ? length : Number(length.value));
  if (next > encoded.length) throw malformed();
  return { value: typeof length === "number" ? undefined : encoded.subarray(start, next), next };
}

function varint(value: bigint | Uint8Array): bigint {
  if (typeof value !== "bigint") throw malformed();
  return value;
}

function delimited(value: bigint | Uint8Array): Uint8Array {
  if (typeof value === "bigint") throw malformed();
  return value;
}

function asBuffer(value: Uint8Array): Buffer {
  return Buffer.from(value.buffer, value.byteOffset, value.byteLength);
}

function malformed(): EngineError {
  return new EngineError("invalidArgument", "a message of the client is not a well-formed protocol buffer");
}
