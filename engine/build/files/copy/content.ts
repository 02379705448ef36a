import { createHash, hash } from "node:crypto";
import { closeSync, constants, fstatSync, ftruncateSync, openSync, readSync, writeSync } from "node:fs";
import type { BigIntStats } from "node:fs";
import { setImmediate as nextTurn } from "node:timers/promises";
import { throwIfAborted } from "../../../base/abort.ts";
import { EngineError, isSystemError } from "../../../base/errors.ts";
import { cloneFileBlocks, copyRange, nextData } from "../../../sys/copy-range.ts";
import { fsPath } from "../../../sys/names.ts";
import { ConfinedRoot } from "../../../sys/root.ts";
import type { DataRange, Entry } from "../tree/entry.ts";
import type { CopyFrom } from "../tree/handle.ts";

/** The content of one file, ready to be written. */
export type Content =
  | { readonly type: "bytes"; readonly bytes: Uint8Array }
  /** A large file; whoever gets it closes it. `start` is where its bytes begin in `fd`. */
  | { readonly type: "open"; readonly fd: number; readonly start: number; readonly close: () => void };

/** Files up to this size are read at once, many together. */
const SMALL = 256 * 1024;
/** What is read ahead: files, and bytes of small ones. */
const BATCH_FILES = 64;
const BATCH_BYTES = 4 << 20;
/** Copied before a look for the message of an abort. */
const STEP = 64 << 20;

/** Where the files of a selection are read from. */
export interface ContentSource extends Disposable {
  /**
   * The contents of these files, in order; those of type `bytes` until the next call.
   * @throws EngineError `conflict` for a file that is no longer the selected one
   */
  load(entries: readonly Entry[]): readonly Content[];
}

export function openSource(from: CopyFrom): ContentSource {
  return from.type === "directory" ? new DirectorySource(from.root) : new SpoolSource(from.spool);
}

/** How many entries from `at` on are loaded together: at least one. */
export function batchEnd(entries: readonly Entry[], at: number): number {
  let end = at;
  for (let bytes = 0; end < entries.length && end - at < BATCH_FILES; end++) {
    const { type, size } = entries[end]!;
    if (type !== "file") continue;
    bytes += size > SMALL ? 0 : size;
    if (bytes > BATCH_BYTES && end > at) break;
  }
  return end;
}

class DirectorySource implements ContentSource {
  readonly #root: ConfinedRoot;
  readonly #memory = Buffer.allocUnsafeSlow(BATCH_BYTES + SMALL);

  constructor(root: string) {
    this.#root = new ConfinedRoot(root);
  }

  load(entries: readonly Entry[]): readonly Content[] {
    const opened: Content[] = [];
    try {
      this.#root.run(() => {
        let used = 0;
        for (const entry of entries) {
          const content = this.#open(entry, used);
          opened.push(content);
          if (content.type === "bytes") used += content.bytes.length;
        }
      });
      return opened;
    } catch (error) {
      for (const content of opened) if (content.type === "open") content.close();
      throw error;
    }
  }

  #open(entry: Entry, used: number): Content {
    const fd = openUnchanged(entry);
    let keep = false;
    try {
      if (entry.size <= SMALL) {
        const bytes = readExactly(fd, this.#memory.subarray(used, used + entry.size), entry);
        assertUnchanged(entry, fstatSync(fd, { bigint: true }));
        if (entry.racy && hash("sha256", bytes, "hex") !== entry.digest) throw changed(entry);
        return { type: "bytes", bytes };
      }
      keep = true;
      return {
        type: "open", fd, start: 0,
        close() {
          closeSync(fd);
        },
      };
    } finally {
      if (!keep) closeSync(fd);
    }
  }

  [Symbol.dispose](): void {
    this.#root[Symbol.dispose]();
  }
}

class SpoolSource implements ContentSource {
  readonly #fd: number;
  readonly #memory = Buffer.allocUnsafeSlow(BATCH_BYTES + SMALL);

  constructor(spool: string) {
    this.#fd = openSync(spool, "r");
  }

  load(entries: readonly Entry[]): readonly Content[] {
    let used = 0;
    return entries.map((entry): Content => {
      if (entry.size > SMALL || entry.ranges !== undefined) return { type: "open", fd: this.#fd, start: entry.offset, close: () => undefined };
      const bytes = this.#memory.subarray(used, used + entry.size);
      used += entry.size;
      for (let done = 0; done < bytes.length; ) {
        const read = readSync(this.#fd, bytes, done, bytes.length - done, entry.offset + done);
        if (read === 0) throw new EngineError("dataLoss", `the kept context ends in the middle of ${JSON.stringify(entry.path)}`);
        done += read;
      }
      return { type: "bytes", bytes };
    });
  }

  [Symbol.dispose](): void {
    closeSync(this.#fd);
  }
}

/** Writes a file's content to the new file `target`. Closes the content. */
export async function writeContent(content: Content, entry: Entry, target: number, signal: AbortSignal): Promise<void> {
  if (content.type === "bytes") {
    for (let done = 0; done < content.bytes.length; ) done += writeSync(target, content.bytes, done);
    return;
  }
  try {
    if (entry.ranges !== undefined) {
      let from = content.start;
      for (const { offset, length } of entry.ranges) {
        await copyPart(content.fd, from, target, { offset, length }, signal);
        from += length;
      }
      ftruncateSync(target, entry.size);
    } else if (content.start > 0) {
      await copyPart(content.fd, content.start, target, { offset: 0, length: entry.size }, signal);
    } else {
      await copyOpenFile(content.fd, entry, target, signal);
    }
  } finally {
    content.close();
  }
}

/** A large file of a directory, holes kept. */
async function copyOpenFile(source: number, entry: Entry, target: number, signal: AbortSignal): Promise<void> {
  const before = fstatSync(source, { bigint: true });
  assertUnchanged(entry, before);
  if (!cloneFileBlocks(source, target)) {
    if (before.blocks * 512n >= before.size) {
      await copyPart(source, 0, target, { offset: 0, length: entry.size }, signal);
    } else {
      for (let part = nextData(source, 0); part !== undefined; part = nextData(source, part.offset + part.length)) await copyPart(source, part.offset, target, part, signal);
      ftruncateSync(target, entry.size);
    }
  }
  assertUnchanged(entry, fstatSync(source, { bigint: true }));
  if (fstatSync(target).size !== entry.size || (entry.racy && hashFile(target) !== entry.digest)) throw changed(entry);
}

function hashFile(fd: number): string {
  const digest = createHash("sha256");
  const buffer = Buffer.allocUnsafe(SMALL);
  for (let position = 0, read = -1; read !== 0; position += read) {
    read = readSync(fd, buffer, 0, buffer.length, position);
    digest.update(buffer.subarray(0, read));
  }
  return digest.digest("hex");
}

async function copyPart(source: number, from: number, target: number, { offset, length }: DataRange, signal: AbortSignal): Promise<void> {
  for (let done = 0; done < length; ) {
    const copied = copyRange(source, from + done, target, offset + done, Math.min(length - done, STEP));
    if (copied === 0) return;
    done += copied;
    if (done >= length) return;
    await nextTurn();
    throwIfAborted(signal);
  }
}

/** Opens a selected file as `/` of a ConfinedRoot shows it. */
export function openUnchanged(entry: Entry): number {
  try {
    return openSync(fsPath(`/${entry.path}`), constants.O_RDONLY | constants.O_NOFOLLOW | constants.O_NONBLOCK | constants.O_NOCTTY);
  } catch (error) {
    if (isSystemError(error, "ENOENT", "ENOTDIR", "ELOOP", "ENXIO")) throw changed(entry, error);
    throw error;
  }
}

export function assertUnchanged(entry: Entry, stats: BigIntStats): void {
  if (!stats.isFile() || stats.ino !== entry.inode || stats.size !== BigInt(entry.size) || stats.mtimeNs !== entry.mtimeNs || stats.ctimeNs !== entry.ctimeNs) throw changed(entry);
}

function readExactly(fd: number, bytes: Buffer, entry: Entry): Buffer {
  try {
    for (let done = 0; done < bytes.length; ) {
      const read = readSync(fd, bytes, done, bytes.length - done, done);
      if (read === 0) throw changed(entry);
      done += read;
    }
    return bytes;
  } catch (error) {
    // Of a fifo or a directory that took the file's place.
    if (isSystemError(error, "ESPIPE", "EISDIR")) throw changed(entry, error);
    throw error;
  }
}

function changed(entry: Entry, cause?: unknown): EngineError {
  return new EngineError("conflict", `the file ${JSON.stringify(entry.path)} changed while the build was reading it: build again`, { cause, details: { changedFile: entry.path } });
}
