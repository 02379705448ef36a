import { useCallback, useEffect, useRef, useState } from "react";
import type { FilePage, ImageFile } from "../../../../electron/ipc/contract/image-contents.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { client } from "../../../stores/host.ts";

export interface FilesQuery {
  readonly id: string;
  readonly layer?: number | undefined;
  readonly show: "all" | "present" | "wasted";
  readonly search: string;
}

export interface Files {
  /** Counts of all that the query matches; of the last query while the next one is on its way. */
  readonly totals: Pick<FilePage, "total" | "bytes" | "summary"> | undefined;
  /** Files that have come, by their place. */
  readonly files: ReadonlyMap<number, ImageFile>;
  readonly busy: boolean;
  readonly error: IpcErrorInfo | undefined;
  /** Asks for what is in view. */
  readonly want: (from: number, to: number) => void;
  readonly reload: () => void;
}

const pageSize = 200;
const typingMs = 120;
const empty = { totals: undefined, files: new Map<number, ImageFile>(), busy: true, error: undefined };

/** Files of an image or of one layer, greatest first, page by page as they are looked at. */
export function useFiles({ id, layer, show, search }: FilesQuery): Files {
  const [state, setState] = useState<Omit<Files, "want" | "reload">>(empty);
  const [round, setRound] = useState(0);
  const asked = useRef<{ readonly pages: Set<number>; readonly signal: AbortSignal; readonly load: (page: number) => void }>(undefined);

  useEffect(() => {
    const cancel = new AbortController();
    const pages = new Set<number>();
    const load = (page: number) => {
      if (pages.has(page)) return;
      pages.add(page);
      client().imageContents.files({ id, show, search, offset: page * pageSize, limit: pageSize, ...(layer === undefined ? {} : { layer }) }, { signal: cancel.signal })
        .then(({ files, ...totals }) => {
          if (cancel.signal.aborted) return;
          setState((before) => {
            const next = new Map(page === 0 ? [] : before.files);
            files.forEach((file, at) => next.set(page * pageSize + at, file));
            return { totals, files: next, busy: false, error: undefined };
          });
        })
        .catch((error: unknown) => {
          if (!cancel.signal.aborted) setState((before) => ({ ...before, busy: false, error: toIpcErrorInfo(error) }));
        });
    };
    setState((before) => ({ ...before, busy: true }));
    asked.current = { pages, signal: cancel.signal, load };
    const timer = setTimeout(() => load(0), search === "" ? 0 : typingMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [id, layer, show, search, round]);

  const want = useCallback((from: number, to: number) => {
    const now = asked.current;
    if (!now?.pages.has(0)) return;
    for (let page = Math.floor(from / pageSize); page <= Math.floor(to / pageSize); page++) now.load(page);
  }, []);
  return { ...state, want, reload: () => setRound((count) => count + 1) };
}
