import type { ImageInfo } from "dockerode";
import { createStore } from "zustand/vanilla";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../electron/ipc/errors.ts";
import { client } from "./host.ts";
import { report } from "./report.ts";

/** One tag of an image; an image without tags has one row of its own. */
export interface ImageRow {
  /** Unique in the list: tag and id. */
  readonly key: string;
  readonly id: string;
  readonly shortId: string;
  /** What to run: the tag, or the id of an image without one. */
  readonly reference: string;
  readonly repository: string;
  readonly tag: string;
  readonly size: number;
  /** Unix milliseconds. */
  readonly created: number;
  readonly info: ImageInfo;
}

export interface ImagesState {
  readonly phase: "loading" | "ready" | "failed";
  readonly rows: readonly ImageRow[];
  readonly error: IpcErrorInfo | undefined;
}

export const imagesStore = createStore<ImagesState>(() => ({ phase: "loading", rows: [], error: undefined }));

const gatherMs = 80;
let gathering: ReturnType<typeof setTimeout> | undefined;

export async function readImages(): Promise<void> {
  try {
    const list = await client().images.list();
    const before = new Map(imagesStore.getState().rows.map((row) => [row.key, row]));
    const rows = list.flatMap((info) => toImageRows(info, before));
    imagesStore.setState({ phase: "ready", rows, error: undefined });
  } catch (error) {
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

/** Rows of one image, the known ones with their identity. */
export function toImageRows(info: ImageInfo, before: ReadonlyMap<string, ImageRow> = new Map()): ImageRow[] {
  const tags = (info.RepoTags ?? []).filter((tag) => tag !== "<none>:<none>");
  const shortId = info.Id.replace(/^sha256:/, "").slice(0, 12);
  const digestName = info.RepoDigests?.[0]?.split("@")[0];
  return (tags.length > 0 ? tags : [""]).map((reference): ImageRow => {
    const key = `${reference}@${info.Id}`;
    const known = before.get(key);
    if (known && known.size === info.Size && known.created === info.Created * 1000 && String(known.info.RepoDigests) === String(info.RepoDigests)) return known;
    const colon = reference.lastIndexOf(":");
    return {
      key,
      id: info.Id,
      shortId,
      reference: reference || shortId,
      repository: reference ? reference.slice(0, colon) : digestName && digestName !== "<none>" ? digestName : "",
      tag: reference ? reference.slice(colon + 1) : "",
      size: info.Size,
      created: info.Created * 1000,
      info,
    };
  });
}

/** Removes one tag, or the image with its last tag. Failures appear as a toast. */
export async function removeImage(row: ImageRow, force: boolean): Promise<boolean> {
  try {
    await client().images.remove({ id: row.tag ? row.reference : row.id, force });
    await readImages();
    return true;
  } catch (error) {
    report(`${row.reference} was not removed.`, error);
    return false;
  }
}
