import { useEffect, useEffectEvent, useRef, useState, useSyncExternalStore } from "react";
import { LogSearch } from "../../ui/log/search.ts";
import type { LogSession } from "./session.ts";

export interface LogSearchState {
  /** What to mark in the lines; lower case. */
  readonly needle: string;
  readonly total: number;
  readonly busy: boolean;
  /** Which match is shown, from 0. */
  readonly index: number;
  /** Line of that match. */
  readonly current: number | undefined;
  readonly next: () => void;
  readonly previous: () => void;
}

const typingMs = 120;

/**
 * Searches a log while it grows, in slices between frames.
 * @param reveal brings a line into view
 * @param from the line that is in view now: the first match shown is the next one below it
 */
export function useLogSearch(session: LogSession, query: string, reveal: (number: number) => void, from: () => number): LogSearchState {
  const version = useSyncExternalStore(session.subscribe, session.getVersion);
  const search = useRef<LogSearch>(undefined);
  const [index, setIndex] = useState(-1);
  const [progress, setProgress] = useState({ total: 0, busy: false });
  const shown = useRef(false);

  useEffect(() => {
    search.current = undefined;
    shown.current = false;
    setIndex(-1);
    setProgress({ total: 0, busy: query !== "" });
    if (query === "") return;
    const timer = setTimeout(() => {
      search.current = new LogSearch(query, session.buffer);
      setProgress({ total: 0, busy: true });
    }, typingMs);
    return () => clearTimeout(timer);
  }, [query, session]);

  const showFirst = useEffectEvent((running: LogSearch) => show(running.after(from())));
  useEffect(() => {
    const running = search.current;
    if (!running) return;
    let timer: ReturnType<typeof setTimeout>;
    const work = () => {
      const more = running.step(session.buffer);
      setProgress((before) => (before.total === running.matches.length && before.busy === more ? before : { total: running.matches.length, busy: more }));
      if (!shown.current && running.matches.length > 0) {
        shown.current = true;
        showFirst(running);
      }
      if (more) timer = setTimeout(work);
    };
    work();
    return () => clearTimeout(timer);
  }, [version, progress.busy, session]);

  function show(at: number) {
    const matches = search.current?.matches ?? [];
    if (matches.length === 0) return;
    const wrapped = (at + matches.length) % matches.length;
    setIndex(wrapped);
    const number = matches[wrapped];
    if (number !== undefined) reveal(number);
  }

  return {
    needle: search.current?.needle ?? "",
    total: progress.total,
    busy: progress.busy,
    index: Math.max(0, index),
    current: index < 0 ? undefined : search.current?.matches[index],
    next: () => show(index + 1),
    previous: () => show(index - 1),
  };
}
