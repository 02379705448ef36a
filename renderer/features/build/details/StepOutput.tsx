import { useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { plural } from "../../../lib/time.ts";
import { prefsStore } from "../../../stores/prefs.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { LogLines } from "../../../ui/log/LogLines.tsx";
import type { StepLog } from "./session.ts";
import css from "../Build.module.css";

/** Rows shown at once; the rest scrolls. */
const mostRows = 18;

/** What a step printed, as tall as it is up to a limit, at its end while it grows. */
export function StepOutput({ log, name, live }: { readonly log: StepLog; readonly name: string; readonly live: boolean }) {
  useSyncExternalStore(log.subscribe, log.getVersion);
  const { logFontSize, logWrap } = useStore(prefsStore);
  const [follow, setFollow] = useState(true);
  const { count } = log.buffer;
  const row = Math.round(logFontSize * 1.5);
  const height = Math.min(mostRows, count) * row + 18 + (logWrap ? 0 : 12);
  return (
    <div className={css["log"]} style={{ height }}>
      <LogLines session={log} name={name} follow={follow} onFollow={setFollow} time="off" wrap={logWrap} fontSize={logFontSize} />
      {!follow && count > mostRows && <div className={css["logEnd"]}><Button size="small" onClick={() => setFollow(true)}>{live ? "Follow" : `To the end of ${plural(count, "line")}`}</Button></div>}
    </div>
  );
}
