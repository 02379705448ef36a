import { ListFilter } from "lucide-react";
import { useMemo } from "react";
import { useStore } from "zustand";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { prefsStore } from "../../../stores/prefs.ts";
import { IconButton } from "../../../ui/button/Button.tsx";
import { Field, Input, Select } from "../../../ui/field/Field.tsx";
import { SavedFilters } from "../../../ui/field/SavedFilters.tsx";
import { Popover } from "../../../ui/overlay/Popover.tsx";
import { chosen, parseFilter, withTerm, type FilterKey } from "./filter.ts";
import css from "./List.module.css";

const states = ["running", "paused", "restarting", "created", "exited", "dead"] as const;
const healths = ["healthy", "unhealthy", "starting"] as const;
const names = new Intl.Collator("en", { numeric: true, sensitivity: "base" });
const mostImages = 200;

export interface FilterMenuProps {
  readonly rows: readonly ContainerRow[];
  readonly query: string;
  readonly onChange: (query: string) => void;
}

/** Everything the search understands, to click; and filters that were given a name. */
export function FilterMenu(props: FilterMenuProps) {
  const on = parseFilter(props.query).terms.length > 0;
  return (
    <Popover label="Filter" trigger={<IconButton label="Filter" pressed={on}><ListFilter /></IconButton>}>
      <Content {...props} />
    </Popover>
  );
}

function Content({ rows, query, onChange }: FilterMenuProps) {
  const saved = useStore(prefsStore, (prefs) => prefs.containerQueries);
  const projects = useMemo(() => [...new Set(rows.flatMap((row) => row.project ?? []))].sort(names.compare), [rows]);
  const images = useMemo(() => [...new Set(rows.map((row) => row.image))].sort(names.compare).slice(0, mostImages), [rows]);
  const toggle = (key: FilterKey, value: string): void => {
    const now = chosen(query, key);
    onChange(withTerm(query, key, now.includes(value) ? now.filter((each) => each !== value) : [...now, value]));
  };
  const choices = (title: string, key: FilterKey, values: readonly string[]) => (
    <fieldset className={css["choices"]}>
      <legend>{title}</legend>
      {values.map((value) => <button key={value} type="button" className={css["choice"]} aria-pressed={chosen(query, key).includes(value)} onClick={() => toggle(key, value)}>{value[0]?.toUpperCase()}{value.slice(1)}</button>)}
    </fieldset>
  );
  const single = (key: FilterKey, value: string): void => onChange(withTerm(query, key, value === "" ? [] : [value]));
  return (
    <div className={css["filters"]}>
      {choices("State", "state", states)}
      {choices("Health", "health", healths)}
      {projects.length > 0 && (
        <Field label="Project">{(field) => <Select {...field} value={projects.find((each) => each.toLowerCase() === chosen(query, "project")[0]) ?? ""} options={[{ value: "", label: "Any" }, ...projects.map((value) => ({ value, label: value }))]} onChange={(event) => single("project", event.target.value)} />}</Field>
      )}
      <Field label="Image">{(field) => <Select {...field} value={images.find((each) => each.toLowerCase() === chosen(query, "image")[0]) ?? ""} options={[{ value: "", label: "Any" }, ...images.map((value) => ({ value, label: value }))]} onChange={(event) => single("image", event.target.value)} />}</Field>
      <div className={css["pair"]}>
        <Field label="Label">{(field) => <Input {...field} mono placeholder="env or env=prod" value={chosen(query, "label")[0] ?? ""} onChange={(event) => single("label", event.target.value)} />}</Field>
        <Field label="Port">{(field) => <Input {...field} mono inputMode="numeric" placeholder="8080" value={chosen(query, "port")[0] ?? ""} onChange={(event) => single("port", event.target.value.replace(/\D/g, ""))} />}</Field>
      </div>
      <SavedFilters saved={saved} now={query.trim() === "" ? undefined : { query: query.trim() }} words={(each) => each.query} onApply={(each) => onChange(each.query)} onSave={(containerQueries) => prefsStore.setState({ containerQueries })} />
    </div>
  );
}
