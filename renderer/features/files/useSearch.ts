import { useEffect, useState } from "react";
import type { FilesOwner, FoundPath } from "../../../electron/ipc/contract/files.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";

/** Milliseconds without a keystroke before the engine is asked. */
const pauseMs = 200;
/** Results that are shown; more say little. */
const most = 2000;

export interface FileSearch {
  readonly found: readonly FoundPath[];
  readonly state: "idle" | "searching" | "done" | "failed";
  /** There is more than is shown. */
  readonly truncated: boolean;
  readonly visited: number;
  readonly error: IpcErrorInfo | undefined;
}

const idle: FileSearch = { found: [], state: "idle", truncated: false, visited: 0, error: undefined };

/** Files below `path` whose name has `name` in it, as they are found. Typing on cancels. @param round another number searches again */
export function useFileSearch(owner: FilesOwner, path: string, name: string, round: number): FileSearch {
  const [search, setSearch] = useState<FileSearch>(idle);
  const { kind, id } = owner;
  useEffect(() => {
    if (name === "") {
      setSearch(idle);
      return;
    }
    const cancel = new AbortController();
    setSearch((now) => ({ ...now, state: "searching", error: undefined }));
    const timer = setTimeout(() => void run(), pauseMs);
    async function run(): Promise<void> {
      const found: FoundPath[] = [];
      try {
        for await (const batch of await client().files.search({ owner: { kind, id }, path, name, limit: most }, { signal: cancel.signal })) {
          found.push(...batch.found);
          const { done } = batch;
          if (cancel.signal.aborted) return;
          if (done) setSearch({ found: [...found], state: "done", truncated: done.truncated, visited: done.visited, error: undefined });
          else if (found.length % 50 === 1) setSearch((now) => ({ ...now, found: [...found], state: "searching" }));
        }
      } catch (error) {
        if (!cancel.signal.aborted) setSearch({ ...idle, state: "failed", error: toIpcErrorInfo(error) });
      }
    }
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [kind, id, path, name, round]);
  return search;
}
