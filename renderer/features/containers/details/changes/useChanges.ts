import { useEffect, useState } from "react";
import type { ContainerChange } from "../../../../../electron/ipc/contract/containers.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../../electron/ipc/errors.ts";
import { client } from "../../../../stores/host.ts";

export interface Changes {
  readonly changes: readonly ContainerChange[] | undefined;
  /** Bytes written; undefined until they are measured. */
  readonly bytes: number | undefined;
  readonly error: IpcErrorInfo | undefined;
  readonly loading: boolean;
  readonly reload: () => void;
}

/** What a container changed against its image, read when it is looked at and when asked again: comparing walks what was written. */
export function useChanges(id: string): Changes {
  const [state, setState] = useState<{ changes?: readonly ContainerChange[]; bytes?: number; error?: IpcErrorInfo; loading: boolean }>({ loading: true });
  const [round, setRound] = useState(0);
  useEffect(() => {
    const cancel = new AbortController();
    const { signal } = cancel;
    setState((before) => ({ ...before, loading: true }));
    client().containers.changes({ id }, { signal }).then(
      (changes) => setState((before) => ({ ...(before.bytes !== undefined && { bytes: before.bytes }), changes, loading: false })),
      (error: unknown) => { if (!signal.aborted) setState((before) => ({ ...before, error: toIpcErrorInfo(error), loading: false })); },
    );
    // How much it is comes beside: nobody misses it where it cannot be told.
    client().containers.sizes({ ids: [id] }, { signal }).then(([size]) => { if (size) setState((before) => ({ ...before, bytes: size.bytes })); }, () => undefined);
    return () => cancel.abort();
  }, [id, round]);
  return { changes: state.changes, bytes: state.bytes, error: state.error, loading: state.loading, reload: () => setRound(round + 1) };
}
