import css from "./Switch.module.css";

export interface SwitchProps {
  readonly label: string;
  /** Id of the sentence that says more. */
  readonly describedBy?: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

/** On or off, at once. */
export function Switch({ label, describedBy, on, onChange }: SwitchProps) {
  return (
    <button type="button" role="switch" aria-checked={on} aria-label={label} aria-describedby={describedBy} className={css["switch"]} onClick={() => onChange(!on)}>
      <span className={css["knob"]} />
    </button>
  );
}
