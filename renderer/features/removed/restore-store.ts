import { createStore } from "zustand/vanilla";
import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { toIpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { restore, undo } from "../../stores/bin.ts";
import { plural } from "../../lib/time.ts";
import { report } from "../../stores/report.ts";
import { entryName } from "../../stores/bin.ts";

/** The entry whose name is taken, and what the engine said of it: the dialog asks for another one. */
export const renamingStore = createStore<{ readonly entry: BinEntry; readonly message: string } | { readonly entry: undefined }>(() => ({ entry: undefined }));

/** Brings entries back. Where the name of a single one is taken, another is asked for. */
export async function bringBack(entries: readonly BinEntry[]): Promise<void> {
  const [first] = entries;
  if (!first) return;
  if (entries.length > 1) return undo(entries, plural(entries.length, "removed thing"));
  try {
    await restore(first);
  } catch (error) {
    const { code, message } = toIpcErrorInfo(error);
    if (code === "conflict" || code === "alreadyExists") renamingStore.setState({ entry: first, message }, true);
    else report(`${entryName(first)} was not brought back.`, error);
  }
}
