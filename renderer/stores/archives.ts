/** Images that are saved to files or read from them: owned here, so that a dialog may close meanwhile. */
import { createStore } from "zustand/vanilla";
import type { ArchiveEvent, ArchiveKind } from "../../electron/ipc/contract/image-archives.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { client } from "./host.ts";
import { readImages } from "./images.ts";
import { notice } from "./notices.ts";
import { report } from "./report.ts";
import { href, navigate } from "./route.ts";

export interface ArchiveTask {
  readonly phase: "running" | "done" | "failed";
  /** What it is about: a path, or the name of a file. */
  readonly what: string;
  readonly bytes: number;
  readonly totalBytes: number | null;
  readonly bytesPerSecond: number;
  /** References or ids that came. */
  readonly loaded: readonly string[];
  readonly savedBytes: number;
  readonly error: IpcErrorInfo | undefined;
}

export type TaskKind = "save" | "load";

export const archivesStore = createStore<Readonly<Record<TaskKind, ArchiveTask | undefined>>>(() => ({ save: undefined, load: undefined }));

const cancels = new Map<TaskKind, AbortController>();
const watched = new Set<TaskKind>();
/** One message holds this many bytes of a file. */
const CHUNK = 256 * 1024;

/** Says whether a dialog shows the task: its end is seen there and needs no notice. */
export function watchArchive(kind: TaskKind, on: boolean): void {
  if (on) watched.add(kind);
  else watched.delete(kind);
}

export function cancelArchive(kind: TaskKind): void {
  cancels.get(kind)?.abort();
}

/** Forgets a task that has ended. */
export function clearArchive(kind: TaskKind): void {
  if (archivesStore.getState()[kind]?.phase !== "running") archivesStore.setState({ [kind]: undefined });
}

/** Writes images to a file of the host's machine. */
export function saveImages(names: readonly string[], path: string, replace: boolean): void {
  run("save", path, (signal) => client().imageArchives.save({ names: [...names], path, replace }, { signal }));
}

/** Reads a file of the host's machine. */
export function readArchive(path: string, what: ArchiveKind): void {
  run("load", path, (signal) => client().imageArchives.read({ path, what }, { signal }));
}

/** Sends a file of this window's machine. */
export function uploadArchive(file: File, what: ArchiveKind): void {
  run("load", file.name, async (signal) => {
    const streamId = crypto.randomUUID();
    const events = await client().imageArchives.upload({ streamId, what, totalBytes: file.size }, { signal });
    return sending(events, () => send(file, streamId, signal));
  });
}

/** The events of an upload, whose bytes are sent once its first one says that it is open. */
async function* sending(events: AsyncIterable<ArchiveEvent>, begin: () => Promise<void>): AsyncGenerator<ArchiveEvent> {
  let sent: Promise<void> | undefined;
  for await (const event of events) {
    // What stops the bytes ends the events too, with the reason.
    sent ??= begin().catch(() => undefined);
    yield event;
  }
}

async function send(file: File, streamId: string, signal: AbortSignal): Promise<void> {
  for (let from = 0; from < file.size && !signal.aborted; from += CHUNK) {
    const bytes = new Uint8Array(await file.slice(from, from + CHUNK).arrayBuffer());
    let data = "";
    for (let at = 0; at < bytes.length; at += 8192) data += String.fromCharCode(...bytes.subarray(at, at + 8192));
    await client().imageArchives.write({ streamId, data });
  }
  if (!signal.aborted) await client().imageArchives.end({ streamId });
}

function run(kind: TaskKind, what: string, open: (signal: AbortSignal) => Promise<AsyncIterable<ArchiveEvent>>): void {
  if (archivesStore.getState()[kind]?.phase === "running") return;
  const cancel = new AbortController();
  cancels.set(kind, cancel);
  const started = performance.now();
  const update = (part: Partial<ArchiveTask>) => archivesStore.setState((tasks) => ({ [kind]: { ...(tasks[kind] ?? fresh(what)), ...part } }));
  archivesStore.setState({ [kind]: fresh(what) });
  void (async () => {
    try {
      for await (const event of await open(cancel.signal)) {
        if (event.type === "progress") update({ bytes: event.bytes, totalBytes: event.totalBytes, bytesPerSecond: event.bytes / Math.max(0.1, (performance.now() - started) / 1000) });
        else if (event.type === "saved") update({ phase: "done", what: event.path, savedBytes: event.bytes });
        else {
          update({ phase: "done", loaded: event.images });
          await readImages();
        }
      }
      if (!watched.has(kind)) tell(kind);
    } catch (error) {
      const info = toIpcErrorInfo(error);
      if (cancel.signal.aborted || info.code === "cancelled") archivesStore.setState({ [kind]: undefined });
      else {
        update({ phase: "failed", error: info });
        if (!watched.has(kind)) report(kind === "save" ? `${what} was not written.` : `${what} was not loaded.`, error);
      }
    } finally {
      cancels.delete(kind);
    }
  })();
}

function fresh(what: string): ArchiveTask {
  return { phase: "running", what, bytes: 0, totalBytes: null, bytesPerSecond: 0, loaded: [], savedBytes: 0, error: undefined };
}

function tell(kind: TaskKind): void {
  const task = archivesStore.getState()[kind];
  if (task?.phase !== "done") return;
  const [first] = task.loaded;
  if (kind === "save") notice({ kind: "done", title: `${task.what} is written.` });
  else notice({ kind: "done", title: `${task.what} is loaded.`, ...(first !== undefined && { actions: [{ label: "Show image", run: () => navigate(href.image(first)) }] }) });
  clearArchive(kind);
}
