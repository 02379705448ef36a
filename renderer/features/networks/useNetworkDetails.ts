import { useEffect, useState } from "react";
import { useStore } from "zustand";
import type { NetworkDetails, NetworkInfo } from "../../../electron/ipc/contract/networks.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { client } from "../../stores/host.ts";
import { networksStore } from "../../stores/networks.ts";

export interface NetworkAnswer {
  readonly details: NetworkDetails | undefined;
  readonly error: IpcErrorInfo | undefined;
  readonly reload: () => void;
}

/** A network with its endpoints, read again when a container joins or leaves. */
export function useNetworkDetails(row: NetworkInfo): NetworkAnswer {
  const [answer, setAnswer] = useState<{ details?: NetworkDetails; error?: IpcErrorInfo }>({});
  const [round, setRound] = useState(0);
  const joined = useStore(networksStore, (state) => state.rounds.get(row.id) ?? 0);
  const { id } = row;
  useEffect(() => {
    const cancel = new AbortController();
    client()
      .networks.inspect({ id }, { signal: cancel.signal })
      .then((details) => setAnswer({ details }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer((before) => ({ ...before, error: toIpcErrorInfo(error) }));
      });
    return () => cancel.abort();
  }, [id, row, joined, round]);
  return { details: answer.details, error: answer.error, reload: () => setRound(round + 1) };
}
