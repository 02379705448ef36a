import { createStore } from "zustand/vanilla";
import type { DiskItem, DiskKind, DiskRef, DiskReport, FreePreview } from "../../electron/ipc/contract/disk.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { size } from "../lib/size.ts";
import { plural } from "../lib/time.ts";
import { client } from "./host.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";

export interface DiskState {
  readonly phase: "idle" | "reading" | "ready" | "failed";
  /** By {@link diskKey}. */
  readonly items: ReadonlyMap<string, DiskItem>;
  /** The last report without its items. */
  readonly totals: Omit<DiskReport, "items"> | undefined;
  /** When everything was known, in milliseconds since the epoch. */
  readonly readAt: number | undefined;
  readonly error: IpcErrorInfo | undefined;
  /** What is being freed. */
  readonly freeing: { readonly bytes: number; readonly done: number; readonly of: number; readonly name: string } | undefined;
  /** What the last freeing left, and why. */
  readonly failures: readonly { readonly kind: DiskKind; readonly name: string; readonly message: string }[];
}

const nothing: DiskState = { phase: "idle", items: new Map(), totals: undefined, readAt: undefined, error: undefined, freeing: undefined, failures: [] };
export const diskStore = createStore<DiskState>(() => nothing);

let reading: AbortController | undefined;
let working: AbortController | undefined;

export function diskKey({ kind, id }: DiskRef): string {
  return `${kind} ${id}`;
}

/** Reads everything that takes space. What was read before stays until the new list is there. */
export async function readDisk(): Promise<void> {
  reading?.abort();
  const own = (reading = new AbortController());
  const { signal } = own;
  diskStore.setState({ phase: "reading", error: undefined });
  try {
    let items: Map<string, DiskItem> | undefined;
    for await (const { items: changed, ...totals } of await client().disk.read(undefined, { signal })) {
      if (signal.aborted) return;
      const before = items === undefined ? diskStore.getState().items : undefined;
      items = new Map(items);
      // What is measured again keeps its last size meanwhile.
      for (const item of changed) items.set(diskKey(item), item.bytes === null ? { ...item, ...lastSize(before?.get(diskKey(item))) } : item);
      diskStore.setState({ items, totals });
    }
    if (!signal.aborted) diskStore.setState({ phase: "ready", readAt: Date.now() });
  } catch (error) {
    if (!signal.aborted) diskStore.setState({ phase: "failed", error: toIpcErrorInfo(error) });
  }
}

function lastSize(item: DiskItem | undefined): Pick<DiskItem, "bytes" | "sharedBytes"> | undefined {
  return item && { bytes: item.bytes, sharedBytes: item.sharedBytes };
}

/** Gives up what is being read: nobody looks. */
export function leaveDisk(): void {
  reading?.abort();
}

/** Another engine has other things. */
export function forgetDisk(): void {
  reading?.abort();
  diskStore.setState(nothing, true);
}

/** What freeing these would do. @throws as the call */
export function previewFree(items: readonly DiskRef[], signal: AbortSignal): Promise<FreePreview> {
  return client().disk.preview({ items: items.map(({ kind, id }) => ({ kind, id })) }, { signal });
}

/** Frees what was previewed, and reads everything again. It goes on when the screen is left; how it ended is told in passing. */
export async function freeDisk({ items, freedBytes, isExact }: FreePreview): Promise<void> {
  const { signal } = (working = new AbortController());
  diskStore.setState({ freeing: { bytes: freedBytes, done: 0, of: items.length, name: items[0]?.name ?? "" }, failures: [] });
  try {
    for await (const event of await client().disk.free({ items: items.map(({ kind, id }) => ({ kind, id })) }, { signal })) {
      if (event.type === "removed") diskStore.setState({ freeing: { bytes: freedBytes, done: event.done, of: event.of, name: event.item.name } });
      else if (event.type === "failed") diskStore.setState(({ failures }) => ({ failures: [...failures, { kind: event.item.kind, name: event.item.name, message: event.message }] }));
      else if (event.removed > 0) notice({ kind: "done", title: `${isExact ? "" : "About "}${size(event.freedBytes)} freed.`, description: `${plural(event.removed, "item")} removed.` });
    }
  } catch (error) {
    report("Not everything was freed.", error);
  } finally {
    diskStore.setState({ freeing: undefined });
    await readDisk();
  }
}

/** Stops after the item that is being removed. */
export function stopFreeing(): void {
  working?.abort();
}

export function dismissFailures(): void {
  diskStore.setState({ failures: [] });
}
