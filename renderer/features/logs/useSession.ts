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
export function useSession(key: string, infos: readonly SourceInfo[], settings: LensSettings): Pair {
  const [pair, setPair] = useState(() => makePair(false));
  const { session, lens, live } = pair;
  useSyncExternalStore(session.subscribe, session.getVersion);
  useSyncExternalStore(lens.subscribe, lens.getVersion);
  const up = useStore(hostStore, (host) => host.link === "open");
  const connected = useStore(engineStore, (engine) => engine.status?.state === "connected");
  const endpoint = useStore(engineStore, (engine) => engine.status?.endpoint);

  useEffect(() => {
    const next = makePair(true);
    setPair(next);
    return () => {
      next.lens.dispose();
      next.session.dispose();
    };
  }, [key, endpoint]);
  useEffect(() => lens.set(settings), [lens, settings]);
  useEffect(() => {
    if (!live || !up || !connected) return;
    if (infos.length > 0 && (session.sources.length === 0 || session.phase === "failed")) session.open(infos);
    else session.update(infos);
  }, [session, live, up, connected, infos]);
  return pair;
}

interface Pair {
  readonly session: LogSession;
  readonly lens: LogLens;
  /** The first pair only stands in until the effect has made one that it will dispose of. */
  readonly live: boolean;
}

function makePair(live: boolean): Pair {
  const session = new LogSession();
  return { session, lens: new LogLens(session), live };
}
