/** Dockerfiles that are open: what is on the disk, and what was typed and is not saved. Kept through navigation. */
import { createStore } from "zustand/vanilla";
import type { HostFile } from "../../../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { client } from "../../../stores/host.ts";

export interface OpenDocument {
  readonly path: string;
  readonly phase: "loading" | "ready" | "failed" | "saving";
  readonly file: HostFile | undefined;
  readonly text: string;
  readonly error: IpcErrorInfo | undefined;
  /** Texts that undo and redo go to, the nearest last. */
  readonly past: readonly string[];
  readonly future: readonly string[];
  /** What changed the text last: what is typed in one go is undone in one go. */
  readonly changedBy: "typing" | "card" | undefined;
}

/** How far undo goes back. */
const longestPast = 100;

export const documentsStore = createStore<ReadonlyMap<string, OpenDocument>>(() => new Map());

function change(path: string, part: Partial<OpenDocument>): void {
  const before = documentsStore.getState().get(path) ?? { path, phase: "loading", file: undefined, text: "", error: undefined, past: [], future: [], changedBy: undefined };
  documentsStore.setState(new Map(documentsStore.getState()).set(path, { ...before, ...part }), true);
}

/** Whether something was typed that is not on the disk. */
export function isDirty(document: OpenDocument | undefined): boolean {
  return document?.file !== undefined && document.text !== document.file.text;
}

/** Reads the file, or what became of it meanwhile; what was typed stays. */
export async function openDocument(path: string): Promise<void> {
  const known = documentsStore.getState().get(path);
  if (known?.phase === "saving") return;
  if (!known) change(path, { phase: "loading" });
  try {
    const file = await client().builds.readFile({ path });
    const now = documentsStore.getState().get(path);
    // A draft stays on the version it was typed on: saving it then says that the file has changed.
    if (isDirty(now)) return;
    if (now?.phase === "ready" && now.file?.version === file.version) return;
    change(path, { phase: "ready", file, text: file.text, error: undefined, past: [], future: [], changedBy: undefined });
  } catch (error) {
    if (!isDirty(documentsStore.getState().get(path))) change(path, { phase: "failed", error: toIpcErrorInfo(error) });
  }
}

/** Takes what is on the disk and gives up what was typed, which undo brings back. */
export async function reloadDocument(path: string): Promise<void> {
  try {
    const file = await client().builds.readFile({ path });
    editDocument(path, file.text, "card");
    change(path, { phase: "ready", file, error: undefined });
  } catch (error) {
    change(path, { error: toIpcErrorInfo(error) });
  }
}

/** Changes the text. Each change of a card is undone by itself, typing in one go. */
export function editDocument(path: string, text: string, by: "typing" | "card"): void {
  const document = documentsStore.getState().get(path);
  if (!document || document.text === text) return;
  const step = by === "card" || document.changedBy !== "typing";
  change(path, { text, changedBy: by, future: [], past: step ? [...document.past, document.text].slice(-longestPast) : document.past });
}

/** Takes the last change back. */
export function undoDocument(path: string): void {
  const document = documentsStore.getState().get(path);
  const before = document?.past.at(-1);
  if (!document || before === undefined) return;
  change(path, { text: before, changedBy: undefined, past: document.past.slice(0, -1), future: [...document.future, document.text] });
}

/** Makes the change again that was taken back last. */
export function redoDocument(path: string): void {
  const document = documentsStore.getState().get(path);
  const after = document?.future.at(-1);
  if (!document || after === undefined) return;
  change(path, { text: after, changedBy: undefined, past: [...document.past, document.text], future: document.future.slice(0, -1) });
}

/**
 * Saves what was typed.
 * @param force over whatever is there now
 * @returns whether the file now is what was typed
 */
export async function saveDocument(path: string, force = false): Promise<boolean> {
  const document = documentsStore.getState().get(path);
  if (!document?.file || document.phase === "saving") return false;
  const { text } = document;
  change(path, { phase: "saving", error: undefined });
  try {
    const version = force ? (await client().builds.readFile({ path })).version : document.file.version;
    const file = await client().builds.saveFile({ path, text, version });
    change(path, { phase: "ready", file });
    return true;
  } catch (error) {
    change(path, { phase: "ready", error: toIpcErrorInfo(error) });
    return false;
  }
}
