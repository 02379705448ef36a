import { EngineError } from "../base/errors.ts";
import { decodeName } from "../sys/names.ts";

/** Size of a tar block, in bytes. */
export const BLOCK = 512;

export function damaged(what: string): EngineError {
  return new EngineError("dataLoss", `the tar archive is damaged: ${what}`);
}

/** Bytes of a field up to its first NUL. */
export function textField(block: Buffer, start: number, length: number): string {
  let end = start;
  while (end < start + length && block[end] !== 0) end++;
  return decodeName(block.subarray(start, end));
}

/**
 * A number field: octal digits with spaces and NULs around (POSIX ustar), or base-256 with the first bit set (GNU and star).
 * @throws EngineError `dataLoss`
 */
export function numberField(block: Buffer, start: number, length: number, what: string): number {
  const first = block[start]!;
  if (first & 0x80) return base256(block, start, length, what);
  let at = start;
  const end = start + length;
  while (at < end && (block[at] === 0x20 || block[at] === 0)) at++;
  let value = 0;
  for (; at < end; at++) {
    const digit = block[at]! - 0x30;
    if (digit < 0 || digit > 7) break;
    value = value * 8 + digit;
  }
  if (at < end && block[at] !== 0x20 && block[at] !== 0) throw damaged(`${what} is not a number`);
  return value;
}

function base256(block: Buffer, start: number, length: number, what: string): number {
  const negative = (block[start]! & 0x40) !== 0;
  let value = BigInt(block[start]! & 0x3f) - (negative ? 0x40n : 0n);
  for (let at = start + 1; at < start + length; at++) value = value * 256n + BigInt(block[at]!);
  if (value > BigInt(Number.MAX_SAFE_INTEGER) || value < -BigInt(Number.MAX_SAFE_INTEGER)) throw damaged(`${what} is too large`);
  return Number(value);
}

/** Whether the block's sum is right; historic tars summed signed bytes. */
export function checksumMatches(block: Buffer): boolean {
  let unsigned = 8 * 0x20;
  let high = 0;
  for (let at = 0; at < BLOCK; at++) {
    if (at === 148) at = 156;
    const byte = block[at]!;
    unsigned += byte;
    if (byte > 127) high++;
  }
  let stated: number;
  try {
    stated = numberField(block, 148, 8, "the checksum");
  } catch {
    return false;
  }
  return stated === unsigned || stated === unsigned - 256 * high;
}

/** One `length keyword=value\n` record of a pax header. */
export interface PaxRecord {
  readonly key: string;
  readonly value: Buffer;
}

/** Parses a pax extended header in order; a value may hold any byte. @throws EngineError `dataLoss` */
export function parsePaxRecords(bytes: Buffer): PaxRecord[] {
  const records: PaxRecord[] = [];
  for (let at = 0; at < bytes.length; ) {
    const space = bytes.indexOf(0x20, at);
    const digits = space < 0 ? "" : bytes.toString("latin1", at, Math.min(space, at + 20));
    // Some writers pad the header with NULs.
    if (bytes[at] === 0) break;
    const length = /^[0-9]{1,9}$/.test(digits) ? Number(digits) : 0;
    const end = at + length;
    const equals = bytes.indexOf(0x3d, space);
    if (length < 5 || end > bytes.length || bytes[end - 1] !== 0x0a || equals < 0 || equals >= end - 1 || equals === space + 1) throw damaged("a pax record is malformed");
    records.push({ key: decodeName(bytes.subarray(space + 1, equals)), value: bytes.subarray(equals + 1, end - 1) });
    at = end;
  }
  return records;
}

/** A non-negative decimal integer of a pax value. @throws EngineError `dataLoss` */
export function paxInteger(text: string, what: string): number {
  const value = /^[0-9]{1,16}$/.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw damaged(`${what} is not a number`);
  return value;
}

/** A pax time (`1700000000.25`) in nanoseconds. @throws EngineError `dataLoss` */
export function paxTime(text: string): bigint {
  const match = /^(-?)([0-9]{1,18})(?:\.([0-9]*))?$/.exec(text);
  if (match === null) throw damaged("a time is not a number");
  const ns = BigInt(match[2]!) * 1_000_000_000n + BigInt((match[3] ?? "").padEnd(9, "0").slice(0, 9));
  return match[1] === "-" ? -ns : ns;
}
