import { useEffect, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { plural } from "../../lib/time.ts";
import { hostStore } from "../../stores/host.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { LogLines } from "../../ui/log/LogLines.tsx";
import { EngineLogSession } from "./log-session.ts";
import css from "./Engine.module.css";

/** What the built-in engine wrote down, live: the end of its log file. */
export function EngineLog() {
  const open = useStore(hostStore, (host) => host.link === "open");
  const { logWrap, logFontSize } = useStore(prefsStore);
  const [session, setSession] = useState(() => new EngineLogSession());
  useSyncExternalStore(session.subscribe, session.getVersion);
  const [follow, setFollow] = useState(true);
  useEffect(() => {
    if (!open) return;
    const next = new EngineLogSession();
    setSession(next);
    void next.run();
    return () => next.dispose();
  }, [open]);
  const { buffer, phase, error, cut } = session;
  return (
    <div className={css["log"]}>
      {error ? <Problem title="The engine's log could not be read." cause={error.message} raw={error.cause} /> : (
        <div className={css["logBar"]}>
          <span className="quiet num" role="status">{phase === "opening" ? "Opening" : buffer.count === 0 ? "Nothing has been written yet." : `${cut ? "The last " : ""}${plural(buffer.count, "line")}`}</span>
          {!follow && <Button size="small" onClick={() => setFollow(true)}>Follow</Button>}
        </div>
      )}
      <div className={css["logFrame"]}>
        <LogLines session={session} name="the engine" follow={follow} onFollow={setFollow} time="off" wrap={logWrap} fontSize={logFontSize} />
      </div>
    </div>
  );
}
