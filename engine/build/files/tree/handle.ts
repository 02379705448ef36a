import type { Selected } from "../files.ts";
import type { Match } from "./select.ts";

/** {@link Selected.handle} of this folder's trees: plain data, all that a copy needs. */
export interface SelectionHandle {
  readonly source: CopyFrom;
  readonly matches: readonly Match[];
  /** Of encodeEntries. */
  readonly entries: Uint8Array;
}

/** Where the content of files is. */
export type CopyFrom =
  | { readonly type: "directory"; readonly root: string }
  | { readonly type: "tar"; readonly spool: string };

export function handleOf(selected: Selected): SelectionHandle {
  return selected.handle as SelectionHandle;
}
