import { useMemo, useState } from "react";
import { plainSettings, type LensSettings } from "./lens.ts";
import { LogPane } from "./LogPane.tsx";

export interface LogViewProps {
  readonly containerId: string;
  readonly name: string;
  readonly running: boolean;
}

/** A container's log, live. */
export function LogView({ containerId, name, running }: LogViewProps) {
  const [settings, setSettings] = useState<LensSettings>(plainSettings);
  const infos = useMemo(() => [{ id: containerId, name, running }], [containerId, name, running]);
  return <LogPane id={containerId} name={name} infos={infos} settings={settings} onSettings={setSettings} />;
}
