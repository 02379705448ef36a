import { Plus, X } from "lucide-react";
import { useRef, type ReactNode } from "react";
import { Button, IconButton } from "../button/Button.tsx";
import css from "./Field.module.css";

export interface RowsProps<T> {
  /** Plural heading: "Ports". */
  readonly label: string;
  /** One of them: "port". */
  readonly noun: string;
  readonly hint?: ReactNode;
  readonly rows: readonly T[];
  readonly blank: T;
  readonly onChange: (rows: readonly T[]) => void;
  readonly children: (row: T, index: number, change: (part: Partial<T>) => void) => ReactNode;
}

/** A list of small rows that can be added and taken away. A new row gets the focus. */
export function Rows<T extends object>({ label, noun, hint, rows, blank, onChange, children }: RowsProps<T>) {
  const group = useRef<HTMLFieldSetElement>(null);
  function add() {
    onChange([...rows, blank]);
    requestAnimationFrame(() => [...(group.current?.querySelectorAll<HTMLElement>("[data-row-first]") ?? [])].at(-1)?.querySelector<HTMLElement>("input")?.focus());
  }
  return (
    <fieldset ref={group} className={css["rows"]}>
      <legend className={css["label"]}>{label}</legend>
      {rows.map((row, index) => (
        <div key={index} className={css["rowsRow"]}>
          {children(row, index, (part) => onChange(rows.map((each, at) => (at === index ? { ...each, ...part } : each))))}
          <IconButton label={`Remove ${noun} ${index + 1}`} tip={`Remove ${noun}`} onClick={() => onChange(rows.filter((_, at) => at !== index))}><X /></IconButton>
        </div>
      ))}
      <div className={css["rowsEnd"]}>
        <Button variant="ghost" size="small" icon={<Plus />} onClick={add}>{`Add ${noun}`}</Button>
        {hint && <span className={css["note"]}>{hint}</span>}
      </div>
    </fieldset>
  );
}

/** One cell of a row: a control with its own message below it. */
export function Cell({ error, children, width = "1fr" }: { readonly error?: ReactNode; readonly children: ReactNode; readonly width?: string }) {
  return (
    <div className={css["cell"]} data-row-first={width === "first" || undefined} style={{ flex: width === "first" ? "1 1 0" : width === "1fr" ? "1 1 0" : `0 0 ${width}` }}>
      {children}
      {error && <div className={`${css["note"]} ${css["error"]}`}>{error}</div>}
    </div>
  );
}
