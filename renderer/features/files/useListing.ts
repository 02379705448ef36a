import { useCallback, useEffect, useState } from "react";
import { LONGEST_PAGE, type FileEntry, type FileLayer, type FileListing, type FilesOwner } from "../../../electron/ipc/contract/files.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";

/** Pages that are read at once when more is asked for. */
const pagesAtOnce = 5;

export interface Listing {
  /** What is shown: of the path that is asked for, or still of the one before. */
  readonly listing: FileListing | undefined;
  /** Counts the answers: a folder is read only when the reader asks, so that each is to be seen at once. */
  readonly answers: number;
  readonly error: IpcErrorInfo | undefined;
  readonly busy: boolean;
  readonly reload: () => void;
  /** Reads the next entries of a long folder. */
  readonly more: () => void;
}

/** @param state of the container: when it changes, so may its files */
export function useListing(owner: FilesOwner, path: string, changed: boolean, state: string | undefined): Listing {
  const [answer, setAnswer] = useState<{ listing?: FileListing; error?: IpcErrorInfo; for?: string; count: number }>({ count: 0 });
  const [busy, setBusy] = useState(true);
  const [round, setRound] = useState(0);
  const { kind, id } = owner;
  const wanted = `${kind}:${id}:${changed}:${path}`;

  useEffect(() => {
    const cancel = new AbortController();
    setBusy(true);
    client()
      .files.list({ owner: { kind, id }, path, changed, limit: LONGEST_PAGE }, { signal: cancel.signal })
      .then((listing) => setAnswer(({ count }) => ({ listing, for: wanted, count: count + 1 })))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer(({ count }) => ({ error: toIpcErrorInfo(error), for: wanted, count: count + 1 }));
      })
      .finally(() => {
        if (!cancel.signal.aborted) setBusy(false);
      });
    return () => cancel.abort();
  }, [kind, id, path, changed, state, round, wanted]);

  const reload = useCallback(() => setRound((count) => count + 1), []);
  function more(): void {
    const { listing } = answer;
    if (!listing || busy) return;
    setBusy(true);
    readMore(owner, path, changed, listing)
      .then((next) => setAnswer((now) => (now.listing === listing ? { ...now, count: now.count + 1, listing: next } : now)))
      .catch((error: unknown) => setAnswer((now) => ({ ...now, error: toIpcErrorInfo(error) })))
      .finally(() => setBusy(false));
  }
  return { listing: answer.listing, answers: answer.count, error: answer.for === wanted ? answer.error : undefined, busy, reload, more };
}

async function readMore(owner: FilesOwner, path: string, changed: boolean, from: FileListing): Promise<FileListing> {
  const entries = [...from.entries];
  let { total } = from;
  for (let page = 0; page < pagesAtOnce && entries.length < total; page++) {
    const next = await client().files.list({ owner, path, changed, offset: entries.length, limit: LONGEST_PAGE });
    ({ total } = next);
    if (next.entries.length === 0) break;
    entries.push(...next.entries);
  }
  return { ...from, total, entries: withoutTwins(entries) };
}

/** A folder that changes between two pages may repeat an entry. */
function withoutTwins(entries: readonly FileEntry[]): FileEntry[] {
  return [...new Map(entries.map((entry) => [entry.name, entry])).values()];
}

/** The image's layers, bottom first; empty until they are known. */
export function useLayers(owner: FilesOwner): readonly FileLayer[] {
  const [layers, setLayers] = useState<readonly FileLayer[]>([]);
  const { kind, id } = owner;
  useEffect(() => {
    const cancel = new AbortController();
    client().files.layers({ owner: { kind, id } }, { signal: cancel.signal }).then(setLayers, () => undefined);
    return () => cancel.abort();
  }, [kind, id]);
  return layers;
}
