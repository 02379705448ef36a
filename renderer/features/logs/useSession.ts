import { useEffect, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { engineStore } from "../../stores/engine.ts";
import { hostStore } from "../../stores/host.ts";
import { LogLens, type LensSettings } from "./lens.ts";
import { LogSession } from "./session.ts";
import type { SourceInfo } from "./source.ts";

/**
 * A session and its lens for as long as somebody looks.
 * @param key another one begins anew
 * @param infos what is to be shown now: later ones join, what is gone from it stays
 */
export function useSession(key: string, infos: readonly SourceInfo[], settings: LensSettings): { session: LogSession; lens: LogLens } {
  const [pair, setPair] = useState(makePair);
  const { session, lens } = pair;
  useSyncExternalStore(session.subscribe, session.getVersion);
  useSyncExternalStore(lens.subscribe, lens.getVersion);
  const up = useStore(hostStore, (host) => host.link === "open");
  const connected = useStore(engineStore, (engine) => engine.status?.state === "connected");

  useEffect(() => {
    const next = makePair();
    setPair(next);
    return () => {
      next.lens.dispose();
      next.session.dispose();
    };
  }, [key]);
  useEffect(() => lens.set(settings), [lens, settings]);
  useEffect(() => {
    if (!up || !connected || infos.length === 0) return;
    if (session.sources.length === 0 || session.phase === "failed") session.open(infos);
    else session.update(infos);
  }, [session, up, connected, infos]);
  return pair;
}

function makePair(): { session: LogSession; lens: LogLens } {
  const session = new LogSession();
  return { session, lens: new LogLens(session) };
}
