import { closeSync, openSync, readSync } from "node:fs";
import { decodeEntries } from "./entry-codec.ts";
import { parentOf, baseOf } from "./entry.ts";
import type { Entry } from "./entry.ts";
import type { TreeView } from "./view.ts";

/** A tar's index as a tree; the content of files is read from the spool. */
export class TarView implements TreeView {
  readonly #entries: ReadonlyMap<string, Entry>;
  readonly #names = new Map<string, string[]>();
  readonly #spool: number;

  /**
   * @param index of encodeEntries, in the order of a walk
   * @param keepOwners false makes everything root's
   */
  constructor(spool: string, index: Uint8Array, keepOwners: boolean) {
    const entries = decodeEntries(index).map((entry) => (keepOwners || (entry.uid === 0 && entry.gid === 0) ? entry : { ...entry, uid: 0, gid: 0 }));
    this.#entries = new Map(entries.map((entry) => [entry.path, entry]));
    for (const { path, type } of entries) {
      if (type === "directory") this.#names.set(path, []);
      if (path !== "") this.#names.get(parentOf(path))!.push(baseOf(path));
    }
    this.#spool = openSync(spool, "r");
  }

  entry(path: string): Entry | undefined {
    return this.#entries.get(path);
  }

  names(path: string): readonly string[] {
    return this.#names.get(path) ?? [];
  }

  hashed(entry: Entry): Entry {
    return entry;
  }

  read(entry: Entry): Uint8Array {
    const bytes = Buffer.alloc(entry.size);
    const ranges = entry.ranges ?? [{ offset: 0, length: entry.size }];
    let position = entry.offset;
    for (const { offset, length } of ranges) {
      for (let done = 0; done < length; ) {
        const read = readSync(this.#spool, bytes, offset + done, length - done, position);
        if (read === 0) return bytes;
        done += read;
        position += read;
      }
    }
    return bytes;
  }

  isHidden(): boolean {
    return false;
  }

  [Symbol.dispose](): void {
    closeSync(this.#spool);
  }
}
