import type { EntryType, TarHeader } from "./archive.ts";
import { encodeName } from "../sys/names.ts";
import { BLOCK } from "./tar-fields.ts";

const TYPEFLAGS: Readonly<Record<EntryType, string>> = { file: "0", hardlink: "1", symlink: "2", character: "3", block: "4", directory: "5", fifo: "6" };
const MAX_OCTAL_7 = 0o7777777;
const MAX_OCTAL_11 = 0o77777777777;
const SECOND = 1_000_000_000n;

/** The two zero blocks that end an archive. */
export const END_OF_ARCHIVE: Uint8Array = new Uint8Array(2 * BLOCK);

/** Zero bytes to write after a file's data of `size` bytes. */
export function paddingOf(size: number): number {
  return (BLOCK - (size % BLOCK)) % BLOCK;
}

/**
 * The blocks in front of an entry's data: a ustar header, and before it a pax header for what ustar cannot say (long or non-ASCII names, large
 * numbers, parts of a second, extended attributes). A directory's name gets its slash. Holes are not written: `sparse` is ignored, the data
 * must be whole.
 */
export function encodeHeader(header: TarHeader): Buffer {
  const pax: Buffer[] = [];
  const name = encodeName(header.type === "directory" && !header.name.endsWith("/") ? `${header.name}/` : header.name);
  const link = encodeName(header.linkname ?? "");
  const size = header.type === "file" ? header.size : 0;
  const seconds = header.mtimeNs / SECOND;
  if (!header.name.isWellFormed() || header.linkname?.isWellFormed() === false) pax.push(record("hdrcharset", Buffer.from("BINARY")));
  if (name.length > 100 || !isAscii(name)) pax.push(record("path", name));
  if (link.length > 100 || !isAscii(link)) pax.push(record("linkpath", link));
  if (size > MAX_OCTAL_11) pax.push(record("size", Buffer.from(String(size))));
  if (header.uid > MAX_OCTAL_7) pax.push(record("uid", Buffer.from(String(header.uid))));
  if (header.gid > MAX_OCTAL_7) pax.push(record("gid", Buffer.from(String(header.gid))));
  if (seconds * SECOND !== header.mtimeNs || header.mtimeNs < 0n || seconds > BigInt(MAX_OCTAL_11)) pax.push(record("mtime", Buffer.from(decimalTime(header.mtimeNs))));
  for (const [key, value] of header.xattrs ?? []) pax.push(record(`SCHILY.xattr.${key}`, value));

  const block = ustar(header, name, link, size);
  if (pax.length === 0) return block;
  const records = Buffer.concat(pax);
  const lead = ustar({ name: "", type: "file", mode: 0o644, uid: 0, gid: 0, size: records.length, mtimeNs: 0n }, Buffer.concat([Buffer.from("PaxHeaders/"), name.subarray(-80)]), Buffer.alloc(0), records.length);
  lead[156] = 0x78;
  seal(lead);
  return Buffer.concat([lead, records, Buffer.alloc(paddingOf(records.length)), block]);
}

function ustar(header: TarHeader, name: Buffer, link: Buffer, size: number): Buffer {
  const block = Buffer.alloc(BLOCK);
  name.copy(block, 0, 0, 100);
  octal(block, 100, 8, header.mode & 0o7777);
  octal(block, 108, 8, header.uid > MAX_OCTAL_7 ? 0 : header.uid);
  octal(block, 116, 8, header.gid > MAX_OCTAL_7 ? 0 : header.gid);
  octal(block, 124, 12, size > MAX_OCTAL_11 ? 0 : size);
  const seconds = Number(header.mtimeNs / SECOND);
  octal(block, 136, 12, seconds < 0 || seconds > MAX_OCTAL_11 ? 0 : seconds);
  block.write(TYPEFLAGS[header.type], 156, "latin1");
  link.copy(block, 157, 0, 100);
  block.write("ustar\x0000", 257, "latin1");
  block.write(asciiOnly(header.uname), 265, 31, "latin1");
  block.write(asciiOnly(header.gname), 297, 31, "latin1");
  octal(block, 329, 8, header.devMajor ?? 0);
  octal(block, 337, 8, header.devMinor ?? 0);
  seal(block);
  return block;
}

/** Writes the checksum. */
function seal(block: Buffer): void {
  block.fill(0x20, 148, 156);
  let sum = 0;
  for (let at = 0; at < BLOCK; at++) sum += block[at]!;
  block.write(`${sum.toString(8).padStart(6, "0")}\0 `, 148, "latin1");
}

function octal(block: Buffer, start: number, length: number, value: number): void {
  block.write(value.toString(8).padStart(length - 1, "0"), start, "latin1");
}

/** A pax record; its length counts its own digits. */
function record(key: string, value: Uint8Array): Buffer {
  const rest = Buffer.byteLength(key) + value.length + 3;
  let length = rest + String(rest).length;
  if (rest + String(length).length !== length) length = rest + String(length).length;
  return Buffer.concat([Buffer.from(`${length} ${key}=`), value, Buffer.from("\n")]);
}

function decimalTime(ns: bigint): string {
  const sign = ns < 0n ? "-" : "";
  const absolute = ns < 0n ? -ns : ns;
  const fraction = (absolute % SECOND).toString().padStart(9, "0").replace(/0+$/, "");
  return `${sign}${absolute / SECOND}${fraction === "" ? "" : `.${fraction}`}`;
}

function isAscii(bytes: Buffer): boolean {
  return bytes.every((byte) => byte < 0x80);
}

function asciiOnly(text: string | undefined): string {
  return text !== undefined && /^[\x20-\x7e]*$/.test(text) ? text : "";
}
