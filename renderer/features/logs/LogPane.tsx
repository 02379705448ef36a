import { ArrowDownToLine, Download, Eraser, EllipsisVertical, Pause, Play, Tag, WrapText } from "lucide-react";
import { useEffect, useRef, useState, type ReactNode } from "react";
import { useStore } from "zustand";
import { plural } from "../../lib/time.ts";
import { engineStore, isSlipway } from "../../stores/engine.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Select } from "../../ui/field/Field.tsx";
import { LogLines, type LogLinesHandle } from "../../ui/log/LogLines.tsx";
import { lowerBound } from "../../ui/log/rows.ts";
import type { LogTime } from "../../ui/log/times.ts";
import { MenuButton } from "../../ui/overlay/MenuButton.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { ExportDialog } from "./ExportDialog.tsx";
import { LevelMenu } from "./LevelMenu.tsx";
import type { LensSettings } from "./lens.ts";
import { SearchBar } from "./SearchBar.tsx";
import { SpanSelect } from "./SpanSelect.tsx";
import type { LogSession } from "./session.ts";
import type { SourceInfo } from "./source.ts";
import { useSession } from "./useSession.ts";
import { WholeSearch } from "./WholeSearch.tsx";
import css from "./Logs.module.css";

const timeOptions: readonly { value: LogTime; label: string }[] = [
  { value: "off", label: "No times" },
  { value: "local", label: "Local time" },
  { value: "utc", label: "UTC" },
  { value: "relative", label: "Time ago" },
];

export interface LogPaneProps {
  /** Another key begins anew. */
  readonly id: string;
  readonly name: string;
  readonly infos: readonly SourceInfo[];
  readonly settings: LensSettings;
  readonly onSettings: (settings: LensSettings) => void;
  /** In front of the tools. */
  readonly tools?: ReactNode;
  /** Shown instead of lines as long as there was nothing to read. */
  readonly nothing?: ReactNode;
}

/** Lines of one or several containers with everything that is done with them. */
export function LogPane({ id, name, infos, settings, onSettings, tools, nothing }: LogPaneProps) {
  const { session, lens } = useSession(id, infos, settings);
  const { logTime: time, logWrap: wrap, logLevels: lead, logFontSize } = useStore(prefsStore);
  const searches = useStore(engineStore, isSlipway);
  const [follow, setFollow] = useState(true);
  const [at, setAt] = useState<number | undefined>(undefined);
  const [exporting, setExporting] = useState(false);
  const [whole, setWhole] = useState(false);
  const lines = useRef<LogLinesHandle>(null);
  const seenEnd = useRef(0);
  const { buffer, phase } = session;
  const running = infos.some((info) => info.running);
  const owners = session.sources.length > 1 ? session.sources.map((source) => source.name) : undefined;
  if (follow) seenEnd.current = buffer.end;
  const unseen = buffer.end - Math.max(seenEnd.current, session.newsFrom ?? buffer.end);
  const found = lens.matches;
  const index = at === undefined ? -1 : placeOf(found, at);

  useEffect(() => {
    setFollow(!session.detached);
    setAt(undefined);
  }, [session]);
  // A jump ends at its line.
  useEffect(() => {
    if (session.target === undefined) return;
    setAt(session.target);
    lines.current?.reveal(session.target);
  }, [session, session.target]);
  // The first match after what is in view shows itself once it is found.
  const asked = `${settings.query.text}\0${settings.query.regex}${settings.query.matchCase}${settings.query.word}`;
  const shownFor = useRef("");
  const searched = settings.query.text !== "" && found.length > 0;
  useEffect(() => {
    if (!searched || shownFor.current === asked) return;
    shownFor.current = asked;
    show(lens.after(lines.current?.firstVisible() ?? 0));
  });

  function show(place: number) {
    const count = lens.matches.length;
    const number = lens.matches[(place + count) % Math.max(1, count)];
    if (number === undefined) return;
    setAt(number);
    lines.current?.reveal(number);
  }
  function toEnd() {
    if (session.detached) session.reopen();
    setFollow(true);
  }

  return (
    <div className={css["view"]}>
      <div className={css["bar"]} role="toolbar" aria-label="Log">
        {tools}
        <span className={css["words"]} role="status">{words(session, running)}</span>
        <SpanSelect session={session} />
        <LevelMenu levels={settings.levels} onLevels={(levels) => onSettings({ ...settings, levels })} />
        <Select aria-label="Timestamps" className={css["small"] ?? ""} options={timeOptions} value={time} onChange={(event) => prefsStore.setState({ logTime: event.target.value as LogTime })} />
        <span className={css["group"]}>
          <IconButton label="Wrap lines" pressed={wrap} onClick={() => prefsStore.setState({ logWrap: !wrap })}><WrapText /></IconButton>
          <IconButton label="Clear view" onClick={() => session.clear()}><Eraser /></IconButton>
          <IconButton label="Export" disabled={session.sources.length === 0} onClick={() => setExporting(true)}><Download /></IconButton>
          <MenuButton
            trigger={<IconButton label="More"><EllipsisVertical /></IconButton>}
            actions={[
              { label: lead ? "Hide levels" : "Show levels", icon: <Tag />, run: () => prefsStore.setState({ logLevels: !lead }) },
              { label: "Larger text", run: () => prefsStore.setState({ logFontSize: Math.min(20, logFontSize + 1) }), apart: true },
              { label: "Smaller text", run: () => prefsStore.setState({ logFontSize: Math.max(9, logFontSize - 1) }) },
            ]}
          />
        </span>
        {phase === "paused"
          ? <Button size="small" icon={<Play />} onClick={() => session.resume()}>Resume</Button>
          : <IconButton label="Pause" disabled={phase !== "live" && phase !== "opening"} onClick={() => session.pause()}><Pause /></IconButton>}
      </div>
      <SearchBar
        settings={settings} onSettings={onSettings} error={lens.error} total={found.length} busy={lens.busy} index={index}
        onStep={(step) => show(index < 0 ? lens.after(lines.current?.firstVisible() ?? 0) : index + step)}
        onWhole={searches && session.sources.length > 0 ? () => setWhole(true) : undefined}
      />
      {nothing !== undefined && session.sources.length === 0 ? nothing : (
        <>
          <Notes session={session} onOlder={() => { setFollow(false); void session.loadOlder(); }} onAll={() => { setFollow(false); void session.loadAll(); }} onEnd={toEnd} />
          <div className={css["frame"]}>
            <LogLines
              session={session} name={name} follow={follow && phase !== "paused"} onFollow={(next) => (next && session.detached ? setFollow(false) : setFollow(next))} onEdge={(edge) => void (edge === "top" ? session.loadOlder() : session.loadNewer())}
              rows={lens.rows} time={time} wrap={wrap} fontSize={logFontSize} lead={lead} owners={owners} marksOf={(text) => lens.marksOf(text)} current={at}
              isMatch={(number) => lens.isMatch(number)} isOpen={(number) => lens.isOpen(number)} onToggle={(number, rows) => lens.toggle(number, rows)} handle={lines}
            />
            <Blank session={session} running={running} filtered={lens.filtered} drawn={lens.rows.count} busy={lens.busy} />
            {(!follow || session.detached) && buffer.count > 0 && (
              <button type="button" className={css["jump"]} onClick={toEnd}><ArrowDownToLine size={14} aria-hidden="true" />{session.detached ? "Back to the end" : unseen > 0 ? plural(unseen, "new line") : "Follow"}</button>
            )}
          </div>
          {whole && <WholeSearch session={session} query={settings.query} onClose={() => setWhole(false)} onGo={(match) => { setFollow(false); session.goTo(match.time, match.owner); }} />}
        </>
      )}
      {exporting && <ExportDialog session={session} lens={lens} name={name} onClose={() => setExporting(false)} />}
    </div>
  );
}

function placeOf(numbers: readonly number[], number: number): number {
  const place = lowerBound(numbers, number);
  return numbers[place] === number ? place : -1;
}

/** What the lines do not say: that there are older ones, that some were left out, that a log could not be read. */
function Notes({ session, onOlder, onAll, onEnd }: { readonly session: LogSession; readonly onOlder: () => void; readonly onAll: () => void; readonly onEnd: () => void }) {
  const { buffer } = session;
  const failed = session.sources.filter(({ error }) => error !== undefined);
  const all = failed.length === session.sources.length;
  const first = failed[0];
  return (
    <>
      {first && (!all || buffer.count > 0) && (
        <div className={css["note"]}>
          <Problem
            title={failed.length === 1 ? `The log of ${first.name} is not read any more.` : `The logs of ${first.name} and ${failed.length - 1} more are not read any more.`}
            cause={first.error?.message} actions={all ? <Button size="small" onClick={() => session.reopen()}>Try again</Button> : undefined}
          />
        </div>
      )}
      {(session.earlier || session.detached) && (
        <div className={css["earlier"]}>
          <span>{noteOf(session)}</span>
          {session.earlier && <Button size="small" disabled={session.loading !== undefined} onClick={onOlder}>{session.loading === "older" ? "Loading" : "Load older"}</Button>}
          {session.earlier && !session.detached && !buffer.lostOlder && <Button size="small" disabled={session.loading !== undefined} onClick={onAll}>Load the whole log</Button>}
          {session.detached && <Button size="small" onClick={onEnd}>Back to the end</Button>}
        </div>
      )}
    </>
  );
}

function noteOf({ buffer, detached }: LogSession): string {
  const lines = plural(buffer.count, "line");
  if (detached) return buffer.lostNewer ? `${lines} are kept; newer ones were left out to make room.` : `These ${lines} are from the past; more come when you scroll.`;
  return buffer.lostOlder ? `The last ${lines} are kept; older ones were left out.` : `The last ${lines} are loaded; older ones come when you scroll up.`;
}

function Blank({ session, running, filtered, drawn, busy }: { readonly session: LogSession; readonly running: boolean; readonly filtered: boolean; readonly drawn: number; readonly busy: boolean }) {
  const { phase, buffer, sources, error } = session;
  if (phase === "failed" && buffer.count === 0) return <div className={css["failed"]}><Problem title="The log could not be read." cause={error?.message} raw={error?.cause} actions={<Button size="small" onClick={() => session.reopen()}>Try again</Button>} /></div>;
  if (phase === "opening" || drawn > 0) return null;
  if (buffer.count > 0 && filtered) return <p className={css["blank"]}>{busy ? "Searching" : "No line matches what is searched for and the chosen levels."}</p>;
  if (buffer.count > 0) return null;
  return <p className={css["blank"]}>{running ? "Nothing has been printed yet. New lines appear here at once." : sources.length > 1 ? "These containers printed nothing." : "This container printed nothing."}</p>;
}

function words({ phase, buffer, error, sources, detached }: LogSession, running: boolean): string {
  const count = buffer.count > 0 ? `, ${plural(buffer.count, "line")}` : "";
  const several = sources.length > 1 ? ` from ${plural(sources.length, "container")}` : "";
  if (sources.length === 0) return "";
  if (detached) return `Past${count}${several}`;
  switch (phase) {
    case "opening":
      return "Opening";
    case "live":
      return `Live${count}${several}`;
    case "paused":
      return `Paused${count}${several}`;
    case "ended":
      return running ? `Ended${count}${several}` : `Stopped${count}${several}`;
    case "failed":
      return error?.message ?? "The log could not be read.";
  }
}
