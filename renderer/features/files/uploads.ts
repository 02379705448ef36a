/** Files on their way into a container or volume. They outlive the screen that began them. No React. */
import { createStore } from "zustand/vanilla";
import { LARGEST_UPLOAD_PART, type FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { toIpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { openStream } from "../../bridge/streams.ts";
import { client } from "../../stores/host.ts";
import { notice } from "../../stores/notices.ts";
import { report } from "../../stores/report.ts";
import { plural } from "../../lib/time.ts";
import { join, shownName } from "./paths.ts";
import { base64Of } from "./preview.ts";

/** Bytes that are sent at once; base64 makes a third more of them. */
const partBytes = (LARGEST_UPLOAD_PART / 4) * 3;

export interface Upload {
  readonly id: number;
  readonly owner: FilesOwner;
  readonly folder: string;
  readonly name: string;
  readonly sent: number;
  readonly total: number;
  readonly cancel: () => void;
}

/** One thing to send: into which folder, under which name. */
export interface UploadItem {
  readonly folder: string;
  readonly file: File;
}

export const uploadsStore = createStore<{ readonly uploads: readonly Upload[] }>(() => ({ uploads: [] }));

let counter = 0;

/**
 * Sends files one after the other. What exists already is left alone, and said.
 * @param replace names that may be replaced
 * @param onDone called after each file
 */
export async function upload(owner: FilesOwner, items: readonly UploadItem[], replace: ReadonlySet<string>, onDone: () => void): Promise<void> {
  let done = 0;
  for (const { folder, file } of items) {
    const path = join(folder, file.name);
    try {
      await send(owner, folder, file, replace.has(path) ? undefined : "none");
      done++;
    } catch (error) {
      if (toIpcErrorInfo(error).code === "cancelled") break;
      report(`${shownName(file.name)} was not uploaded.`, error);
    }
    onDone();
  }
  if (done > 0) notice({ kind: "done", title: items.length === 1 && items[0] ? `${shownName(items[0].file.name)} is uploaded.` : `${plural(done, "file")} uploaded.` });
}

async function send(owner: FilesOwner, folder: string, file: File, version: string | undefined): Promise<void> {
  const abort = new AbortController();
  const id = ++counter;
  const show = (sent: number): void => uploadsStore.setState(({ uploads }) => ({ uploads: uploads.map((each) => (each.id === id ? { ...each, sent } : each)) }));
  uploadsStore.setState(({ uploads }) => ({ uploads: [...uploads, { id, owner, folder, name: file.name, sent: 0, total: file.size, cancel: () => abort.abort() }] }));
  try {
    const api = client();
    let streamId = "";
    const path = join(folder, file.name);
    const events = openStream(api, (stream, signal) => {
      streamId = stream;
      return api.files.upload({ owner, path, streamId, ...(version === undefined ? {} : { version }) }, { signal });
    }, abort.signal);
    let sending: Promise<void> | undefined;
    for await (const event of events) {
      if (event.type !== "ready") continue;
      sending = pump(file, streamId, abort.signal, show);
      // The stream tells why, when the engine did not want it.
      sending.catch(() => undefined);
    }
    if (abort.signal.aborted) throw Object.assign(new Error("The upload was cancelled."), { name: "AbortError" });
    await sending;
  } finally {
    uploadsStore.setState(({ uploads }) => ({ uploads: uploads.filter((each) => each.id !== id) }));
  }
}

/** Each part waits until the one before has been taken. */
async function pump(file: File, streamId: string, signal: AbortSignal, show: (sent: number) => void): Promise<void> {
  const { files } = client();
  for (let at = 0; at < file.size; at += partBytes) {
    const part = new Uint8Array(await file.slice(at, at + partBytes).arrayBuffer());
    await files.uploadData({ streamId, base64: base64Of(part) }, { signal });
    show(at + part.length);
  }
  await files.endUpload({ streamId }, { signal });
}
