import { RotateCw } from "lucide-react";
import { useEffect, type ReactNode } from "react";
import { useStore } from "zustand";
import type { EngineStatus } from "../../../electron/ipc/contract/engine.ts";
import type { GlyphState } from "../../lib/glyph.ts";
import { engineStore } from "../../stores/engine.ts";
import { hostStore } from "../../stores/host.ts";
import { href, navigate } from "../../stores/route.ts";
import { Button } from "../../ui/button/Button.tsx";
import { Card } from "../../ui/display/Facts.tsx";
import { StateGlyph } from "../../ui/display/StateGlyph.tsx";
import { EngineDown, StartButton, titleOf } from "./EngineDown.tsx";
import { FixLine, RequirementList, useRequirements, verdict } from "./Requirements.tsx";
import css from "./Engine.module.css";

/** Whether containers can run here: one line where they can, otherwise what is missing and the line that brings it. */
export function MachineCheck() {
  const link = useStore(hostStore, (host) => host.link);
  const status = useStore(engineStore, (engine) => engine.status);
  if (!status || link !== "open") return <Card title="This machine"><EngineDown /></Card>;
  return status.managed ? <OwnMachine status={status} /> : <Elsewhere status={status} />;
}

function OwnMachine({ status }: { readonly status: EngineStatus }) {
  const { found, error, check } = useRequirements();
  const lacking = found?.all.filter((one) => !one.found) ?? [];
  const needed = lacking.filter((one) => one.required);
  const waits = lacking.length > 0;
  // Whoever comes back from the terminal has changed something there.
  useEffect(() => {
    if (!waits) return;
    window.addEventListener("focus", check);
    return () => window.removeEventListener("focus", check);
  }, [waits, check]);
  const connected = status.state === "connected";
  const startable = !connected && status.state !== "starting" && found !== undefined && needed.length === 0;
  return (
    <Card title="This machine" actions={<Button variant="ghost" size="small" icon={<RotateCw />} onClick={check}>Check again</Button>}>
      <div className={css["machine"]}>
        <Line glyph={needed.length > 0 ? "failed" : found ? "running" : "busy"} text={found ? verdict(found) : error ? "The machine could not be checked." : "Checking"}>
          {error?.message}
          {needed.length === 0 && lacking.length > 0 && <button type="button" className={css["more"]} onClick={() => navigate(href.engine("requirements"))}>Show {lacking.map((one) => one.name).join(", ")}</button>}
        </Line>
        {needed.length > 0 && <RequirementList all={needed} commands={false} />}
        {needed.length > 0 && found?.fix != null && <FixLine fix={found.fix} />}
        <Line glyph={connected ? "running" : status.state === "starting" ? "busy" : "failed"} text={titleOf(status)}>{connected ? status.version && `${status.version.name} ${status.version.version}` : status.error?.message}</Line>
        {startable && <div><StartButton status={status} /></div>}
      </div>
    </Card>
  );
}

/** An engine that others look after: whether it answers. */
function Elsewhere({ status }: { readonly status: EngineStatus }) {
  if (status.state !== "connected") return <Card title="This machine"><EngineDown /></Card>;
  return <Card title="Engine"><div className={css["machine"]}><Line glyph="running" text={`${status.connection.name} answers.`}>{status.version && `${status.version.name} ${status.version.version}`}</Line></div></Card>;
}

function Line({ glyph, text, children }: { readonly glyph: GlyphState; readonly text: string; readonly children: ReactNode }) {
  return <p className={css["machineLine"]}><StateGlyph state={glyph} /><span className={css["stateTitle"]}>{text}</span> <span className="quiet">{children}</span></p>;
}
