import { useMemo, useState } from "react";
import type { ContainerRow } from "../../stores/container-row.ts";
import type { LogsQuery } from "../../stores/route.ts";
import { StateGlyph } from "../../ui/display/StateGlyph.tsx";
import { SomeRows } from "../../ui/display/SomeRows.tsx";
import { Input } from "../../ui/field/Field.tsx";
import type { SourceInfo } from "./source.ts";
import css from "./Logs.module.css";

export interface SourcesPanelProps {
  readonly choice: LogsQuery;
  readonly rows: readonly ContainerRow[];
  /** What the choice means now. */
  readonly shown: readonly SourceInfo[];
  readonly onChoice: (choice: LogsQuery) => void;
}

/** Chooses whose lines are shown: by rule, by compose project, one by one. */
export function SourcesPanel({ choice, rows, shown, onChoice }: SourcesPanelProps) {
  const [text, setText] = useState("");
  const { rule, projects = [], containers = [] } = choice;
  const names = useMemo(() => [...new Set(rows.map((row) => row.project).filter((name) => name !== undefined))].sort(), [rows]);
  const gone = useMemo(() => containers.filter((name) => !rows.some((row) => row.name === name)), [containers, rows]);
  const fits = (name: string) => name.toLowerCase().includes(text.trim().toLowerCase());
  const included = useMemo(() => new Set(shown.map(({ id }) => id)), [shown]);
  const found = rows.filter((row) => fits(row.name));
  const setRule = (wanted: "running" | "all", on: boolean) => onChoice({ ...choice, rule: on ? wanted : undefined });
  const flip = (list: readonly string[], name: string) => (list.includes(name) ? list.filter((each) => each !== name) : [...list, name]);
  return (
    <aside className={css["panel"]} aria-label="Containers to show">
      <div className={css["panelFind"]}><Input type="search" aria-label="Find containers" placeholder="Find containers" value={text} onChange={(event) => setText(event.target.value)} /></div>
      <div className={css["panelList"]}>
        <ul className={css["choices"]}>
          <Choice label="All running" checked={rule === "running"} onChange={(on) => setRule("running", on)} />
          <Choice label="All containers" checked={rule === "all"} onChange={(on) => setRule("all", on)} />
        </ul>
        {names.some(fits) && (
          <>
            <h2 className={css["panelTitle"]}>Projects</h2>
            <SomeRows className={css["choices"]} rows={names.filter(fits)}>
              {(name) => <Choice key={name} label={name} count={rows.filter((row) => row.project === name).length} checked={projects.includes(name)} onChange={() => onChoice({ ...choice, projects: flip(projects, name) })} />}
            </SomeRows>
          </>
        )}
        <h2 className={css["panelTitle"]}>Containers</h2>
        {gone.length > 0 && <ul className={css["choices"]}>{gone.map((name) => <Choice key={name} label={name} note="gone" checked onChange={() => onChoice({ ...choice, containers: flip(containers, name) })} />)}</ul>}
        <SomeRows className={css["choices"]} rows={found}>
          {(row) => <Choice key={row.id} label={row.name} glyph={<StateGlyph state={row.glyph} />} checked={containers.includes(row.name)} byRule={included.has(row.id)} onChange={() => onChoice({ ...choice, containers: flip(containers, row.name) })} />}
        </SomeRows>
        {found.length === 0 && <p className={css["panelNone"]}>{rows.length === 0 ? "There is no container." : "No name matches."}</p>}
      </div>
    </aside>
  );
}

interface ChoiceProps {
  readonly label: string;
  readonly checked: boolean;
  /** It is shown because of a rule or its project. */
  readonly byRule?: boolean;
  readonly count?: number;
  readonly note?: string;
  readonly glyph?: React.ReactNode;
  readonly onChange: (on: boolean) => void;
}

function Choice({ label, checked, byRule = false, count, note, glyph, onChange }: ChoiceProps) {
  return (
    <li>
      <label className={css["choice"]} data-included={(byRule && !checked) || undefined}>
        <input type="checkbox" checked={checked} onChange={(event) => onChange(event.target.checked)} />
        {glyph}
        <span className="cut" title={label}>{label}</span>
        {count !== undefined && <span className={`${css["choiceNote"]} num`}>{count}</span>}
        {(note ?? (byRule && !checked)) && <span className={css["choiceNote"]}>{note ?? "shown"}</span>}
      </label>
    </li>
  );
}
