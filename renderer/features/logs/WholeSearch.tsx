import { X } from "lucide-react";
import { useEffect, useState } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import { openStream } from "../../bridge/streams.ts";
import { matchRanges, compileQuery, type TextQuery } from "../../lib/text-query.ts";
import { plural } from "../../lib/time.ts";
import { client } from "../../stores/host.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { ownerColour } from "../../ui/log/Line.tsx";
import { showTime } from "../../ui/log/times.ts";
import type { LogSession } from "./session.ts";
import css from "./Logs.module.css";

/** Matches that are listed; more are counted. */
const mostListed = 500;

export interface WholeMatch {
  readonly time: string;
  readonly text: string;
  readonly owner: number;
}

interface Found {
  readonly list: readonly WholeMatch[];
  readonly matches: number;
  /** From 0 to 1. */
  readonly part: number;
  readonly done: boolean;
  readonly error: IpcErrorInfo | undefined;
}

const nothing: Found = { list: [], matches: 0, part: 0, done: false, error: undefined };

export interface WholeSearchProps {
  readonly session: LogSession;
  readonly query: TextQuery;
  readonly onClose: () => void;
  readonly onGo: (match: WholeMatch) => void;
}

/** Matches in all that was ever printed, found by the engine. The window only holds what is listed. */
export function WholeSearch({ session, query, onClose, onGo }: WholeSearchProps) {
  const [found, setFound] = useState(nothing);
  const [run, setRun] = useState(0);
  const owners = session.sources.map(({ id, name }) => `${id} ${name}`).join("\n");
  useEffect(() => {
    setFound(nothing);
    if (query.text === "" || compileQuery(query)?.error !== undefined) return;
    const cancel = new AbortController();
    // Typing begins a search anew; it is not begun for every letter.
    const timer = setTimeout(() => void search(session, query, setFound, cancel.signal), 200);
    return () => {
      clearTimeout(timer);
      cancel.abort();
    };
  }, [session, owners, query, run]);
  const names = session.sources.map(({ name }) => name);
  const expression = query.regex ? undefined : compileQuery(query)?.expression;
  return (
    <section className={css["whole"]} aria-label="Matches in the whole log">
      <div className={css["wholeBar"]}>
        <strong>Whole log</strong>
        <span className="num quiet" role="status">{words(found, query.text !== "")}</span>
        <span className={css["spring"]} />
        {found.done && <Button size="small" variant="ghost" onClick={() => setRun(run + 1)}>Search again</Button>}
        <IconButton label="Close matches" onClick={onClose}><X /></IconButton>
      </div>
      {found.error && <div className={css["note"]}><Problem title={found.error.message} raw={found.error.cause} /></div>}
      <ul className={css["wholeList"]}>
        {found.list.map((match, index) => (
          <li key={index}>
            <button type="button" className={css["wholeRow"]} onClick={() => onGo(match)}>
              <time className={css["wholeTime"]}>{showTime(match.time, "local", 0)}</time>
              {names.length > 1 && <span className={css["wholeOwner"]} style={{ color: ownerColour(match.owner) }}>{names[match.owner]}</span>}
              <span className="cut">{marked(match.text, expression)}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function marked(text: string, expression: RegExp | undefined) {
  const [from, to] = expression ? matchRanges(text, expression) : [];
  if (from === undefined || to === undefined) return text;
  // A match far to the right is brought into view.
  const cut = from > 80 ? from - 40 : 0;
  return <>{cut > 0 && "…"}{text.slice(cut, from)}<mark className={css["mark"]}>{text.slice(from, to)}</mark>{text.slice(to)}</>;
}

function words({ matches, part, done, error, list }: Found, asked: boolean): string {
  if (error) return "";
  if (!asked) return "Type what to look for.";
  const count = `${plural(matches, "matching line")}${list.length < matches ? `, the newest ${list.length.toLocaleString("en")} are listed` : ""}`;
  return done ? count : `Searching, ${Math.round(part * 100)} %: ${count}`;
}

async function search(session: LogSession, query: TextQuery, tell: (found: Found) => void, signal: AbortSignal): Promise<void> {
  const list: WholeMatch[] = [];
  const states = session.sources.map(() => ({ matches: 0, bytes: 0, total: 1, done: false }));
  let toldAt = 0;
  const report = (done: boolean, error?: IpcErrorInfo): void => {
    if (signal.aborted) return;
    toldAt = performance.now();
    const total = states.reduce((sum, state) => sum + state.total, 0);
    tell({ list: [...list], matches: states.reduce((sum, { matches }) => sum + matches, 0), part: states.reduce((sum, { bytes }) => sum + bytes, 0) / Math.max(1, total), done, error });
  };
  const one = async (owner: number): Promise<void> => {
    const source = session.sources[owner];
    const state = states[owner];
    if (!source || !state) return;
    const api = client();
    for await (const batch of openStream(api, (streamId, streamSignal) => api.logs.search({ streamId, containerId: source.id, ...query, ...session.span, limit: mostListed }, { signal: streamSignal }), signal)) {
      for (const event of batch.events) {
        if (event.type === "match") put(list, { time: event.time, text: event.text, owner });
        else Object.assign(state, { matches: event.matches, bytes: event.bytes, total: event.totalBytes });
      }
      if (performance.now() - toldAt > 100) report(false);
    }
  };
  try {
    // Two at a time: the engine has as many threads for it.
    let next = 0;
    const work = async (): Promise<void> => {
      while (next < session.sources.length) await one(next++);
    };
    await Promise.all([work(), work()]);
    report(true);
  } catch (error) {
    report(true, toIpcErrorInfo(error));
  }
}

/** Keeps the list newest first, and short. Each log's matches come in that order, so the place is near the end. */
function put(list: WholeMatch[], match: WholeMatch): void {
  if (list.length >= mostListed && match.time <= (list.at(-1)?.time ?? "")) return;
  let at = list.length;
  while (at > 0 && (list[at - 1]?.time ?? "") < match.time) at--;
  list.splice(at, 0, match);
  if (list.length > mostListed) list.pop();
}
