import type { DiskItem, DiskKind } from "../../../../electron/ipc/contract/disk.ts";
import { plural } from "../../../lib/time.ts";
import { diskKey } from "../../../stores/disk.ts";
import { href } from "../../../stores/route.ts";

/** In the order of the overview; what it says of a kind, and of one of them. */
export const kinds: readonly { readonly kind: DiskKind; readonly all: string; readonly one: string }[] = [
  { kind: "image", all: "Images", one: "image" },
  { kind: "container", all: "Containers", one: "container" },
  { kind: "volume", all: "Volumes", one: "volume" },
  { kind: "cache", all: "Build cache", one: "build cache record" },
  { kind: "log", all: "Logs", one: "log" },
  { kind: "transfer", all: "Unfinished transfers", one: "unfinished transfer" },
  { kind: "engine", all: "Engine", one: "record of the engine" },
  { kind: "other", all: "Other", one: "other" },
  { kind: "layer", all: "Shared layers", one: "layer" },
];

const words = new Map(kinds.map(({ kind, ...rest }) => [kind, rest]));

/** "Image", "Build cache": what a row says it is. */
export function kindName(kind: DiskKind): string {
  if (kind === "cache" || kind === "engine" || kind === "other") return words.get(kind)!.all;
  const one = kind === "transfer" ? "transfer" : words.get(kind)!.one;
  return `${one.charAt(0).toUpperCase()}${one.slice(1)}`;
}

/** "2 images, 1 volume". */
export function countsOf(items: readonly DiskItem[]): string {
  return kinds.flatMap(({ kind, one }) => {
    const count = items.filter((item) => item.kind === kind).length;
    return count === 0 || kind === "other" ? [] : [plural(count, one)];
  }).join(", ") || "leftovers";
}

/** "build cache record", as it stands in a sentence. */
export function nounOf(kind: DiskKind): string {
  return words.get(kind)!.one;
}

/**
 * Why a row cannot be selected; null where it can. What uses it has to be selected before it.
 * @param selected keys of rows
 */
export function whyNot(item: DiskItem, selected: ReadonlySet<string>): string | null {
  if (item.fixed !== null) return item.fixed;
  const users = item.users.filter((user) => !selected.has(diskKey(user)));
  const running = users.find((user) => user.running);
  const [first] = running ? [running] : users;
  if (first === undefined) return item.userCount > item.users.length ? "Too many use it: free some of them first." : null;
  const what = first.kind === "cache" ? `The cached step ${first.name}` : `The ${first.kind} ${first.name}`;
  return `${what}${users.length > 1 ? ` and ${users.length - 1} more use` : " uses"} it${running ? ` and ${users.length > 1 ? "one of them runs" : "runs"}: stop it first.` : ": select that first."}`;
}

/** Of these rows the ones that can go together: what is used by one that stays, stays. */
export function settled(wanted: Iterable<string>, items: ReadonlyMap<string, DiskItem>): ReadonlySet<string> {
  const selected = new Set(wanted);
  for (let before = -1; before !== selected.size; ) {
    before = selected.size;
    for (const key of selected) {
      const item = items.get(key);
      if (item === undefined || whyNot(item, selected) !== null) selected.delete(key);
    }
  }
  return selected;
}

/** Where an item is looked at. */
export function addressOf({ kind, id }: DiskItem): string | undefined {
  if (kind === "image") return href.image(id);
  if (kind === "container") return href.container(id);
  if (kind === "log") return href.container(id, "logs");
  if (kind === "volume") return href.volume(id);
  return undefined;
}

/** What goes when it goes alone. */
export function uniqueBytes({ bytes, sharedBytes }: DiskItem): number | null {
  return bytes === null || sharedBytes === null ? null : bytes - sharedBytes;
}
