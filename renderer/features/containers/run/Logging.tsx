import { Field, Input } from "../../../ui/field/Field.tsx";
import type { FormApi } from "./form-api.ts";
import { NamedRows } from "./NamedRows.tsx";
import css from "./Run.module.css";

/** Where the output goes. */
export function Logging({ form }: { readonly form: FormApi }) {
  const { text, wrong, type } = form;
  return (
    <div className={css["group"]}>
      <Field label="Logging driver" error={wrong("logDriver")} hint="Only json-file and local can be read here.">
        {(props) => <Input {...props} mono list="run-log-drivers" placeholder="json-file" value={text.logDriver} onChange={(event) => type({ logDriver: event.target.value }, "logDriver")} />}
      </Field>
      <datalist id="run-log-drivers"><option value="json-file" /><option value="local" /><option value="none" /></datalist>
      <NamedRows label="Logging options" noun="option" field="logOptions" placeholder="max-size" form={form} />
    </div>
  );
}
