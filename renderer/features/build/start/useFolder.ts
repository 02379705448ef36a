import { useEffect, useState } from "react";
import type { FolderListing } from "../../../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { client } from "../../../stores/host.ts";
import { isAddress, splitPath } from "./build-form.ts";

export interface FolderState {
  /** What is in the folder, once it is known to be one. */
  readonly listing: FolderListing | undefined;
  readonly error: IpcErrorInfo | undefined;
  /** Paths that what was typed may become. */
  readonly suggestions: readonly string[];
}

const typingMs = 150;
const most = 40;
const nothing: FolderState = { listing: undefined, error: undefined, suggestions: [] };

/** Looks into a folder of the host while its path is typed. */
export function useFolder(path: string): FolderState {
  const [state, setState] = useState<FolderState & { readonly path: string }>({ ...nothing, path: "" });
  useEffect(() => {
    if (!/^[/~]/.test(path) || isAddress(path)) return;
    const cancel = new AbortController();
    const timer = setTimeout(() => void look(path, cancel.signal).then((found) => { if (!cancel.signal.aborted) setState({ ...found, path }); }), typingMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [path]);
  return state.path === path ? state : { ...nothing, suggestions: state.suggestions };
}

async function look(path: string, signal: AbortSignal): Promise<FolderState> {
  const { folder, prefix } = splitPath(path);
  const [listing, around] = await Promise.allSettled([client().builds.listFolder({ path }, { signal }), client().builds.listFolder({ path: folder === "" ? path : folder }, { signal })]);
  const siblings = around.status === "fulfilled" ? around.value.entries.filter((entry) => entry.directory && entry.name.startsWith(prefix) && (prefix !== "" || !entry.name.startsWith("."))) : [];
  const suggestions = siblings.slice(0, most).map((entry) => `${folder}${entry.name}`).filter((each) => each !== path);
  return listing.status === "fulfilled" ? { listing: listing.value, error: undefined, suggestions } : { listing: undefined, error: toIpcErrorInfo(listing.reason), suggestions };
}
