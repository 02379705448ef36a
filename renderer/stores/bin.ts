/** What was removed and can be brought back for a while, where the engine keeps it. */
import { createStore } from "zustand/vanilla";
import type { BinEntry, BinKind, BroughtBack } from "../../electron/ipc/contract/bin.ts";
import { toIpcErrorInfo } from "../../electron/ipc/errors.ts";
import { plural } from "../lib/time.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";
import { href, navigate } from "./route.ts";
import { settingsStore } from "./settings.ts";

export interface BinState {
  /** The last removed first. */
  readonly entries: readonly BinEntry[];
  /** Whether the engine keeps what is removed; undefined until it has said so. */
  readonly kept: boolean | undefined;
}

export const binStore = createStore<BinState>(() => ({ entries: [], kept: undefined }));

/** Is told of what was removed and can be brought back. */
export type Keep = (entry: BinEntry) => void;

let watching = new AbortController();

/** Reads the list and hears of changes from now on, until called again. */
export async function watchBin(): Promise<void> {
  watching.abort();
  watching = new AbortController();
  const { signal } = watching;
  try {
    for await (const event of await client().bin.watch(undefined, { signal })) {
      if (signal.aborted) return;
      binStore.setState(event.type === "all" ? { kept: true, entries: event.entries } : { kept: false, entries: [] });
    }
  } catch {
    // The stream ends with its connection; the feed calls again when there is a new one.
  }
}

/** How many things of a kind can be brought back. */
export function countRemoved(kind: BinKind): (state: BinState) => number {
  return ({ entries }) => entries.reduce((count, entry) => count + (entry.kind === kind ? 1 : 0), 0);
}

/** For how many hours a removal can be taken back now; 0: it is final. */
export function keepHours(): number {
  return binStore.getState().kept === true ? settingsStore.getState().keepRemovedHours : 0;
}

/** "for an hour", "for 7 days". */
export function hoursInWords(hours: number): string {
  if (hours === 1) return "for an hour";
  return hours % 24 === 0 ? `for ${plural(hours / 24, "day")}` : `for ${hours} hours`;
}

/** What a confirmation says of a way back. */
export function comesBack(hours: number, count: number): string {
  return count === 1 ? `It can be brought back ${hoursInWords(hours)}, and takes room on the disk until then.` : `They can be brought back ${hoursInWords(hours)}, and take room on the disk until then.`;
}

/**
 * Removes a thing: so that it can be brought back, which is told to `keep`; for good where that is not wanted, or the engine cannot.
 * @throws what the engine said
 */
export async function removing<T>(what: { readonly kind: BinKind; readonly name: string; readonly force?: boolean; readonly volumes?: boolean }, keep: Keep | undefined, forGood: () => Promise<T>): Promise<T | undefined> {
  const hours = keep ? keepHours() : 0;
  if (hours === 0) return forGood();
  keep?.(await client().bin.remove({ ...what, keepHours: hours }));
  return undefined;
}

/** Says what was removed, with a way back for all of it. @param what they are called together: "web-1", "3 volumes" */
export function offerUndo(removed: readonly BinEntry[], what: string): void {
  if (removed.length === 0) return;
  notice({ kind: "done", title: `${capital(what)} removed.`, actions: [{ label: "Undo", run: () => void undo(removed, what) }] });
}

/** Brings entries back, the last removed first; says in one message what became of it. */
export async function undo(removed: readonly BinEntry[], what: string): Promise<void> {
  const back: BroughtBack[] = [];
  const failed: { readonly entry: BinEntry; readonly error: unknown }[] = [];
  for (const entry of removed.toReversed()) {
    try {
      back.push(await client().bin.restore({ id: entry.id }));
    } catch (error) {
      failed.push({ entry, error });
    }
  }
  const [first] = failed;
  if (back.length > 0) sayBack(back, back.length === removed.length ? what : `${back.length} of ${removed.length}`);
  if (!first) return;
  const title = failed.length === 1 ? `${entryName(first.entry)} was not brought back.` : `${failed.length} were not brought back.`;
  // Under another name it can be.
  if (toIpcErrorInfo(first.error).code === "conflict") notice({ kind: "error", title, description: toIpcErrorInfo(first.error).message, actions: [{ label: "Recently removed", run: () => navigate(href.removed()) }] });
  else report(title, first.error);
}

/** Brings one back. @param name instead of its own @throws what the engine said: `conflict` for a name that is taken */
export async function restore(entry: BinEntry, name?: string): Promise<void> {
  const back = await client().bin.restore({ id: entry.id, ...(name !== undefined && { name }) });
  sayBack([back], name ?? entryName(entry));
}

function sayBack(back: readonly BroughtBack[], what: string): void {
  const warnings = back.flatMap((each) => each.warnings.map((warning) => (back.length === 1 ? `${capital(warning)}.` : `${each.name}: ${warning}.`)));
  const [first] = back;
  const show = first && back.length === 1 ? addressOf(first) : undefined;
  notice({ kind: "done", title: `${capital(what)} ${back.length === 1 ? "is" : "are"} back.`, ...(warnings.length > 0 && { description: warnings.join(" ") }), ...(show !== undefined && { actions: [{ label: "Show", run: () => navigate(show) }] }) });
}

function addressOf({ kind, id }: BroughtBack): string {
  const places: Record<BinKind, (id: string) => string> = { container: href.container, image: href.image, volume: href.volume, network: href.network };
  return places[kind](id);
}

/** Removes entries for good. @returns the bytes that are free now */
export async function discard(entries: readonly BinEntry[]): Promise<number> {
  let freed = 0;
  for (const entry of entries) {
    try {
      freed += (await client().bin.discard({ id: entry.id })).freedBytes;
    } catch (error) {
      report(`${entryName(entry)} was not removed for good.`, error);
    }
  }
  return freed;
}

/** An entry's name as it is shown: ids and names that were made by an engine are shortened. */
export function entryName({ name }: BinEntry): string {
  return /^(sha256:)?[0-9a-f]{64}$/.test(name) ? name.replace(/^sha256:/, "").slice(0, 12) : name;
}

/** Names begin as they are; counts and sentences with a capital letter. */
function capital(text: string): string {
  return /^(its|the) /.test(text) ? `${text.charAt(0).toUpperCase()}${text.slice(1)}` : text;
}
