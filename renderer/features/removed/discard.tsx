import type { BinEntry } from "../../../electron/ipc/contract/bin.ts";
import { size } from "../../lib/size.ts";
import { plural } from "../../lib/time.ts";
import { discard, entryName } from "../../stores/bin.ts";
import { notice } from "../../stores/notices.ts";
import { confirm } from "../../ui/overlay/confirms.ts";

/** Asks once, then removes for good. */
export function askDiscard(entries: readonly BinEntry[], after?: () => void): void {
  const [first] = entries;
  if (!first) return;
  const what = entries.length === 1 ? entryName(first) : plural(entries.length, "removed thing");
  const known = entries.every((entry) => entry.size !== null);
  const bytes = entries.reduce((sum, entry) => sum + (entry.size ?? 0), 0);
  confirm({
    title: `Delete ${what} for good`,
    body: <p>{entries.length === 1 ? "It" : "They"} cannot be brought back after that.{known && bytes > 0 && ` This frees ${size(bytes)}.`}</p>,
    action: `Delete ${what} for good`,
    run: async () => {
      const freed = await discard(entries);
      notice({ kind: "done", title: freed > 0 ? `${size(freed)} freed.` : `${what} deleted for good.` });
      after?.();
    },
  });
}
