import type { HealthMode } from "../../../lib/run/form.ts";
import { Field, Input } from "../../../ui/field/Field.tsx";
import { Segments } from "../../../ui/field/Segments.tsx";
import type { FormApi } from "./form-api.ts";
import css from "./Run.module.css";

const modes: readonly { readonly value: HealthMode; readonly label: string }[] = [{ value: "image", label: "As the image says" }, { value: "none", label: "None" }, { value: "command", label: "A command" }];
const figures = [
  { key: "healthInterval", label: "Interval", placeholder: "30s" },
  { key: "healthTimeout", label: "Time-out", placeholder: "30s" },
  { key: "healthRetries", label: "Retries", placeholder: "3" },
  { key: "healthStartPeriod", label: "Start period", placeholder: "0s" },
] as const;

/** Whose health check counts, and how often it runs. */
export function Health({ form }: { readonly form: FormApi }) {
  const { text, wrong, type } = form;
  return (
    <div className={css["group"]}>
      <Segments label="Health check" value={text.health} options={modes} onChange={(health) => type({ health }, "health")} />
      {text.health === "command" && (
        <>
          <Field label="Health command" error={wrong("healthCommand")} hint="Runs in the container’s shell. Exit code 0 is healthy.">
            {(props) => <Input {...props} mono placeholder="curl -f http://localhost/" value={text.healthCommand} onChange={(event) => type({ healthCommand: event.target.value }, "healthCommand")} />}
          </Field>
          <div className={css["four"]}>
            {figures.map(({ key, label, placeholder }) => (
              <Field key={key} label={label} error={wrong(key)}>
                {(props) => <Input {...props} mono placeholder={placeholder} value={text[key]} onChange={(event) => type({ [key]: event.target.value }, key)} />}
              </Field>
            ))}
          </div>
        </>
      )}
    </div>
  );
}
