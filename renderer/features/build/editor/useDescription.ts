import { useEffect, useState } from "react";
import type { DockerfileDescription } from "../../../../electron/ipc/contract/builds.ts";
import { client } from "../../../stores/host.ts";

const typingMs = 120;

export interface Described {
  readonly text: string;
  readonly description: DockerfileDescription;
}

/** What the builder reads in a text, a moment after it was typed; until then what it read before. */
export function useDescription(text: string | undefined): Described | undefined {
  const [described, setDescribed] = useState<Described>();
  const first = described === undefined;
  useEffect(() => {
    if (text === undefined) return;
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      client()
        .builds.describe({ text }, { signal: cancel.signal })
        .then((description) => setDescribed({ text, description }))
        // The engine went away or cannot: there are no diagnostics then, and the rest of the window says why.
        .catch(() => undefined);
    }, first ? 0 : typingMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [text, first]);
  return text === undefined ? undefined : described;
}
