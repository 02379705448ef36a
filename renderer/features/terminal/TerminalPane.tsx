import "@xterm/xterm/css/xterm.css";
import { SquareTerminal } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { useStore } from "zustand";
import type { IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { TerminalPlace } from "../../bridge/streams.ts";
import { hostStore } from "../../stores/host.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Select } from "../../ui/field/Field.tsx";
import { startSession, type SessionState } from "./session.ts";
import css from "./Terminal.module.css";

export type TerminalPaneProps = TerminalPlace & {
  readonly name: string;
  readonly running: boolean;
  readonly onStart?: () => void;
};

const shells = [
  { value: "", label: "Best shell" },
  { value: "bash", label: "bash" },
  { value: "ash", label: "ash" },
  { value: "sh", label: "sh" },
];

/** A shell in a running container, or in what a failed build step left. */
export function TerminalPane(props: TerminalPaneProps) {
  const { name, running, onStart } = props;
  const screen = useRef<HTMLDivElement>(null);
  const shell = useStore(prefsStore, (prefs) => prefs.shell);
  const theme = useStore(prefsStore, (prefs) => prefs.theme);
  const link = useStore(hostStore, (host) => host.link);
  const [round, setRound] = useState(0);
  const [state, setState] = useState<SessionState>({ phase: "opening" });
  const containerId = "containerId" in props ? props.containerId : undefined;
  const buildId = "buildId" in props ? props.buildId : undefined;
  const session = useRef<ReturnType<typeof startSession>>(undefined);

  useEffect(() => {
    if (!screen.current || !running) return;
    setState({ phase: "opening" });
    const place = buildId === undefined ? { containerId: containerId ?? "" } : { buildId };
    const started = startSession(screen.current, { place, shell }, setState);
    session.current = started;
    return () => started.dispose();
  }, [containerId, buildId, shell, round, running]);
  useEffect(() => session.current?.recolour(), [theme]);

  if (!running && state.phase === "opening") {
    return (
      <Empty icon={<SquareTerminal />} title={`${name} is not running`} action={onStart && <Button variant="primary" onClick={onStart}>{`Start ${name}`}</Button>} command={`docker start ${name} && docker exec -it ${name} sh`}>
        A terminal is a shell inside the container, beside its own program. It needs the container to run.
      </Empty>
    );
  }
  const over = state.phase === "ended" || state.phase === "failed";
  return (
    <div className={css["pane"]}>
      <div className={css["bar"]}>
        <span className={css["words"]} role="status">{words(state, name)}</span>
        {over && <Button size="small" disabled={!running || link !== "open"} onClick={() => setRound(round + 1)}>Open again</Button>}
        <div className={css["shell"]}><Select aria-label="Shell" options={shells} value={shell} onChange={(event) => prefsStore.setState({ shell: event.target.value })} /></div>
      </div>
      {state.phase === "failed" && <div className={css["problem"]}><Problem {...problem(state.error, shell)} /></div>}
      <div ref={screen} className={css["screen"]} role="region" aria-label={`Terminal of ${name}`} />
    </div>
  );
}

function words(state: SessionState, name: string): string {
  switch (state.phase) {
    case "opening":
      return "Opening";
    case "open":
      return `Connected to ${name}`;
    case "ended":
      return state.exitCode === null ? "The shell has ended." : `The shell has ended with code ${state.exitCode}.`;
    case "failed":
      return "Not connected";
  }
}

function problem(error: IpcErrorInfo, shell: string) {
  if (error.code === "commandNotFound") return { title: shell ? `The image has no ${shell}.` : "The image has no shell.", cause: shell ? "Choose another shell at the right." : "Images made from scratch often hold only the program itself.", raw: error.cause };
  if (error.code === "unavailable") return { title: "The terminal lost its connection.", cause: `${error.message} What ran in the shell has ended.`, raw: error.cause };
  return { title: "The terminal could not be opened.", cause: error.message, raw: error.cause };
}
