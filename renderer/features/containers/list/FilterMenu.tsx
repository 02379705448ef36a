import { ListFilter, X } from "lucide-react";
import { useMemo, useState } from "react";
import { useStore } from "zustand";
import type { ContainerRow } from "../../../stores/container-row.ts";
import { prefsStore } from "../../../stores/prefs.ts";
import { Button, IconButton } from "../../../ui/button/Button.tsx";
import { Field, Input, Select } from "../../../ui/field/Field.tsx";
import { Popover } from "../../../ui/overlay/Popover.tsx";
import { projectOf } from "../project.ts";
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
  const projects = useMemo(() => [...new Set(rows.flatMap((row) => projectOf(row) ?? []))].sort(names.compare), [rows]);
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
      <Saved query={query} onChange={onChange} />
    </div>
  );
}

function Saved({ query, onChange }: Pick<FilterMenuProps, "query" | "onChange">) {
  const saved = useStore(prefsStore, (prefs) => prefs.containerQueries);
  const [name, setName] = useState("");
  function save(event: React.FormEvent): void {
    event.preventDefault();
    const trimmed = name.trim();
    if (trimmed === "" || query.trim() === "") return;
    prefsStore.setState({ containerQueries: [...saved.filter((each) => each.name !== trimmed), { name: trimmed, query: query.trim() }].sort((a, b) => names.compare(a.name, b.name)) });
    setName("");
  }
  return (
    <>
      <form className={css["save"]} onSubmit={save}>
        <Input aria-label="Name for this filter" placeholder="Name for this filter" value={name} maxLength={60} disabled={query.trim() === ""} onChange={(event) => setName(event.target.value)} />
        <Button type="submit" disabled={name.trim() === "" || query.trim() === ""}>Save</Button>
      </form>
      {saved.length > 0 && (
        <ul className={css["saved"]} aria-label="Saved filters">
          {saved.map((each) => (
            <li key={each.name} className={css["savedRow"]}>
              <button type="button" className={css["savedApply"]} aria-label={`Filter ${each.name}`} onClick={() => onChange(each.query)}><span className="cut">{each.name}</span><span className="mono cut">{each.query}</span></button>
              <IconButton label={`Forget ${each.name}`} tip="Forget" onClick={() => prefsStore.setState({ containerQueries: saved.filter((other) => other !== each) })}><X /></IconButton>
            </li>
          ))}
        </ul>
      )}
    </>
  );
}
