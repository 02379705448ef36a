import { decodeLossless, encodeLossless } from "../base/lossless-text.ts";

/** File names are bytes on Linux and text here: bytes that are not UTF-8 become lone surrogates, so that every name survives a round trip. */
export function decodeName(bytes: Buffer): string {
  return decodeLossless(bytes);
}

/** The bytes of a name made by {@link decodeName}. */
export function encodeName(name: string): Buffer {
  return encodeLossless(name);
}

/** A name as Node's `fs` takes it: text where it can be, bytes where it must. */
export function fsPath(name: string): string | Buffer {
  return name.isWellFormed() ? name : encodeName(name);
}
