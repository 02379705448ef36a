import { useId, type ComponentProps, type ReactNode } from "react";
import { cx } from "../../lib/cx.ts";
import css from "./Field.module.css";

export interface FieldProps {
  readonly label: string;
  readonly hint?: ReactNode;
  readonly error?: string | undefined;
  /** Renders the control with the ids that tie it to its label and message. */
  readonly children: (props: { id: string; "aria-describedby": string | undefined; "aria-invalid": boolean }) => ReactNode;
}

/** A labelled control with a hint, or what is wrong in its place. */
export function Field({ label, hint, error, children }: FieldProps) {
  const id = useId();
  const note = error ?? hint;
  return (
    <div className={css["field"]}>
      <label htmlFor={id} className={css["label"]}>{label}</label>
      {children({ id, "aria-describedby": note ? `${id}-note` : undefined, "aria-invalid": error !== undefined })}
      {note && <p id={`${id}-note`} className={cx(css["note"], error !== undefined && css["error"])}>{note}</p>}
    </div>
  );
}

export interface InputProps extends ComponentProps<"input"> {
  readonly mono?: boolean;
  /** Dots stand for what is in it until someone goes there to change it. */
  readonly secret?: boolean;
}

/** A line of text. */
export function Input({ className, mono = false, secret = false, ...rest }: InputProps) {
  return <input className={cx(css["input"], mono && "mono", secret && css["secret"], className)} spellCheck={false} autoComplete="off" autoCapitalize="off" {...rest} />;
}

/** Several lines of text. */
export function TextArea({ className, ...rest }: ComponentProps<"textarea">) {
  return <textarea className={cx(css["input"], css["area"], "mono", className)} spellCheck={false} {...rest} />;
}

/** A tick box with its words. */
export function Check({ label, hint, ...rest }: Omit<ComponentProps<"input">, "type"> & { readonly label: string; readonly hint?: string }) {
  return (
    <label className={css["check"]}>
      <input type="checkbox" className={css["box"]} {...rest} />
      <span>{label}{hint && <span className={css["note"]}> {hint}</span>}</span>
    </label>
  );
}

export interface SelectProps extends Omit<ComponentProps<"select">, "children"> {
  readonly options: readonly { readonly value: string; readonly label: string }[];
}

/** One of a few values. The system's own list: it opens at once and every screen reader knows it. */
export function Select({ options, className, ...rest }: SelectProps) {
  return (
    <select className={cx(css["input"], css["select"], className)} {...rest}>
      {options.map((option) => <option key={option.value} value={option.value}>{option.label}</option>)}
    </select>
  );
}
