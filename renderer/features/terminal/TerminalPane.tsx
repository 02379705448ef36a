import "@xterm/xterm/css/xterm.css";
import { SquareTerminal } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import { hostStore } from "../../stores/host.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Select } from "../../ui/field/Field.tsx";
import { startSession, type SessionState } from "./session.ts";
import { stateProblem, stateWords } from "./words.ts";
import css from "./Terminal.module.css";

export interface TerminalPaneProps {
  readonly buildId: string;
  readonly name: string;
  readonly running: boolean;
}

const shells = [
  { value: "", label: "Best shell" },
  { value: "bash", label: "bash" },
  { value: "ash", label: "ash" },
  { value: "sh", label: "sh" },
];

/** A shell in what a failed build step left. */
export function TerminalPane({ buildId, name, running }: TerminalPaneProps) {
  const screen = useRef<HTMLDivElement>(null);
  const shell = useStore(prefsStore, (prefs) => prefs.shell);
  const theme = useStore(prefsStore, (prefs) => prefs.theme);
  const link = useStore(hostStore, (host) => host.link);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<SessionState>({ phase: "opening" });
  const session = useRef<ReturnType<typeof startSession>>(undefined);

  useEffect(() => {
    if (!screen.current || !running) return;
    setState({ phase: "opening" });
    const element = document.createElement("div");
    element.style.height = "100%";
    screen.current.append(element);
    const started = startSession(element, { place: { buildId }, shell }, setState);
    session.current = started;
    return () => started.dispose();
  }, [buildId, shell, round, running]);
  useEffect(() => session.current?.recolour(), [theme]);

  if (!running && state.phase === "opening") return <Empty icon={<SquareTerminal />} title="No failed step is kept">A build that fails keeps the step that failed until it is dismissed. A shell in it shows why.</Empty>;
  const over = state.phase === "ended" || state.phase === "failed";
  return (
    <div className={css["pane"]}>
      <div className={css["bar"]}>
        <span className={css["words"]} role="status">{stateWords(state, name)}</span>
        {over && <Button size="small" disabled={!running || link !== "open"} onClick={() => setRound(round + 1)}>Open again</Button>}
        <div className={css["shell"]}><Select aria-label="Shell" options={shells} value={shell} onChange={(event) => prefsStore.setState({ shell: event.target.value })} /></div>
      </div>
      {state.phase === "failed" && <div className={css["problem"]}><Problem {...stateProblem(state.error, shell)} /></div>}
      <div ref={screen} className={css["screen"]} role="region" aria-label={`Terminal of ${name}`} />
    </div>
  );
}
