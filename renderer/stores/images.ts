import { createStore } from "zustand/vanilla";
import type { RemovalPreview } from "../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { ReadOrder } from "../lib/read-order.ts";
import { removing, type Keep } from "./bin.ts";
import { client } from "./host.ts";
import { toImageEntries, toImageRows, type ImageEntry, type ImageRow } from "./image-row.ts";
import { report } from "./report.ts";

export { toImageRows, type ImageEntry, type ImageRow } from "./image-row.ts";

export interface ImagesState {
  readonly phase: "loading" | "ready" | "failed";
  /** One for each tag. */
  readonly rows: readonly ImageRow[];
  /** One for each image and repository. */
  readonly entries: readonly ImageEntry[];
  readonly error: IpcErrorInfo | undefined;
}

export const imagesStore = createStore<ImagesState>(() => ({ phase: "loading", rows: [], entries: [], error: undefined }));

const gatherMs = 80;
const order = new ReadOrder();
let gathering: ReturnType<typeof setTimeout> | undefined;

export async function readImages(): Promise<void> {
  const counts = order.ask();
  try {
    const list = await client().images.list();
    if (!counts()) return;
    const state = imagesStore.getState();
    const rowsBefore = new Map(state.rows.map((row) => [row.key, row]));
    const entriesBefore = new Map(state.entries.map((entry) => [entry.key, entry]));
    imagesStore.setState({ phase: "ready", rows: list.flatMap((info) => toImageRows(info, rowsBefore)), entries: list.flatMap((info) => toImageEntries(info, entriesBefore)), error: undefined });
  } catch (error) {
    if (!counts()) return;
    const info = toIpcErrorInfo(error);
    imagesStore.setState((state) => ({ error: info, phase: state.phase === "ready" ? "ready" : "failed" }));
  }
}

export function onImageEvent(): void {
  gathering ??= setTimeout(() => {
    gathering = undefined;
    void readImages();
  }, gatherMs);
}

/** What removing these names or ids would do. @throws as the call */
export function previewRemoval(names: readonly string[], force: boolean, signal?: AbortSignal): Promise<RemovalPreview> {
  return client().imageContents.previewRemoval({ names: [...names], force }, signal ? { signal } : {});
}

/**
 * Removes names, or images by id, one after the other; what fails stays and appears as a toast.
 * @param keep can be taken back where the engine can, and is told of each that can
 * @returns what is gone for good
 */
export async function removeImages(names: readonly string[], force: boolean, keep?: Keep): Promise<{ untagged: string[]; deleted: string[] }> {
  const untagged: string[] = [];
  const deleted: string[] = [];
  const failures: { readonly name: string; readonly error: unknown }[] = [];
  for (const name of names) {
    try {
      const gone = await removing({ kind: "image", name, force }, keep, () => client().images.remove({ id: name, force }));
      untagged.push(...(gone?.untagged ?? []));
      deleted.push(...(gone?.deleted ?? []));
    } catch (error) {
      failures.push({ name, error });
    }
  }
  await readImages();
  const [first] = failures;
  if (first) report(failures.length === 1 ? `${first.name} was not removed.` : `${failures.length} of ${names.length} were not removed.`, first.error);
  return { untagged, deleted };
}

/** Gives an image one more name; a name that another image has moves. @throws as the call */
export async function tagImage(id: string, target: string): Promise<void> {
  await client().images.tag({ id, target });
  await readImages();
}
