import { useRef, type ClipboardEvent, type ReactNode } from "react";
import { emptyNamed } from "../../../lib/run/form.ts";
import { masked } from "../../../lib/secrets.ts";
import { notice } from "../../../stores/notices.ts";
import { plural } from "../../../lib/time.ts";
import { Button } from "../../../ui/button/Button.tsx";
import { Input } from "../../../ui/field/Field.tsx";
import { Cell, Rows } from "../../../ui/field/Rows.tsx";
import type { FormApi } from "./form-api.ts";
import { parseEnvFile } from "./read-text.ts";
import css from "./Run.module.css";

export interface NamedRowsProps {
  readonly label: string;
  /** One of them: "variable". */
  readonly noun: string;
  readonly field: "env" | "labels" | "sysctls" | "logOptions";
  readonly placeholder?: string;
  readonly hint?: ReactNode;
  readonly form: FormApi;
}

/** Names with values. Several pasted lines `NAME=VALUE` become rows. */
export function NamedRows({ label, noun, field, placeholder = "Name", hint, form }: NamedRowsProps) {
  const { text, wrong, type } = form;
  const rows = text[field];
  const title = noun.slice(0, 1).toUpperCase() + noun.slice(1);
  function paste(event: ClipboardEvent, index: number) {
    const { rows: lines } = parseEnvFile(event.clipboardData.getData("text"));
    if (lines.length === 0) return;
    event.preventDefault();
    type({ [field]: [...rows.slice(0, index), ...lines, ...rows.slice(index + 1)] }, field);
  }
  return (
    <Rows label={label} noun={noun} rows={rows} blank={emptyNamed} onChange={(next) => type({ [field]: next }, field)} hint={hint}>
      {(row, index, change) => {
        const path = `${field}.${index}.name`;
        const error = wrong(path) ?? wrong(`${field}.${index}.value`);
        return (
          <>
            <Cell width="first" error={error}>
              <Input mono aria-label={`${title} name ${index + 1}`} placeholder={placeholder} value={row.name} aria-invalid={error !== undefined} onPaste={(event) => paste(event, index)} onChange={(event) => { change({ name: event.target.value }); type({}, path); }} onBlur={() => type({}, path)} />
            </Cell>
            <span className={css["between"]} aria-hidden="true">=</span>
            <Cell><Input mono secret={field === "env" && masked(row.name, row.value) !== undefined} aria-label={`${title} value ${index + 1}`} placeholder="Value" value={row.value} onChange={(event) => change({ value: event.target.value })} onBlur={() => type({}, path)} /></Cell>
          </>
        );
      }}
    </Rows>
  );
}

/** Environment variables, typed, pasted or read from a file. */
export function EnvRows({ form }: { readonly form: FormApi }) {
  const file = useRef<HTMLInputElement>(null);
  async function read(chosen: File) {
    const { rows, bad } = parseEnvFile(await chosen.text());
    const names = new Set(rows.map(({ name }) => name));
    form.type({ env: [...form.text.env.filter(({ name, value }) => name + value !== "" && !names.has(name)), ...rows] }, "env");
    if (bad.length > 0) notice({ kind: "error", title: `${plural(bad.length, "line")} of ${chosen.name} ${bad.length === 1 ? "is" : "are"} left out.`, description: `Not NAME=VALUE: ${bad.slice(0, 3).join(", ").slice(0, 200)}` });
  }
  return (
    <>
      <NamedRows
        label="Environment"
        noun="variable"
        field="env"
        form={form}
        hint={
          <span className={css["declared"]}>
            <Button variant="ghost" size="small" onClick={() => file.current?.click()}>Add an env file</Button>
            {form.text.env.length > 0 && "Its lines can be pasted into a name, too."}
          </span>
        }
      />
      <input ref={file} type="file" hidden aria-label="Env file" onChange={(event) => { const [chosen] = event.target.files ?? []; if (chosen) void read(chosen); event.target.value = ""; }} />
    </>
  );
}
