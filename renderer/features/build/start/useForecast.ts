import { useEffect, useState } from "react";
import type { BuildForecast, BuildForm } from "../../../../electron/ipc/contract/builds.ts";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../../electron/ipc/errors.ts";
import { client } from "../../../stores/host.ts";

export interface ForecastState {
  readonly phase: "idle" | "asking" | "ready" | "failed";
  /** The newest there is, also while a newer one is asked for. */
  readonly forecast: BuildForecast | undefined;
  readonly error: IpcErrorInfo | undefined;
  readonly again: () => void;
}

const typingMs = 350;

/**
 * Asks which steps would run: when the form or the Dockerfile changed, and when the reader comes back to the window, since files may have changed
 * meanwhile.
 * @param version of the Dockerfile on the disk
 */
export function useForecast(form: BuildForm | undefined, version: string | null | undefined): ForecastState {
  const [state, setState] = useState<Omit<ForecastState, "again">>({ phase: "idle", forecast: undefined, error: undefined });
  const [round, setRound] = useState(0);
  const asked = form === undefined ? undefined : JSON.stringify(form);
  useEffect(() => {
    if (asked === undefined || version === null) return setState({ phase: "idle", forecast: undefined, error: undefined });
    const cancel = new AbortController();
    const timer = setTimeout(() => {
      setState((before) => ({ ...before, phase: "asking" }));
      client()
        .builds.plan(JSON.parse(asked) as BuildForm, { signal: cancel.signal })
        .then((forecast) => setState({ phase: "ready", forecast, error: undefined }))
        .catch((error: unknown) => {
          if (!cancel.signal.aborted) setState({ phase: "failed", forecast: undefined, error: toIpcErrorInfo(error) });
        });
    }, typingMs);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [asked, version, round]);
  useEffect(() => {
    const back = () => setRound((before) => before + 1);
    window.addEventListener("focus", back);
    return () => window.removeEventListener("focus", back);
  }, []);
  return { ...state, again: () => setRound(round + 1) };
}
