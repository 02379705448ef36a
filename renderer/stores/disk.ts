import { createStore } from "zustand/vanilla";
import type { DiskItem, DiskKind, DiskRef, DiskReport, FreePreview } from "../../electron/ipc/contract/disk.ts";
import type { DockerEvent } from "../../electron/ipc/contract/events.ts";
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
  /** How often everything was known. */
  readonly reads: number;
  readonly error: IpcErrorInfo | undefined;
  /** What is being freed. */
  readonly freeing: { readonly bytes: number; readonly done: number; readonly of: number; readonly name: string } | undefined;
  /** What the last freeing left, and why. */
  readonly failures: readonly { readonly kind: DiskKind; readonly name: string; readonly message: string }[];
}

export const diskStore = createStore<DiskState>(() => ({ phase: "idle", items: new Map(), totals: undefined, reads: 0, error: undefined, freeing: undefined, failures: [] }));

/** Events after which other things are there, or take other space. */
const telling: ReadonlySet<string> = new Set(["create", "destroy", "die", "start", "pull", "delete", "tag", "untag", "load", "import"]);
const gatherMs = 700;

let reading: AbortController | undefined;
let waiting: ReturnType<typeof setTimeout> | undefined;
let isLookedAt = false;
/** Something came or went since the last reading began. */
let isStale = false;
/** The last reading, in milliseconds. */
let tookMs = 0;
let working: AbortController | undefined;

export function diskKey({ kind, id }: DiskRef): string {
  return `${kind} ${id}`;
}

/** What a key names. */
export function diskRef(key: string): DiskRef {
  const space = key.indexOf(" ");
  return { kind: key.slice(0, space) as DiskKind, id: key.slice(space + 1) };
}

/** Reads everything that takes space. What was read before stays until the new list is there. */
export async function readDisk(): Promise<void> {
  reading?.abort();
  const own = (reading = new AbortController());
  const { signal } = own;
  const began = performance.now();
  isStale = false;
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
    if (signal.aborted) return;
    tookMs = performance.now() - began;
    diskStore.setState(({ reads }) => ({ phase: "ready", reads: reads + 1 }));
    if (isStale && isLookedAt) readSoon();
  } catch (error) {
    if (!signal.aborted) diskStore.setState({ phase: "failed", error: toIpcErrorInfo(error) });
  }
}

function lastSize(item: DiskItem | undefined): Pick<DiskItem, "bytes" | "sharedBytes"> | undefined {
  return item && { bytes: item.bytes, sharedBytes: item.sharedBytes };
}

/** Keeps what is read true while somebody looks. @returns what ends that */
export function lookAtDisk(): () => void {
  const onVisible = (): void => {
    if (!document.hidden && isStale) readSoon();
  };
  document.addEventListener("visibilitychange", onVisible);
  isLookedAt = true;
  void readDisk();
  return () => {
    document.removeEventListener("visibilitychange", onVisible);
    isLookedAt = false;
    clearTimeout(waiting);
    waiting = undefined;
    reading?.abort();
  };
}

/** Something came or went. */
export function onDiskEvent({ action }: DockerEvent): void {
  if (!isLookedAt || !telling.has(action)) return;
  isStale = true;
  readSoon();
}

/** Reads again in a while: measuring must not become all that the engine does. */
function readSoon(): void {
  const { phase, freeing } = diskStore.getState();
  if (document.hidden || phase === "reading" || freeing !== undefined) return;
  waiting ??= setTimeout(() => {
    waiting = undefined;
    void readDisk();
  }, Math.max(gatherMs, tookMs * 5));
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
