import { ArrowDownToLine, ChevronDown, ChevronUp, Clock, Eraser, Pause, Play, WrapText } from "lucide-react";
import { useEffect, useRef, useState, useSyncExternalStore } from "react";
import { useStore } from "zustand";
import { plural } from "../../lib/time.ts";
import { engineStore } from "../../stores/engine.ts";
import { hostStore } from "../../stores/host.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import { LogLines, type LogLinesHandle } from "../../ui/log/LogLines.tsx";
import { LogSession } from "./session.ts";
import { useLogSearch } from "./useLogSearch.ts";
import css from "./Logs.module.css";

export interface LogViewProps {
  readonly containerId: string;
  readonly name: string;
  readonly running: boolean;
}

/** A container's log, live. */
export function LogView({ containerId, name, running }: LogViewProps) {
  const [session, setSession] = useState(() => new LogSession(containerId));
  const version = useSyncExternalStore(session.subscribe, session.getVersion);
  const { logTimestamps: showTime, logWrap: wrap, logFontSize } = useStore(prefsStore);
  const up = useStore(hostStore, (host) => host.link === "open");
  const connected = useStore(engineStore, (engine) => engine.status?.state === "connected");
  const [follow, setFollow] = useState(true);
  const [query, setQuery] = useState("");
  const lines = useRef<LogLinesHandle>(null);
  const search = useLogSearch(session, query, (number) => lines.current?.reveal(number), () => lines.current?.firstVisible() ?? 0);
  const seenEnd = useRef(0);
  const { buffer, phase } = session;
  if (follow) seenEnd.current = buffer.end;
  const unseen = buffer.end - Math.max(seenEnd.current, session.newsFrom ?? buffer.end);

  useEffect(() => {
    const next = new LogSession(containerId);
    setSession(next);
    return () => next.dispose();
  }, [containerId]);
  useEffect(() => {
    if (!up || !connected) return;
    if (session.phase === "opening" || session.phase === "failed" || (session.phase === "ended" && running)) session.open();
  }, [session, up, connected, running]);

  return (
    <div className={css["view"]} data-version={version}>
      <div className={css["bar"]} role="toolbar" aria-label="Log">
        <span className={css["words"]} role="status">{words(session, running)}</span>
        {query && <span className={`${css["found"]} num`} role="status">{search.total === 0 ? (search.busy ? "Searching" : "No match") : `${(search.index + 1).toLocaleString("en")} of ${plural(search.total, "line")}`}</span>}
        {query && (
          <span className={css["group"]}>
            <IconButton label="Previous match" shortcut="Shift+Enter" disabled={search.total === 0} onClick={search.previous}><ChevronUp /></IconButton>
            <IconButton label="Next match" shortcut="Enter" disabled={search.total === 0} onClick={search.next}><ChevronDown /></IconButton>
          </span>
        )}
        <div onKeyDown={(event) => {
          if (event.key !== "Enter") return;
          if (event.shiftKey) search.previous();
          else search.next();
        }}>
          <SearchField label="Search log" value={query} onChange={setQuery} />
        </div>
        <span className={css["group"]}>
          <IconButton label="Timestamps" pressed={showTime} onClick={() => prefsStore.setState({ logTimestamps: !showTime })}><Clock /></IconButton>
          <IconButton label="Wrap lines" pressed={wrap} onClick={() => prefsStore.setState({ logWrap: !wrap })}><WrapText /></IconButton>
          <IconButton label="Clear view" onClick={() => session.clear()}><Eraser /></IconButton>
        </span>
        {phase === "paused"
          ? <Button size="small" icon={<Play />} onClick={() => session.resume()}>Resume</Button>
          : <Button size="small" icon={<Pause />} disabled={phase !== "live" && phase !== "opening"} onClick={() => session.pause()}>Pause</Button>}
      </div>
      {session.earlier && (
        <div className={css["earlier"]}>
          <span>The last {buffer.count.toLocaleString("en")} lines are shown.</span>
          <Button size="small" onClick={() => { setFollow(false); session.openAll(); }}>Load the whole log</Button>
        </div>
      )}
      <div className={css["frame"]}>
        <LogLines session={session} name={name} follow={follow && phase !== "paused"} onFollow={setFollow} showTime={showTime} wrap={wrap} fontSize={logFontSize} needle={search.needle} current={search.current} handle={lines} />
        {buffer.count === 0 && phase !== "opening" && phase !== "failed" && <p className={css["blank"]}>{running ? "Nothing has been printed yet. New lines appear here at once." : "This container printed nothing."}</p>}
        {!follow && buffer.count > 0 && (
          <button type="button" className={css["jump"]} onClick={() => setFollow(true)}><ArrowDownToLine size={14} aria-hidden="true" />{unseen > 0 ? plural(unseen, "new line") : "Follow"}</button>
        )}
      </div>
    </div>
  );
}

function words({ phase, buffer, error }: LogSession, running: boolean): string {
  const count = buffer.count > 0 ? `, ${plural(buffer.count, "line")}` : "";
  switch (phase) {
    case "opening":
      return "Opening";
    case "live":
      return `Live${count}`;
    case "paused":
      return `Paused${count}`;
    case "ended":
      return running ? `Ended${count}` : `Stopped${count}`;
    case "failed":
      return error?.message ?? "The log could not be read.";
  }
}
