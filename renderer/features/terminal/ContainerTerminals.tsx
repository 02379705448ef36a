import "@xterm/xterm/css/xterm.css";
import { Cable, ChevronDown, Plus, SquareTerminal, X } from "lucide-react";
import { useEffect, useMemo, useRef, useState } from "react";
import { useStore } from "zustand";
import { hostStore } from "../../stores/host.ts";
import { prefsStore } from "../../stores/prefs.ts";
import { Button, IconButton } from "../../ui/button/Button.tsx";
import { Empty } from "../../ui/feedback/Empty.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import { Popover } from "../../ui/overlay/Popover.tsx";
import { NewTerminal } from "./NewTerminal.tsx";
import { addTerminal, closeTerminal, mountTerminal, recolourTerminals, reopenTerminal, showTerminal, terminalsStore, type TerminalTab } from "./terminals.ts";
import { stateProblem, stateWords } from "./words.ts";
import css from "./Terminal.module.css";

export interface ContainerTerminalsProps {
  readonly containerId: string;
  readonly name: string;
  readonly running: boolean;
  readonly onStart: () => void;
}

/** Shells in a running container, as tabs that stay open; and its main process, to attach to. */
export function ContainerTerminals({ containerId, name, running, onStart }: ContainerTerminalsProps) {
  const all = useStore(terminalsStore, (state) => state.tabs);
  const shownId = useStore(terminalsStore, (state) => state.shown[containerId]);
  const tabs = useMemo(() => all.filter((tab) => tab.containerId === containerId), [all, containerId]);
  const shell = useStore(prefsStore, (prefs) => prefs.shell);
  const link = useStore(hostStore, (host) => host.link);
  const shown = tabs.find((tab) => tab.id === shownId) ?? tabs[0];
  // The first look at a container opens a shell; who closes the last one wants none.
  const [began, setBegan] = useState(tabs.length > 0);
  useEffect(() => {
    if (began || !running) return;
    setBegan(true);
    addTerminal(containerId, { place: { containerId }, shell });
  }, [began, running, containerId, shell]);

  if (!shown) {
    return running ? (
      <Empty icon={<SquareTerminal />} title="No terminal is open" action={<div className={css["choices"]}><Button variant="primary" icon={<Plus />} onClick={() => addTerminal(containerId, { place: { containerId }, shell })}>Open a shell</Button><Button icon={<Cable />} onClick={() => addTerminal(containerId, { place: { attachTo: containerId }, shell: "" })}>Attach to the main process</Button></div>} command={`docker exec -it ${name} sh`}>
        A shell runs beside the container's own program. Attaching shows what that program prints from now on, and lets you type to it if it listens.
      </Empty>
    ) : (
      <Empty icon={<SquareTerminal />} title={`${name} is not running`} action={<Button variant="primary" onClick={onStart}>{`Start ${name}`}</Button>} command={`docker start ${name} && docker exec -it ${name} sh`}>
        A terminal is a shell inside the container, beside its own program. It needs the container to run.
      </Empty>
    );
  }
  const over = shown.state.phase === "ended" || shown.state.phase === "failed";
  const attached = "attachTo" in shown.request.place;
  return (
    <div className={css["pane"]}>
      <div className={css["bar"]}>
        <Strip tabs={tabs} shown={shown} />
        <span className={css["more"]}><Popover label="New terminal" align="start" trigger={<IconButton label="New terminal" disabled={!running}><Plus /><ChevronDown className={css["small"]} /></IconButton>}>
          <NewTerminal containerId={containerId} />
        </Popover></span>
        <span className={css["words"]} role="status">{stateWords(shown.state, name, attached)}</span>
        {over && <Button size="small" disabled={!running || link !== "open"} onClick={() => reopenTerminal(shown.id)}>{attached ? "Attach again" : "Open again"}</Button>}
        {!over && attached && <Button size="small" onClick={() => closeTerminal(shown.id)}>Detach</Button>}
      </div>
      {shown.state.phase === "failed" && <div className={css["problem"]}><Problem {...stateProblem(shown.state.error, shown.request.shell)} /></div>}
      <Screen key={`${shown.id} ${shown.round}`} tab={shown} name={name} />
    </div>
  );
}

/** The tabs of one container's terminals. */
function Strip({ tabs, shown }: { readonly tabs: readonly TerminalTab[]; readonly shown: TerminalTab }) {
  const list = useRef<HTMLDivElement>(null);
  function onKeyDown(event: React.KeyboardEvent): void {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    const at = tabs.indexOf(shown);
    const next = tabs[(at + step + tabs.length) % tabs.length];
    if (event.key === "Delete") closeTerminal(shown.id);
    else if (step === 0 || !next) return;
    else {
      showTerminal(next);
      requestAnimationFrame(() => list.current?.querySelector<HTMLElement>(`[data-tab="${next.id}"]`)?.focus());
    }
    event.preventDefault();
  }
  return (
    <div className={css["strip"]}>
      <div ref={list} role="tablist" aria-label="Terminals" className={css["tablist"]} onKeyDown={onKeyDown}>
        {tabs.map((tab, index) => (
          <button key={tab.id} type="button" role="tab" data-tab={tab.id} data-over={tab.state.phase === "ended" || tab.state.phase === "failed" || undefined} aria-selected={tab === shown} tabIndex={tab === shown ? 0 : -1} className={css["tab"]} onClick={() => showTerminal(tab)}>
            <span className={css["order"]}>{index + 1}</span> <span className="cut">{tab.title}</span>
          </button>
        ))}
      </div>
      <IconButton label={`Close ${shown.title}`} tip="Close terminal" onClick={() => closeTerminal(shown.id)}><X /></IconButton>
    </div>
  );
}

/** Where a terminal is drawn. It is only shown here: leaving ends nothing. */
function Screen({ tab, name }: { readonly tab: TerminalTab; readonly name: string }) {
  const place = useRef<HTMLDivElement>(null);
  const first = useRef(tab);
  const theme = useStore(prefsStore, (prefs) => prefs.theme);
  useEffect(() => (place.current ? mountTerminal(first.current, place.current) : undefined), []);
  useEffect(recolourTerminals, [theme]);
  return <div ref={place} className={css["screen"]} role="region" aria-label={`Terminal of ${name}`} />;
}
