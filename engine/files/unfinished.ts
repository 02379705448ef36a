import { randomBytes } from "node:crypto";
import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { isSystemError } from "../base/errors.ts";
import type { TreeOwner, Unfinished } from "./files.ts";
import type { Place } from "./place.ts";

/** A name beside a place for what is not finished, noted until disposed. */
export interface Temporary extends Disposable {
  readonly name: string;
}

/**
 * Chooses a name that nobody has and notes it first, so that the next engine finds what this one leaves when it is killed, and takes no user's file for it.
 * @param notes the directory of notes, one file for each, called as the temporary name
 */
export function noteTemporary(notes: string, owner: TreeOwner, { path }: Place): Temporary {
  const name = `.slipway-${randomBytes(6).toString("hex")}`;
  const note = join(notes, name);
  mkdirSync(notes, { recursive: true, mode: 0o700 });
  writeFileSync(note, JSON.stringify({ owner, path: `${path.slice(0, path.lastIndexOf("/"))}/${name}` }));
  return { name, [Symbol.dispose]: () => rmSync(note, { force: true }) };
}

/** What is noted now. */
export function readNotes(notes: string): Unfinished[] {
  let names: string[];
  try {
    names = readdirSync(notes);
  } catch (error) {
    if (isSystemError(error, "ENOENT")) return [];
    throw error;
  }
  return names.flatMap((note) => {
    try {
      return [{ note, ...(JSON.parse(readFileSync(join(notes, note), "utf8")) as Omit<Unfinished, "note">) }];
    } catch (error) {
      if (!(error instanceof SyntaxError)) throw error;
      // It was being written: nothing of that name has been made.
      dropNote(notes, note);
      return [];
    }
  });
}

export function dropNote(notes: string, note: string): void {
  rmSync(join(notes, note), { force: true });
}
