import type { EntryType, TarHeader } from "./archive.ts";
import { TarReader } from "./tar-reader.ts";
import { END_OF_ARCHIVE, encodeHeader, paddingOf } from "./tar-writer.ts";

/** An entry of a tar made or read by a test. */
export interface TestEntry extends Partial<Omit<TarHeader, "name">> {
  readonly name: string;
  readonly data?: string | Uint8Array;
}

/** A tar of these entries: files of root unless said otherwise. */
export function makeTar(entries: readonly TestEntry[], end = true): Buffer {
  const parts: Uint8Array[] = [];
  for (const { data, ...entry } of entries) {
    const bytes = Buffer.from(data ?? "");
    const type: EntryType = entry.type ?? "file";
    parts.push(encodeHeader({ mode: type === "directory" ? 0o755 : 0o644, uid: 0, gid: 0, mtimeNs: 1_000_000_000_000n, size: bytes.length, ...entry, type }), bytes, Buffer.alloc(paddingOf(bytes.length)));
  }
  if (end) parts.push(END_OF_ARCHIVE);
  return Buffer.concat(parts);
}

/** Reads a whole tar, given to the reader in pieces of `step` bytes. */
export function readTar(tar: Uint8Array, step = tar.length): { header: TarHeader; data: Buffer }[] {
  const entries: { header: TarHeader; data: Buffer }[] = [];
  let pieces: Buffer[] = [];
  const reader = new TarReader({
    entry: (header) => void entries.push({ header, data: Buffer.alloc(0) }),
    data: (piece) => void pieces.push(Buffer.from(piece)),
    end: () => {
      entries.at(-1)!.data = Buffer.concat(pieces);
      pieces = [];
    },
  });
  for (let at = 0; at < tar.length; at += Math.max(1, step)) reader.push(tar.subarray(at, at + Math.max(1, step)));
  reader.finish();
  return entries;
}
