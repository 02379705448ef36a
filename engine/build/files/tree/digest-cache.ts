import { existsSync, mkdirSync, readFileSync, readdirSync, rmSync, statSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { dirname } from "node:path";
import { crc32 } from "node:zlib";
import { isSystemError } from "../../../base/errors.ts";
import { writeFileAtomic } from "../../../sys/files.ts";
import type { KnownDigests } from "./directory-view.ts";
import { decodeEntries, encodeEntries } from "./entry-codec.ts";
import type { Entry } from "./entry.ts";

/** Changes with the format of what follows: 12 bytes of name, 4 of checksum, the entries. */
const MAGIC = Buffer.from("slipwaydig1\n");
const HEAD = 16;
/** Entries that nobody asked for stay until they outnumber the others. */
const SPARE = 1000;
/** Files in one directory of caches; those written longest ago go. */
const MAX_FILES = 100;

/**
 * Digests of the files of one directory, kept in a file from build to build. A file that is damaged, cut off or of another version counts as missing:
 * it costs time, never a wrong digest.
 */
export class DigestCache implements KnownDigests {
  readonly #file: string;
  readonly #entries: Map<string, Entry>;
  readonly #used = new Set<string>();
  #changed = false;

  private constructor(file: string, entries: readonly Entry[]) {
    this.#file = file;
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
  }

  static load(file: string): DigestCache {
    return new DigestCache(file, readEntries(file));
  }

  get(path: string, stats: BigIntStats): Entry | undefined {
    const entry = this.#entries.get(path);
    if (entry === undefined || entry.inode !== stats.ino || entry.ctimeNs !== stats.ctimeNs || entry.mtimeNs !== stats.mtimeNs || entry.size !== Number(stats.size)) return undefined;
    this.#used.add(path);
    return entry;
  }

  add(entry: Entry): void {
    this.#entries.set(entry.path, entry);
    this.#used.add(entry.path);
    this.#changed = true;
  }

  /** Writes what is new. Readers see the old file or the new one. A cache that cannot be written is a pity, not a failure. */
  save(): void {
    if (!this.#changed) return;
    const crowded = this.#entries.size > 2 * this.#used.size + SPARE;
    const kept = crowded ? [...this.#entries.values()].filter(({ path }) => this.#used.has(path)) : [...this.#entries.values()];
    const bytes = encodeEntries(kept);
    const file = Buffer.alloc(HEAD + bytes.length);
    MAGIC.copy(file);
    file.set(bytes, HEAD);
    file.writeUInt32LE(crc32(file.subarray(HEAD)), MAGIC.length);
    try {
      const isNew = !existsSync(this.#file);
      mkdirSync(dirname(this.#file), { recursive: true });
      writeFileAtomic(this.#file, file, { mode: 0o600 });
      if (isNew) removeOldest(dirname(this.#file));
      this.#changed = false;
    } catch (error) {
      if (!(error instanceof Error) || !("syscall" in error)) throw error;
    }
  }
}

/** Also what a crash left of a file that was never renamed. */
function removeOldest(directory: string): void {
  const names = readdirSync(directory);
  if (names.length <= MAX_FILES) return;
  const times = new Map(names.map((name) => [name, statSync(`${directory}/${name}`, { throwIfNoEntry: false })?.mtimeMs ?? 0]));
  for (const name of names.sort((a, b) => times.get(b)! - times.get(a)!).slice(MAX_FILES)) rmSync(`${directory}/${name}`, { force: true });
}

function readEntries(path: string): readonly Entry[] {
  let file: Buffer;
  try {
    file = readFileSync(path);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "EISDIR", "EACCES")) return [];
    throw error;
  }
  if (file.length <= HEAD || !file.subarray(0, MAGIC.length).equals(MAGIC)) return [];
  const bytes = file.subarray(HEAD);
  return file.readUInt32LE(MAGIC.length) === crc32(bytes) ? decodeEntries(new Uint8Array(bytes)) : [];
}
