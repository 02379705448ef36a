import { RotateCw } from "lucide-react";
import { useCallback, useEffect, useState } from "react";
import { toIpcErrorInfo, type IpcErrorInfo } from "../../../electron/ipc/errors.ts";
import type { Requirement, Requirements } from "../../../electron/ipc/contract/own-engine.ts";
import type { GlyphState } from "../../lib/glyph.ts";
import { client } from "../../stores/host.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Skeleton } from "../../ui/display/Bar.tsx";
import { CommandLine } from "../../ui/display/Copy.tsx";
import { StateGlyph } from "../../ui/display/StateGlyph.tsx";
import { Problem } from "../../ui/feedback/Problem.tsx";
import css from "./Engine.module.css";

export interface RequirementsState {
  readonly found: Requirements | undefined;
  readonly error: IpcErrorInfo | undefined;
  readonly check: () => void;
}

/** Looks at the machine once, and again on `check`. */
export function useRequirements(wanted = true): RequirementsState {
  const [state, setState] = useState<Omit<RequirementsState, "check">>({ found: undefined, error: undefined });
  const [round, setRound] = useState(0);
  useEffect(() => {
    if (!wanted) return;
    const cancel = new AbortController();
    client()
      .ownEngine.requirements(undefined, { signal: cancel.signal })
      .then((found) => setState({ found, error: undefined }))
      .catch((error: unknown) => {
        if (!cancel.signal.aborted) setState({ found: undefined, error: toIpcErrorInfo(error) });
      });
    return () => cancel.abort();
  }, [wanted, round]);
  return { ...state, check: useCallback(() => setRound((before) => before + 1), []) };
}

/** What the built-in engine needs of this machine, what is missing, and the one command that puts it right. */
export function RequirementsPanel() {
  const { found, error, check } = useRequirements();
  return (
    <div className={css["page"]}>
      {error && <Problem title="The machine could not be checked." cause={error.message} raw={error.cause} actions={<Button onClick={check}>Try again</Button>} />}
      {!found && !error && <div className={css["skeletons"]}>{[44, 60, 38, 52].map((width) => <Skeleton key={width} width={`${width}%`} height={16} />)}</div>}
      {found && (
        <>
          <div className={css["verdict"]}>
            <p className={css["stateTitle"]} role="status">{verdict(found)}</p>
            <Button icon={<RotateCw />} onClick={check}>Check again</Button>
          </div>
          {found.fix !== null && <FixLine fix={found.fix} />}
          <RequirementList all={found.all} />
        </>
      )}
    </div>
  );
}

/** The one line that makes things right, for a terminal: it needs the administrator's password. */
export function FixLine({ fix }: { readonly fix: string }) {
  return (
    <div>
      <CommandLine command={fix} label="What puts it right" />
      <p className={css["hint"]}>Run this line in a terminal. Slipway never asks for the administrator's password itself.</p>
    </div>
  );
}

export function verdict({ all }: Requirements): string {
  const missing = all.filter((one) => !one.found);
  if (missing.length === 0) return "Everything the engine needs is here.";
  const needed = missing.filter((one) => one.required).length;
  if (needed > 0) return `The engine cannot work: ${needed === 1 ? "one thing is" : `${needed} things are`} missing.`;
  return `The engine works. ${missing.length === 1 ? "One thing" : `${missing.length} things`} would make it better.`;
}

/** Each with its state and what it is for. @param commands also what provides each that is missing */
export function RequirementList({ all, commands = true }: { readonly all: readonly Requirement[]; readonly commands?: boolean }) {
  return <ul className={css["requirements"]} aria-label="Requirements">{all.map((one) => <Row key={one.name} one={one} command={commands} />)}</ul>;
}

function Row({ one, command }: { readonly one: Requirement; readonly command: boolean }) {
  const [glyph, word]: [GlyphState, string] = one.found ? ["running", "Found"] : one.required ? ["failed", "Missing"] : ["exited", "Missing, not required"];
  return (
    <li className={css["requirement"]}>
      <StateGlyph state={glyph} label={word} />
      <div>
        <p><span className={css["stateTitle"]}>{one.name}</span> <span className={one.found || !one.required ? "quiet" : css["wrong"]}>{one.detail}</span></p>
        <p className="quiet">{one.why.slice(0, 1).toUpperCase()}{one.why.slice(1)}.</p>
        {command && one.fix !== null && !one.found && <CommandLine command={one.fix} label={`What provides ${one.name}`} />}
      </div>
    </li>
  );
}
