import { useEffect, useState } from "react";
import { toIpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { client } from "../../../stores/host.ts";
import type { SecretText } from "./build-form.ts";

const typingMs = 250;

/** Why the values of secrets cannot be read on this machine, row by row, a moment after they were typed. Values never come here. */
export function useSecretProblems(rows: readonly SecretText[]): readonly (string | undefined)[] {
  const keys = rows.map(({ from, source }) => `${from}:${source.trim()}`);
  const wanted = JSON.stringify([...new Set(keys)]);
  const [known, setKnown] = useState<ReadonlyMap<string, string>>(new Map());
  useEffect(() => {
    const asked = (JSON.parse(wanted) as string[]).filter((key) => /^(env:[A-Za-z_]\w*|file:(\/|~\/).*)$/.test(key));
    if (asked.length === 0) return;
    const cancel = new AbortController();
    const timer = setTimeout(() => void Promise.all(asked.map(async (key) => [key, await problemOf(key, cancel.signal)] as const)).then((found) => {
      if (!cancel.signal.aborted) setKnown(new Map(found.filter((pair): pair is readonly [string, string] => pair[1] !== null)));
    }), typingMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [wanted]);
  return keys.map((key) => known.get(key));
}

async function problemOf(key: string, signal: AbortSignal): Promise<string | null> {
  const [from, source] = [key.slice(0, key.indexOf(":")), key.slice(key.indexOf(":") + 1)];
  try {
    return await client().builds.checkSecret({ from: from === "env" ? "env" : "file", source }, { signal });
  } catch (error) {
    return toIpcErrorInfo(error).message;
  }
}
