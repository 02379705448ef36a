import { useEffect, useRef, useState } from "react";
import type { RemoteTag } from "../../../electron/ipc/contract/registries.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";
import type { ImageRow } from "../../stores/images.ts";
import { familiarRepository } from "./repositories.ts";

/** A tag of a registry with its name as people write it. */
export interface TagRow {
  readonly tag: RemoteTag;
  readonly reference: string;
  readonly repository: string;
}

export interface Tags {
  readonly rows: readonly TagRow[];
  readonly total: number | null;
  readonly isLast: boolean;
  readonly loading: boolean;
  readonly error: IpcErrorInfo | undefined;
  readonly more: () => void;
  readonly again: () => void;
}

type Pages = Pick<Tags, "rows" | "total" | "isLast" | "loading" | "error">;
const none: Pages = { rows: [], total: null, isLast: false, loading: true, error: undefined };
const pageSize = 50;

/** The tags of a repository, page by page. */
export function useTags(host: string, repository: string): Tags {
  const [pages, setPages] = useState(none);
  const [round, setRound] = useState(0);
  const reading = useRef<AbortController>(undefined);
  async function read(after: string | undefined) {
    reading.current?.abort();
    const { signal } = (reading.current = new AbortController());
    setPages((before) => ({ ...(after === undefined ? none : before), loading: true, error: undefined }));
    try {
      const familiar = familiarRepository(host, repository);
      const page = await client().registries.tags({ repository: `${host}/${repository}`, limit: pageSize, ...(after !== undefined && { after }) }, { signal });
      if (signal.aborted) return;
      const rows = page.tags.map((tag): TagRow => ({ tag, reference: `${familiar}:${tag.name}`, repository: familiar }));
      setPages((before) => ({ rows: [...(after === undefined ? [] : before.rows), ...rows], total: page.total, isLast: page.isLast || page.tags.length === 0, loading: false, error: undefined }));
    } catch (error) {
      if (!signal.aborted) setPages((before) => ({ ...before, loading: false, error: toIpcErrorInfo(error) }));
    }
  }
  useEffect(() => {
    void read(undefined);
    return () => reading.current?.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [host, repository, round]);
  return {
    ...pages,
    more: () => { if (!pages.loading && !pages.isLast) void read(pages.rows.at(-1)?.tag.name); },
    again: () => setRound(round + 1),
  };
}

/** What this machine has under a tag's name, by the images that are here now; what the host said while nobody knows them. */
export function localState({ tag, reference, repository }: TagRow, images: readonly ImageRow[] | undefined): RemoteTag["local"] {
  if (images === undefined) return tag.local;
  const here = images.find((row) => row.reference === reference);
  if (!here) return "absent";
  if (tag.digest === "") return tag.local;
  return here.id === tag.digest || here.info.RepoDigests?.includes(`${repository}@${tag.digest}`) ? "current" : "behind";
}
