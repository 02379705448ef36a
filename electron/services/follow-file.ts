/** The end of a text file, and what is written to it from then on. The kernel says when; nothing is polled. */
import { watch } from "node:fs";
import { mkdir, open } from "node:fs/promises";
import type { FileHandle } from "node:fs/promises";
import { basename, dirname } from "node:path";
import { StringDecoder } from "node:string_decoder";
import type { EngineLogEvent } from "../ipc/contract/own-engine.ts";

const TAIL_BYTES = 256 * 1024;
const CHUNK_BYTES = 64 * 1024;

/** Follows `path` through truncation and replacement until `signal` aborts. A file that is not there yet is waited for. */
export async function* followFile(path: string, signal: AbortSignal): AsyncGenerator<EngineLogEvent, void, void> {
  let wake: (() => void) | undefined;
  let changed = false;
  const stir = (): void => {
    changed = true;
    wake?.();
  };
  await mkdir(dirname(path), { recursive: true, mode: 0o700 }).catch(() => undefined);
  const watcher = watch(dirname(path), { persistent: false }, (_event, name) => {
    if (name === basename(path)) stir();
  });
  watcher.on("error", stir);
  signal.addEventListener("abort", stir, { once: true });
  let reader: Reader | undefined;
  try {
    while (!signal.aborted) {
      changed = false;
      if (reader === undefined || (await reader.isReplaced(path))) {
        await reader?.close();
        reader = await Reader.open(path);
        yield { type: "begin", cut: reader?.cut ?? false };
      }
      for (let text = await reader?.read(); text !== undefined && text !== ""; text = await reader?.read()) yield { type: "text", text };
      if (!changed) await new Promise<void>((resolve) => (wake = resolve));
    }
  } finally {
    signal.removeEventListener("abort", stir);
    watcher.close();
    await reader?.close();
  }
}

class Reader {
  readonly #file: FileHandle;
  readonly #inode: number;
  readonly #decoder = new StringDecoder("utf8");
  readonly cut: boolean;
  #at: number;

  private constructor(file: FileHandle, inode: number, at: number) {
    this.#file = file;
    this.#inode = inode;
    this.#at = at;
    this.cut = at > 0;
  }

  /** Begins at a line, at most {@link TAIL_BYTES} before the end. Undefined while the file is not there. */
  static async open(path: string): Promise<Reader | undefined> {
    const file = await open(path, "r").catch(() => undefined);
    if (file === undefined) return undefined;
    const { ino, size } = await file.stat();
    const reader = new Reader(file, ino, Math.max(0, size - TAIL_BYTES));
    if (reader.cut) await reader.#skipLine();
    return reader;
  }

  async #skipLine(): Promise<void> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, this.#at);
    const end = buffer.subarray(0, bytesRead).indexOf(10);
    if (end >= 0) this.#at += end + 1;
  }

  /** What was added, or "". */
  async read(): Promise<string> {
    const { buffer, bytesRead } = await this.#file.read(Buffer.alloc(CHUNK_BYTES), 0, CHUNK_BYTES, this.#at);
    this.#at += bytesRead;
    return this.#decoder.write(buffer.subarray(0, bytesRead));
  }

  async isReplaced(path: string): Promise<boolean> {
    const now = await open(path, "r").catch(() => undefined);
    if (now === undefined) return false;
    try {
      const { ino, size } = await now.stat();
      return ino !== this.#inode || size < this.#at;
    } finally {
      await now.close();
    }
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
