import { useEffect, useState } from "react";
import { LARGEST_PART, type FilesOwner, type FoundFile } from "../../../electron/ipc/contract/files.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";
import { bytesOf, contentOf, type Content } from "./preview.ts";

/** Bytes that a preview begins with. */
const first = 256 * 1024;
/** Text that can be edited, in bytes. */
export const LARGEST_TEXT = 1024 * 1024;
/** Images larger than this are not shown. */
export const LARGEST_IMAGE = 8 * 1024 * 1024;

export interface Loaded {
  readonly file: FoundFile;
  /** From the file's beginning. */
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly content: Content;
  /** These are all bytes of the file. */
  readonly end: boolean;
}

/** What is in a file, or its beginning; links are followed. @param round another number reads again */
export function useContent(owner: FilesOwner, path: string, version: string, round: number): { readonly loaded: Loaded | undefined; readonly error: IpcErrorInfo | undefined } {
  const [answer, setAnswer] = useState<{ for?: string; loaded?: Loaded; error?: IpcErrorInfo }>({});
  const { kind, id } = owner;
  useEffect(() => {
    const cancel = new AbortController();
    const options = { signal: cancel.signal };
    load({ kind, id } as FilesOwner, path, options)
      .then((loaded) => setAnswer({ loaded, for: path }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer({ error: toIpcErrorInfo(error), for: path });
      });
    return () => cancel.abort();
  }, [kind, id, path, version, round]);
  return answer.for === path ? { loaded: answer.loaded, error: answer.error } : { loaded: undefined, error: undefined };
}

async function load(owner: FilesOwner, path: string, options: { signal: AbortSignal }): Promise<Loaded> {
  const { files } = client();
  const begin = await files.read({ owner, path, length: first }, options);
  let { file, end } = begin;
  let bytes = bytesOf(begin.base64);
  const kind = contentOf(bytes, end).kind;
  const wanted = kind === "text" && file.size <= LARGEST_TEXT ? LARGEST_TEXT : kind === "image" && file.size <= LARGEST_IMAGE ? LARGEST_IMAGE : 0;
  while (!end && bytes.length < wanted) {
    const next = await files.read({ owner, path, offset: bytes.length, length: LARGEST_PART }, options);
    const more = bytesOf(next.base64);
    const all = new Uint8Array(bytes.length + more.length);
    all.set(bytes);
    all.set(more, bytes.length);
    bytes = all;
    ({ file, end } = next);
    if (more.length === 0) break;
  }
  return { file, bytes, end, content: contentOf(bytes, end) };
}
