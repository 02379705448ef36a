import { useState } from "react";
import type { Reconfiguration } from "../../../../electron/ipc/contract/containers.ts";
import { plural } from "../../../lib/time.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Badge } from "../../../ui/display/Badge.tsx";
import { diffLines, effectWords, settingName } from "./setting-words.ts";
import css from "./Run.module.css";

/** What a reconfiguration changes, before it happens: what is live, what restarts the container, and every setting with what goes and what comes. */
export function Preview({ name, preview, running }: { readonly name: string; readonly preview: Reconfiguration; readonly running: boolean }) {
  // What is exposed follows from what is published.
  const shown = preview.changes.filter(({ setting }) => setting !== "Config.ExposedPorts" || !preview.changes.some((other) => other.setting === "HostConfig.PortBindings"));
  const rows = shown.map((change) => ({ change, lines: diffLines(change) }));
  const [open, setOpen] = useState(false);
  const secrets = rows.some(({ lines }) => lines.some((line) => line.masked !== undefined));
  return (
    <div>
      <div className={css["summary"]}>
        <p role="status">{summary(name, shown.length, preview.restarts, running)}</p>
        {secrets && <Button size="small" variant="ghost" onClick={() => setOpen(!open)}>{open ? "Hide secrets" : "Show secrets"}</Button>}
      </div>
      {shown.length > 0 && (
        <ul className={css["changes"]} aria-label="Changes">
          {rows.map(({ change, lines }) => (
            <li key={change.setting} className={css["change"]}>
              <span className={css["setting"]}>{settingName(change)}</span>
              <Badge tone={change.effect === "restart" ? "warning" : change.effect === "live" ? "success" : "neutral"}>{effectWords(change)}</Badge>
              <div className={css["diff"]}>
                {lines.map((line) => <span key={`${line.kind}${line.text}`} className={css[line.kind]}><span aria-hidden="true">{line.kind === "minus" ? "− " : "+ "}</span><span className="visually-hidden">{line.kind === "minus" ? "Goes: " : "Comes: "}</span>{open ? line.text : (line.masked ?? line.text)}</span>)}
              </div>
            </li>
          ))}
        </ul>
      )}
      {preview.warnings.map((warning) => <p key={warning} className={css["conflict"]}>{warning}</p>)}
    </div>
  );
}

function summary(name: string, count: number, restarts: boolean, running: boolean): string {
  if (count === 0) return `Nothing changes: ${name} is configured like this.`;
  const settings = `${plural(count, "setting")} ${count === 1 ? "changes" : "change"}`;
  if (restarts) return `${settings}. ${name} is stopped and started again; its files, its log and its anonymous volumes stay.`;
  return running ? `${settings} at once, while ${name} runs on.` : `${settings}. ${name} does not run; its files stay, and it starts with this.`;
}
