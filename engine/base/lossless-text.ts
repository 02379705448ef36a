import { isUtf8 } from "node:buffer";

/**
 * Bytes as text without loss: what is not UTF-8 becomes lone surrogates (U+DC80 to U+DCFF, as Python's "surrogateescape" does), so that file names
 * and files of any bytes survive a round trip. Linear in the number of bytes.
 */
export function decodeLossless(bytes: Uint8Array): string {
  const source = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (isUtf8(source)) return source.toString("utf8");
  // UTF-16, little endian: never more than two bytes of it for a byte of UTF-8.
  const units = Buffer.allocUnsafe(source.length * 2);
  let length = 0;
  for (let at = 0; at < source.length; ) {
    const size = sequenceLength(source, at);
    const code = size === 0 ? 0xdc00 + source[at]! : codePoint(source, at, size);
    at += size || 1;
    if (code > 0xffff) {
      length = putUnit(units, length, 0xd800 + ((code - 0x10000) >> 10));
      length = putUnit(units, length, 0xdc00 + ((code - 0x10000) & 0x3ff));
    } else length = putUnit(units, length, code);
  }
  return units.toString("utf16le", 0, length);
}

/** The bytes that {@link decodeLossless} made `text` from. Other lone surrogates become U+FFFD. */
export function encodeLossless(text: string): Buffer {
  if (text.isWellFormed()) return Buffer.from(text);
  const bytes = Buffer.allocUnsafe(Buffer.byteLength(text));
  let length = 0;
  for (let at = 0; at < text.length; at++) {
    const code = text.codePointAt(at)!;
    if (code > 0xffff) at++;
    length = code >= 0xdc80 && code <= 0xdcff ? putByte(bytes, length, code - 0xdc00) : putCodePoint(bytes, length, (code & 0x1ff800) === 0xd800 ? 0xfffd : code);
  }
  return bytes.subarray(0, length);
}

function putUnit(into: Buffer, at: number, unit: number): number {
  into[at] = unit & 0xff;
  into[at + 1] = unit >> 8;
  return at + 2;
}

function putByte(into: Buffer, at: number, byte: number): number {
  into[at] = byte;
  return at + 1;
}

function putCodePoint(into: Buffer, at: number, code: number): number {
  if (code < 0x80) return putByte(into, at, code);
  const tails = code < 0x800 ? 1 : code < 0x10000 ? 2 : 3;
  let next = putByte(into, at, ((0xff00 >> (tails + 1)) & 0xff) | (code >> (6 * tails)));
  for (let tail = tails - 1; tail >= 0; tail--) next = putByte(into, next, 0x80 | ((code >> (6 * tail)) & 0x3f));
  return next;
}

/** Bytes of the well-formed sequence at `at` (Unicode standard, table 3-7), or 0. */
function sequenceLength(bytes: Buffer, at: number): number {
  const lead = bytes[at]!;
  if (lead < 0x80) return 1;
  const second = bytes[at + 1] ?? 0;
  if (lead < 0xc2 || lead > 0xf4 || !isTail(second)) return 0;
  if (lead < 0xe0) return 2;
  if ((lead === 0xe0 && second < 0xa0) || (lead === 0xed && second > 0x9f) || !isTail(bytes[at + 2])) return 0;
  if (lead < 0xf0) return 3;
  return (lead === 0xf0 && second < 0x90) || (lead === 0xf4 && second > 0x8f) || !isTail(bytes[at + 3]) ? 0 : 4;
}

function isTail(byte: number | undefined): boolean {
  return byte !== undefined && (byte & 0xc0) === 0x80;
}

function codePoint(bytes: Buffer, at: number, size: number): number {
  let code = size === 1 ? bytes[at]! : bytes[at]! & (0xff >> (size + 1));
  for (let tail = 1; tail < size; tail++) code = (code << 6) | (bytes[at + tail]! & 0x3f);
  return code;
}
