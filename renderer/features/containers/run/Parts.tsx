import { Check, Field, Input } from "../../../ui/field/Field.tsx";
import type { FieldSpec } from "./fields.ts";
import type { FormApi } from "./form-api.ts";
import { NamedRows } from "./NamedRows.tsx";
import css from "./Run.module.css";

/** A field that is one line or one tick box. */
export function SimpleField({ spec, form }: { readonly spec: FieldSpec; readonly form: FormApi }) {
  const { text, wrong, type } = form;
  if (spec.kind === "check") {
    const error = wrong(spec.key);
    return (
      <div className={css["check"]}>
        <Check label={spec.label} {...(spec.hint !== undefined && { hint: spec.hint })} checked={text[spec.key]} onChange={(event) => type({ [spec.key]: event.target.checked }, spec.key)} />
        {error !== undefined && <p className={css["conflict"]} role="alert">{error}</p>}
      </div>
    );
  }
  const fixed = spec.key === "platform" && form.self !== undefined;
  return (
    <Field label={spec.label} error={wrong(spec.key)} hint={spec.hint}>
      {(props) => <Input {...props} mono disabled={fixed} placeholder={spec.placeholder} value={text[spec.key]} onChange={(event) => type({ [spec.key]: event.target.value }, spec.key)} onBlur={() => { if (text[spec.key] !== "") type({}, spec.key); }} />}
    </Field>
  );
}

/** Kernel parameters. */
export function Sysctls({ form }: { readonly form: FormApi }) {
  return <NamedRows label="Kernel parameters" noun="parameter" field="sysctls" placeholder="net.core.somaxconn" form={form} />;
}
