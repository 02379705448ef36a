import type { ContainerInspectInfo } from "dockerode";
import { useEffect, useState } from "react";
import { useStore } from "zustand";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { containersStore } from "../../../stores/containers.ts";
import { client } from "../../../stores/host.ts";

export interface Inspected {
  readonly info: ContainerInspectInfo | undefined;
  readonly error: IpcErrorInfo | undefined;
  readonly reload: () => void;
}

/** Everything the engine says about a container, read again when its row changes. */
export function useInspect(row: ContainerRow): Inspected {
  const [answer, setAnswer] = useState<{ info?: ContainerInspectInfo; error?: IpcErrorInfo }>({});
  const [round, setRound] = useState(0);
  const { id, info } = row;
  const updates = useStore(containersStore, (state) => state.updates.get(id));
  useEffect(() => {
    const cancel = new AbortController();
    client()
      .containers.inspect({ id }, { signal: cancel.signal })
      .then((next) => setAnswer({ info: next }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setAnswer((before) => ({ ...before, error: toIpcErrorInfo(error) }));
      });
    return () => cancel.abort();
  }, [id, info, updates, round]);
  return { info: answer.info, error: answer.error, reload: () => setRound(round + 1) };
}
