import { useEffect, useRef, useState } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { parseReference } from "../../lib/reference.ts";
import { client } from "../../stores/host.ts";
import type { ImageRow } from "../../stores/images.ts";

export interface Catalog {
  readonly repositories: readonly string[];
  readonly isLast: boolean;
  readonly loading: boolean;
  readonly error: IpcErrorInfo | undefined;
  readonly more: () => void;
  readonly again: () => void;
}

type Pages = Pick<Catalog, "repositories" | "isLast" | "loading" | "error">;
const none: Pages = { repositories: [], isLast: false, loading: true, error: undefined };
const pageSize = 100;

/** The repositories of a registry, page by page. @param host undefined reads nothing */
export function useCatalog(host: string | undefined): Catalog {
  const [pages, setPages] = useState(none);
  const [round, setRound] = useState(0);
  const reading = useRef<AbortController>(undefined);
  async function read(after: string | undefined) {
    if (host === undefined) return;
    reading.current?.abort();
    const { signal } = (reading.current = new AbortController());
    setPages((before) => ({ ...(after === undefined ? none : before), loading: true, error: undefined }));
    try {
      const page = await client().registries.catalog({ host, limit: pageSize, ...(after !== undefined && { after }) }, { signal });
      if (signal.aborted) return;
      setPages((before) => ({ repositories: [...(after === undefined ? [] : before.repositories), ...page.repositories], isLast: page.isLast || page.repositories.length === 0, loading: false, error: undefined }));
    } catch (error) {
      if (!signal.aborted) setPages((before) => ({ ...before, loading: false, error: toIpcErrorInfo(error) }));
    }
  }
  useEffect(() => {
    void read(undefined);
    return () => reading.current?.abort();
    // eslint-disable-next-line react-hooks/exhaustive-deps
  }, [host, round]);
  return {
    ...pages,
    more: () => { if (!pages.loading && !pages.isLast && !pages.error) void read(pages.repositories.at(-1)); },
    again: () => setRound(round + 1),
  };
}

/** Repositories of a registry that images here come from, by name, without the registry. */
export function localRepositories(host: string, images: readonly ImageRow[]): string[] {
  const found = new Set<string>();
  for (const { repository } of images) {
    const parsed = repository === "" ? undefined : parseReference(repository);
    if (parsed?.ok && parsed.reference.registry === host) found.add(parsed.reference.path);
  }
  return [...found].toSorted();
}

/** A repository of a registry as it is typed, or undefined where it is not one: `nginx` means `library/nginx` on Docker Hub. */
export function typedRepository(host: string, text: string): string | undefined {
  const parsed = parseReference(`${host}/${text.trim()}`);
  return text.trim() !== "" && parsed.ok && parsed.reference.digest === undefined && !text.includes(":") ? parsed.reference.path : undefined;
}

/** A repository with its registry, as people write it. */
export function familiarRepository(host: string, repository: string): string {
  return host === "docker.io" ? repository.replace(/^library\//, "") : `${host}/${repository}`;
}
