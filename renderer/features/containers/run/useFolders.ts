import { useEffect, useState } from "react";
import { toIpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import type { MountText } from "../../../lib/run/form.ts";
import { client } from "../../../stores/host.ts";

const waitMs = 300;
const none: ReadonlyMap<string, string> = new Map();

/** What there is to say about the folders of this machine that are mounted, by path: one that is missing, or may not be read. Says nothing about an engine elsewhere. */
export function useFolders(mounts: readonly MountText[], active: boolean): ReadonlyMap<string, string> {
  const paths = [...new Set(mounts.flatMap(({ type, source }) => (type === "bind" && source.trim().startsWith("/") ? source.trim() : [])))];
  const wanted = active ? paths.join("\n") : "";
  const [notes, setNotes] = useState(none);
  useEffect(() => {
    if (wanted === "") {
      setNotes(none);
      return;
    }
    const cancel = new AbortController();
    const timer = setTimeout(() => void Promise.all(wanted.split("\n").map(async (path) => [path, await noteOn(path, cancel.signal)] as const)).then((found) => {
      if (!cancel.signal.aborted) setNotes(new Map(found.filter((pair): pair is readonly [string, string] => pair[1] !== undefined)));
    }), waitMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [wanted]);
  return notes;
}

async function noteOn(path: string, signal: AbortSignal): Promise<string | undefined> {
  try {
    await client().builds.listFolder({ path }, { signal });
    return undefined;
  } catch (error) {
    const { code } = toIpcErrorInfo(error);
    if (code === "notFound") return "Not there yet: it is made as an empty folder.";
    // A file may be mounted too, and an engine that runs as another user may read what this one may not.
    return code === "forbidden" ? "This user may not look into it; the engine may." : undefined;
  }
}
