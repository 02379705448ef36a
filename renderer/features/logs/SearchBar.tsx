import { CaseSensitive, ChevronDown, ChevronUp, ListFilter, Regex, TextSearch, WholeWord } from "lucide-react";
import { plural } from "../../lib/time.ts";
import type { TextQuery } from "../../lib/text-query.ts";
import { IconButton, Button } from "../../ui/button/Button.tsx";
import { Select } from "../../ui/field/Field.tsx";
import { SearchField } from "../../ui/field/SearchField.tsx";
import type { LensSettings } from "./lens.ts";
import css from "./Logs.module.css";

const contextOptions = [0, 1, 3, 10].map((lines) => ({ value: String(lines), label: lines === 0 ? "No context" : `${lines} around` }));

export interface SearchBarProps {
  readonly settings: LensSettings;
  readonly onSettings: (settings: LensSettings) => void;
  readonly error: string | undefined;
  readonly total: number;
  readonly busy: boolean;
  /** Which match is shown, from 0; -1 for none. */
  readonly index: number;
  readonly onStep: (step: 1 | -1) => void;
  /** Searches what the window has not loaded, too; undefined where the engine cannot. */
  readonly onWhole: (() => void) | undefined;
}

/** What is searched for, how, and where the matches are. */
export function SearchBar({ settings, onSettings, error, total, busy, index, onStep, onWhole }: SearchBarProps) {
  const { query, only, around } = settings;
  const change = (part: Partial<TextQuery>) => onSettings({ ...settings, query: { ...query, ...part } });
  const active = query.text !== "";
  return (
    <div className={css["bar"]} role="toolbar" aria-label="Search">
      <div className={css["find"]} data-wrong={error !== undefined || undefined} onKeyDown={(event) => {
        if (event.key === "Enter") onStep(event.shiftKey ? -1 : 1);
      }}>
        <SearchField label="Search log" value={query.text} onChange={(text) => change({ text })} />
        {error !== undefined && <p className={css["wrong"]} role="alert">{error}</p>}
      </div>
      <span className={css["group"]}>
        <IconButton label="Match case" pressed={query.matchCase} onClick={() => change({ matchCase: !query.matchCase })}><CaseSensitive /></IconButton>
        <IconButton label="Whole words" pressed={query.word} onClick={() => change({ word: !query.word })}><WholeWord /></IconButton>
        <IconButton label="Regular expression" pressed={query.regex} onClick={() => change({ regex: !query.regex })}><Regex /></IconButton>
        <IconButton label="Only matching lines" pressed={only} onClick={() => onSettings({ ...settings, only: !only })}><ListFilter /></IconButton>
      </span>
      {only && <Select aria-label="Lines of context" className={css["small"] ?? ""} options={contextOptions} value={String(around)} onChange={(event) => onSettings({ ...settings, around: Number(event.target.value) })} />}
      {active && error === undefined && <span className={`${css["found"]} num`} role="status">{total === 0 ? (busy ? "Searching" : "No match") : `${index < 0 ? "" : `${(index + 1).toLocaleString("en")} of `}${plural(total, "line")}`}</span>}
      {active && (
        <span className={css["group"]}>
          <IconButton label="Previous match" shortcut="Shift+Enter" disabled={total === 0} onClick={() => onStep(-1)}><ChevronUp /></IconButton>
          <IconButton label="Next match" shortcut="Enter" disabled={total === 0} onClick={() => onStep(1)}><ChevronDown /></IconButton>
        </span>
      )}
      {active && onWhole && <Button size="small" icon={<TextSearch />} disabled={error !== undefined} aria-label="Search the whole log" onClick={onWhole}>Whole log</Button>}
    </div>
  );
}
